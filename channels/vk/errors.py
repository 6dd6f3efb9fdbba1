"""What VK refuses and what that means for us, by the numbers of https://dev.vk.com/ru/reference/errors."""

from channels.adapter import (
    AuthBroken,
    BadContent,
    ChannelError,
    RecipientGone,
    RetryAfter,
    Temporary,
)
from channels.vk.wire import Json, inner, number, words

LATER = 15 * 60.0
A_FLOOD = 60.0
_LONGEST = 500


class Refusal(Exception):
    """An error of the API, as it came."""

    def __init__(self, number: int, words: str) -> None:
        super().__init__(f"{number}: {words}")
        self.number = number
        self.words = words


def refusal_in(answer: Json) -> Refusal | None:
    """The error in an answer, without the request it repeats, which holds the key."""
    if "error" not in answer:
        return None
    error = inner(answer, "error")
    said = error.get("error_msg", error.get("description"))
    return Refusal(number(error.get("error_code", error.get("code")), 1), words(said, longest=_LONGEST))


def error_of(refusal: Refusal) -> ChannelError:
    """The refusal as the core understands it; one that nobody has heard of may pass by itself."""
    code = _CODES.get(refusal.number, "vk_error")
    detail = f"VK {refusal.number}: {refusal.words}"
    if refusal.number in _WAITS:
        seconds, whole_channel = _WAITS[refusal.number]
        return RetryAfter(detail, code=code, retry_after=seconds, whole_channel=whole_channel)
    if refusal.number in _NEEDS_A_PERSON:
        return Temporary(detail, code=code, retry_after=LATER)
    for kind, numbers in _KINDS:
        if refusal.number in numbers:
            return kind(detail, code=code)
    return Temporary(detail, code=code)


PERMISSIONS = frozenset((7, 15, 20, 203))

# how long to wait, and whether with everything
_WAITS = {6: (1.0, True), 9: (A_FLOOD, False), 29: (LATER, True), 32: (A_FLOOD, True), 944: (LATER, True)}
_NEEDS_A_PERSON = frozenset((14, 17, 24, 25, 3300, 3301, 3302, 3303, 3304))
_KEY = (4, 5, 11, 16, 27, 28, 34, 35, 37, 38, 42, 915, 916, 1116, 1117, 3609, *PERMISSIONS)
_PEOPLE = (18, 30, 39, 113, 900, 901, 902, 936, 943, 950, 962, 985, 987, 988, 3610)
_PLACES = (917, 922, 925, 927, 932, 935, 945, 946, 983, 1012)
_CONTENT = (8, 19, 22, 100, 105, 119, 121, 129, 909, 910, 911, 912, 913, 914, 920, 921, 924, 940, 949, 969)
_KINDS: tuple[tuple[type[ChannelError], tuple[int, ...]], ...] = (
    (AuthBroken, _KEY),
    (RecipientGone, (*_PEOPLE, *_PLACES)),
    (BadContent, _CONTENT),
)
_CODES = {
    3: "method_unknown",
    4: "token_refused",
    5: "token_refused",
    6: "too_often",
    7: "rights_missing",
    9: "flood",
    10: "server_busy",
    14: "captcha",
    15: "rights_missing",
    16: "token_refused",
    17: "captcha",
    18: "person_deleted",
    19: "content_blocked",
    20: "rights_missing",
    24: "captcha",
    25: "captcha",
    27: "token_refused",
    28: "token_refused",
    29: "rate_limit",
    30: "person_private",
    32: "too_often",
    37: "token_refused",
    42: "address_refused",
    100: "bad_request",
    105: "file_refused",
    121: "file_refused",
    129: "file_refused",
    203: "rights_missing",
    900: "person_blacklisted",
    901: "person_forbids",
    902: "person_private",
    909: "too_late_to_edit",
    910: "text_too_long",
    911: "bad_buttons",
    912: "bots_off",
    913: "too_many_forwards",
    914: "text_too_long",
    915: "messages_off",
    916: "messages_off",
    917: "chat_closed",
    920: "too_late_to_edit",
    921: "too_many_forwards",
    922: "chat_closed",
    924: "too_late_to_delete",
    925: "chat_closed",
    927: "chat_closed",
    932: "chat_closed",
    935: "chat_closed",
    936: "person_unknown",
    940: "too_many_forwards",
    943: "person_forbids",
    944: "rate_limit",
    945: "chat_closed",
    946: "chat_closed",
    950: "reply_timed_out",
    983: "chat_closed",
    985: "person_forbids",
    987: "person_forbids",
    988: "person_forbids",
    1012: "chat_closed",
    1116: "token_refused",
    1117: "token_refused",
    3300: "captcha",
    3609: "token_refused",
    3610: "person_deleted",
}
