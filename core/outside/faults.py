"""What can go wrong beyond the door, each with a sentence for the person who asked.

OutsideFault         502
├── NotAllowed       422  the address is inside our network or means no one
├── UnknownName      502  the name has no address
├── Unreachable      502  nobody answers there, or the connection broke
├── NotTrusted       502  the certificate does not fit
├── TooSlow          504  the time is up
├── TooBig           502  more than was asked for
├── TooManyRedirects 502
├── BadAnswer        502  an answer that makes no sense
└── MailRefused      502  the mail server said no
"""

from core.errors import DeskError


class OutsideFault(DeskError):
    """Something beyond the door failed; nothing is wrong with us."""

    status = 502
    default_code = "outside_failed"


class NotAllowed(OutsideFault):
    """The address is one that must not be reached from here."""

    status = 422
    default_code = "address_not_allowed"


class UnknownName(OutsideFault):
    """The name has no address."""

    default_code = "name_unknown"


class Unreachable(OutsideFault):
    """Nobody answers there, or the connection broke."""

    default_code = "unreachable"


class NotTrusted(OutsideFault):
    """The other side could not prove who it is."""

    default_code = "certificate_not_trusted"


class TooSlow(OutsideFault):
    """The time for the whole exchange is up."""

    status = 504
    default_code = "outside_too_slow"


class TooBig(OutsideFault):
    """The answer is longer than was asked for; the rest was not read."""

    default_code = "answer_too_big"


class TooManyRedirects(OutsideFault):
    """The other side sends us round in circles."""

    default_code = "too_many_redirects"


class BadAnswer(OutsideFault):
    """The answer breaks the rules of its protocol."""

    default_code = "bad_answer"


class MailRefused(OutsideFault):
    """The mail server took the connection and said no."""

    default_code = "mail_refused"
