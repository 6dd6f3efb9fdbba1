"""Text from strangers, made harmless to show: one line, nothing invisible, nothing that turns round."""

import unicodedata

# Letters and signs that show as nothing although Unicode calls them letters or symbols.
_BLANK = frozenset("\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_JOINERS = frozenset("\u200c\u200d")
# Scripts that spell with joiners (Arabic to Myanmar, Khmer, Mongolian) and the pictures they compose.
_JOINING = ((0x0600, 0x109F), (0x1780, 0x18AF), (0x2190, 0x2BFF), (0xFE0F, 0xFE0F), (0x1F000, 0x1FAFF))
_MOST_MARKS = 4


def plain_line(text: str, *, longest: int) -> str:
    """One visible line of at most `longest` characters, cut with an ellipsis between whole signs.

    Control, bidirectional, zero-width, private and unassigned characters go, so nothing a
    stranger calls himself can turn a line round, hide in it or break out of it. Joiners stay
    where Persian, Indic scripts and composed emoji need them.
    """
    shown = " ".join(_visible(unicodedata.normalize("NFC", text[: longest * 8])).split())
    return shown if len(shown) <= longest else _cut(shown, longest)


def _visible(text: str) -> str:
    kept: list[str] = []
    marks = 0
    for index, sign in enumerate(text):
        category = unicodedata.category(sign)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if category[0] == "Z" or sign in _BLANK or sign in "\t\n\r\v\f\x1c\x1d\x1e\x85":
            kept.append(" ")
        elif (category[0] == "C" and not _joins(text, index)) or marks > _MOST_MARKS:
            continue
        else:
            kept.append(sign)
    return "".join(kept)


def _joins(text: str, index: int) -> bool:
    neighbours = text[index - 1 : index] + text[index + 1 : index + 2]
    return text[index] in _JOINERS and len(neighbours) == 2 and all(map(_is_joining, neighbours))


def _is_joining(sign: str) -> bool:
    return any(first <= ord(sign) <= last for first, last in _JOINING)


def _cut(text: str, longest: int) -> str:
    end = longest - 1
    while end > 1 and _clings(text, end):
        end -= 1
    return text[:end].rstrip() + "…"


def _clings(text: str, end: int) -> bool:
    following, before = text[end], text[end - 1]
    return (
        unicodedata.category(following)[0] == "M"
        or following in _JOINERS
        or before in _JOINERS
        or 0x1F3FB <= ord(following) <= 0x1F3FF
    )
