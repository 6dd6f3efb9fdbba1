"""What VK refuses, in its own numbers and words (API 5.199)."""

WORDS = {
    1: "Unknown error occurred",
    3: "Unknown method passed",
    5: "User authorization failed: invalid access_token (4).",
    6: "Too many requests per second",
    7: "Permission to perform this action is denied",
    8: "Invalid request",
    9: "Flood control",
    10: "Internal server error",
    14: "Captcha needed",
    15: "Access denied",
    18: "User was deleted or banned",
    27: "Group authorization failed: group access_token was revoked.",
    29: "Rate limit reached",
    100: "One of the parameters specified was missing or invalid",
    129: "Invalid photo",
    900: "Can't send messages for users from blacklist",
    901: "Can't send messages for users without permission",
    902: "Can't send messages to this user due to their privacy settings",
    909: "Can't edit this message, because it's too old",
    911: "Keyboard format is invalid",
    912: "This is a chat bot feature, change this status in settings",
    914: "Message is too long",
    917: "You don't have access to this chat",
    924: "Can't delete this message for everybody",
    925: "You are not admin of this chat",
    936: "Contact not found",
    945: "Chat was disabled",
    2000: "Servers number limit is reached",
}


class Refused(Exception):
    """An error of the API, which travels in an answer with status 200."""

    def __init__(self, code: int, more: str = "", **extra: object) -> None:
        self.code = code
        self.words = f"{WORDS.get(code, 'Error')}{': ' + more if more else ''}"
        self.extra = extra
        super().__init__(self.words)
