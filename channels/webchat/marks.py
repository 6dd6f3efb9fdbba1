"""The marks that a chat shows: bold, italic, underlined, struck, links, code. Pure."""

import re

import nh3

TAGS = {"b", "i", "u", "s", "a", "code", "pre", "br"}
_SAME = {"strong": "b", "em": "i", "ins": "u", "del": "s", "strike": "s"}
_RENAMED = re.compile(r"(</?)(" + "|".join(_SAME) + r")(?=[\s>/])", re.I)
_BLOCK_ENDS = re.compile(r"</(?:p|div|li|h[1-6]|blockquote)\s*>", re.I)
_BREAKS_AT_END = re.compile(r"(?:\s*<br\s*/?>\s*)+$", re.I)
_HAS_MARK = re.compile(r"<(?:b|i|u|s|a|code|pre)\b")


def chat_html(html: str | None) -> str | None:
    """What a visitor's browser may be given; None for a text without a mark worth it."""
    if not html:
        return None
    renamed = _RENAMED.sub(lambda found: found[1] + _SAME[found[2].lower()], html)
    clean = nh3.clean(
        _BLOCK_ENDS.sub("<br>", renamed),
        tags=TAGS,
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer nofollow",
    )
    clean = _BREAKS_AT_END.sub("", clean).strip()
    return clean if _HAS_MARK.search(clean) else None
