"""Subjects: what they are about, without the Re: and Fwd: that pile up in front."""

import re
from typing import Literal

MAX_LENGTH = 998  # as much as RFC 5322 lets one line hold

REPLY = """
    re res rép rép. rif r aw antw antwort antw. sv vast vá odp odpowiedź odg ynt yanıt cevap отв ответ
    отг адк від відп відповідь atb ats bls αντ απ απάντηση σχετ 回复 回覆 回信 答复 答覆 返信 返 답장
    회신 رد پاسخ الرد השב תגובה ตอบ ตอบกลับ trả_lời tl risposta respuesta resposta réponse svar svar.
    vastaus válasz răspuns odpověď odpoveď atsakymas vastus одговор
"""
FORWARD = """
    fw fwd fwd. forward forwarded wg weitergeleitet tr transf transfert rv renv reenv reenviado reenv.
    enc encaminhado i inoltro inoltra vb doorst doorgest doorgestuurd pd przek przekaż ilt ileti
    пересл переслать пер переслано пересылка переадр препр пренасочено прослідк пересилання lähetä
    välitetty továbbítás továbbítva redirecționat 转发 轉寄 轉發 転送 轉送 전달 إعادة_توجيه هدایت
    ارسال הועבר העברה ส่งต่อ chuyển_tiếp vidsent videresendt vidarebefordrat videresend přeposlat
    předáno preposlané prosleđeno proslijeđeno προωθ πρθ προώθηση persiųsta redir redir. İLT İlt
    videresend
"""
EITHER = "vs vl"  # a forward in Danish, Norwegian and Finnish (vl), an answer in Finnish and Estonian (vs)
COUNTER = r"(?:\s?[\[(]\d{1,4}[\])]|\s?\*\d{1,4}|\^\d{1,4}|\d{1,2})?"


def _alternatives(words: str) -> str:
    names = sorted({word.strip("_").replace("_", " ") for word in words.split()}, key=len, reverse=True)
    return "|".join(re.escape(name) for name in names)


REPLY_PREFIX = re.compile(rf"(?:{_alternatives(REPLY)}){COUNTER}\s?[::﹕]", re.IGNORECASE)
FORWARD_PREFIX = re.compile(rf"(?:{_alternatives(FORWARD)}){COUNTER}\s?[::﹕]", re.IGNORECASE)
EITHER_PREFIX = re.compile(rf"(?:{_alternatives(EITHER)}){COUNTER}\s?[::﹕]", re.IGNORECASE)
FORWARD_IN_BRACKETS = re.compile(r"\[(?:fwd|fw|forwarded|forward)\s?[::]\s?(.*)\]\s*\Z", re.IGNORECASE)
TRAILING_FORWARD = re.compile(r"\s\((?:fwd|fw)\)\s*\Z", re.IGNORECASE)
LIST_LABEL = re.compile(r"\[[^\[\]]{1,60}\]\s*")
TICKET = re.compile(r"\[#[A-Z]{2,6}-[0-9A-Z]{3,12}\]\s*")
SPACES = re.compile(r"\s+")

PREFIXES: tuple[tuple[re.Pattern[str], "Shape"], ...] = (
    (REPLY_PREFIX, "reply"),
    (FORWARD_PREFIX, "forward"),
    (EITHER_PREFIX, "either"),
)

Shape = Literal["new", "reply", "forward", "either"]


def base_subject(subject: str) -> str:
    """What the subject is about: prefixes of any language and count, and our token, taken away."""
    return _peel(subject)[0]


def subject_shape(subject: str) -> Shape:
    """Whether the outermost prefix says answer, forward, one of both by language, or nothing.

    "Re: Fwd: x" is an answer, "Fwd: Re: x" a forward.
    """
    prefixes = _peel(subject)[1]
    return prefixes[0] if prefixes else "new"


def reply_subject(subject: str, token: str = "") -> str:
    """One "Re: " before the base subject, and the dialog's token where the channel uses it."""
    base = base_subject(subject)
    return SPACES.sub(" ", f"Re: {f'[{token}] ' if token else ''}{base}").strip()[:MAX_LENGTH]


def _peel(subject: str) -> tuple[str, list[Shape]]:
    rest = SPACES.sub(" ", subject[: 4 * MAX_LENGTH]).strip()
    prefixes: list[Shape] = []
    for _ in range(50):
        label = LIST_LABEL.match(rest)
        after = rest[label.end() :] if label else rest
        if match := TICKET.match(rest):
            rest = rest[match.end() :]
        elif prefix := _prefix(after):
            rest = _without(rest, label, after[prefix[0] :])
            prefixes.append(prefix[1])
        elif match := FORWARD_IN_BRACKETS.match(rest):
            rest = match[1].strip()
            prefixes.append("forward")
        else:
            break
    if TRAILING_FORWARD.search(rest):
        rest = TRAILING_FORWARD.sub("", rest)
        prefixes.append("forward")
    return rest.strip(), prefixes


def _prefix(text: str) -> tuple[int, Shape] | None:
    for pattern, shape in PREFIXES:
        if match := pattern.match(text):
            return match.end(), shape
    return None


def _without(rest: str, label: re.Match[str] | None, after: str) -> str:
    """The subject without a prefix; a list's label before it stays in front."""
    return f"{label.group()}{after.lstrip()}" if label else after.lstrip()
