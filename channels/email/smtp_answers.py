"""What a mail server's answer means for the letter, its recipient and the channel. Pure.

The codes given here are those of `channels/email/sentences.py`; the server's own words always go along.
"""

import re
from dataclasses import dataclass
from typing import Literal

from channels.adapter import AuthBroken, BadContent, ChannelError, RecipientGone, Temporary
from core.text import plain_line
from inbox.border import RecipientResult

Stage = Literal["login", "sender", "recipient", "letter"]

_ENHANCED = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")  # RFC 3463
GONE = ("5.1.1", "5.1.2", "5.1.10")  # RFC 3463 section 3.2, RFC 7505

_LOGIN_CODES = {530, 534, 535, 538}
_GREY = re.compile(r"gr[ae]y-?list", re.IGNORECASE)
_TOO_BIG = re.compile(r"\b(size|too (large|big|long))\b", re.IGNORECASE)
_POLICY = re.compile(
    r"spam|polic|blacklist|block ?list|blocked|reputation|relay|dmarc|spf|dkim|not allowed|not permitted"
    r"|denied|prohibited|спам",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Answer:
    """A server's reply: its code, its words, and the enhanced status in them if it gave one."""

    code: int
    text: str

    @property
    def status(self) -> str:
        """The enhanced status code (RFC 3463), or nothing."""
        found = _ENHANCED.search(self.text)
        return found.group(1) if found else ""

    @property
    def words(self) -> str:
        """Code and words as one harmless line."""
        return plain_line(f"{self.code} {self.text}", longest=500)

    @property
    def is_for_later(self) -> bool:
        """Whether trying again can help."""
        return 400 <= self.code < 500


def name_of(answer: Answer, stage: Stage) -> str:
    """The code for what went wrong; a status beats a bare code, and the words settle what both leave open."""
    if answer.is_for_later:
        return _passing(answer)
    if answer.code in _LOGIN_CODES or answer.status in ("5.7.8", "5.7.9"):
        return "login_refused"
    return _name_of_status(answer.status) or _name_of_code(answer, stage)


def result_of(address: str, answer: Answer) -> RecipientResult:
    """How it went for one recipient who was not accepted."""
    state: Literal["failed", "retry"] = "retry" if answer.is_for_later else "failed"
    name = name_of(answer, "recipient")
    is_gone = state == "failed" and name == "unknown_recipient" and answer.status in ("", *GONE)
    return RecipientResult(address, state, name, answer.words, is_gone)


def refusal_of_all(results: tuple[RecipientResult, ...]) -> ChannelError:
    """No recipient was accepted: wait if it may help, else say whose fault it is."""
    first = next((each for each in results if each.state == "retry"), results[0])
    if first.state == "retry":
        return Temporary(first.detail, code=first.code, recipients=results)
    if any(each.code == "login_refused" for each in results):
        return AuthBroken(first.detail, code="login_refused", recipients=results)
    if all(each.code == "policy" for each in results):
        return _alarming(BadContent(first.detail, code="policy", recipients=results))
    return RecipientGone(first.detail, code=first.code, recipients=results)


def refusal(answer: Answer, stage: Stage, *, recipients: tuple[RecipientResult, ...] = ()) -> ChannelError:
    """The whole letter, or the one who sends it, was refused."""
    code = name_of(answer, stage)
    if answer.is_for_later:
        return Temporary(answer.words, code=code, recipients=recipients)
    if code == "login_refused":
        return AuthBroken(answer.words, code=code, recipients=recipients)
    fault = BadContent(answer.words, code=code, recipients=recipients)
    return _alarming(fault) if code in ("policy", "sender_refused") else fault


def _alarming(fault: BadContent) -> BadContent:
    """A refusal that is about us: others will meet it too, so the channel's health counts it."""
    fault.health = "count"
    return fault


def _passing(answer: Answer) -> str:
    if answer.code == 421:
        return "server_busy"
    if answer.code == 454 or (answer.status == "4.7.0" and "authent" in answer.text.lower()):
        return "login_unavailable"
    if answer.status == "4.2.2" or (answer.code == 452 and not answer.status):
        return "mailbox_full"
    return "greylisted" if _GREY.search(answer.text) else "try_later"


def _name_of_status(status: str) -> str:
    if status in ("5.2.3", "5.3.4"):
        return "too_big"
    if status == "5.2.2":
        return "mailbox_full"
    if status.startswith("5.7."):
        return "policy"
    if status in ("5.1.7", "5.1.8"):
        return "sender_refused"
    if status.startswith("5.1.") or status in ("5.2.1", "5.4.1", "5.4.4"):
        return "unknown_recipient"
    return "bad_letter" if status.startswith("5.6.") else ""


def _name_of_code(answer: Answer, stage: Stage) -> str:
    if answer.code == 552:
        return "too_big" if stage != "recipient" or _TOO_BIG.search(answer.text) else "mailbox_full"
    if stage == "sender":
        return "sender_refused"
    if answer.code == 554 or _POLICY.search(answer.text):
        return "policy"
    if stage == "recipient":
        return "unknown_recipient"
    return "too_big" if _TOO_BIG.search(answer.text) else "policy"
