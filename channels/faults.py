"""How a call to the outside can fail, as far as that makes a difference to us.

ChannelError
├── RetryAfter      told to wait: exactly `retry_after` seconds
├── Temporary       not sent and may be tried again (refused, DNS, 4xx, 5xx of an API)
├── Ambiguous       cut after the request left: may have been delivered
├── BadContent      never as it is: too long, bad markup, file too big
├── RecipientGone   this recipient will not get it: blocked, unknown, window closed
├── Moved           the conversation has another name now (`new_key`)
├── AuthBroken      our key is refused: stop the channel, hold its queue
└── Conflict        somebody else reads this channel
"""

from typing import Literal

from inbox.border import RecipientResult


class ChannelError(Exception):
    """Something the outside refused; `code` is for programs, the text is the outside's own words.

    `whole_channel` says that a RetryAfter is for everything we send, not for one conversation.
    """

    maybe_delivered = False
    health: Literal["none", "count", "broken"] = "none"

    def __init__(
        self,
        detail: str,
        *,
        code: str = "",
        retry_after: float | None = None,
        new_key: str | None = None,
        recipients: tuple[RecipientResult, ...] = (),
        whole_channel: bool = False,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code
        self.retry_after = retry_after
        self.new_key = new_key
        self.recipients = recipients
        self.whole_channel = whole_channel


class RetryAfter(ChannelError):
    """Told to wait; holds this conversation, or the channel where it says `whole_channel`."""


class Temporary(ChannelError):
    """Surely not sent; worth another try."""

    health = "count"


class Ambiguous(ChannelError):
    """Cut after the request left; only a channel that drops repeats may try again."""

    maybe_delivered = True
    health = "count"


class BadContent(ChannelError):
    """Never to be sent as it is."""


class RecipientGone(ChannelError):
    """The recipient cannot be reached; says nothing about the channel."""


class Moved(ChannelError):
    """The conversation goes on under `new_key`."""


class AuthBroken(ChannelError):
    """Our key is refused; nobody but a person can mend it."""

    health = "broken"


class Conflict(ChannelError):
    """Two readers on one channel."""

    health = "count"
