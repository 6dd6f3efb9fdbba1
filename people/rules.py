"""What the team's own data must look like, and who may change whom."""

from datetime import timedelta

from core.errors import Forbidden, Invalid
from core.outside.mail import is_address
from core.text import plain_line
from core.words import N_
from people.models import Agent, Role
from people.preferences import LONGEST_SIGNATURE

LONGEST_NAME = 100
LONGEST_UNDO = 60
LONGEST_SESSION = timedelta(days=30)
LONGEST_IDLE = timedelta(hours=12)
# How stale "last seen" may become before it is written again: reading must not be writing.
SEEN_AGAIN = timedelta(minutes=5)
GIVEN_ROLES = tuple(role for role in Role if role != Role.OWNER)


def check_email(email: str) -> str:
    """The address, if it is exactly one."""
    address = email.strip()
    if not is_address(address):
        raise Invalid(N_("This is not an e-mail address."), code="not_address", field="email")
    return address


def check_name(name: str, *, field: str = "name") -> str:
    """A name as one visible line."""
    line = plain_line(name, longest=LONGEST_NAME)
    if not line:
        raise Invalid(N_("Tell us the name to show."), code="empty", field=field)
    return line


def check_may_manage(agent: Agent, person: Agent) -> None:
    """Only administrators manage the team, and the owner is nobody's but their own."""
    if not agent.may_administer or (person.role == Role.OWNER and person.id != agent.id):
        raise Forbidden(N_("You may not change this person."))


def check_may_give(agent: Agent, role: str) -> None:
    """Only administrators give roles, and ownership is handed over, not given."""
    if not agent.may_administer:
        raise Forbidden(N_("Only administrators can do this."))
    if role not in GIVEN_ROLES:
        raise Invalid(N_("Choose a role."), code="bad_role", field="role")


def check_signature(signature: str) -> str:
    """What may stand below letters: a few lines."""
    if len(signature) > LONGEST_SIGNATURE:
        raise Invalid(N_("This is too long to be kept."), code="too_long", field="signature")
    return signature.strip()


def check_undo_seconds(seconds: int) -> int:
    """How long an answer may be held: up to a minute."""
    if not 0 <= seconds <= LONGEST_UNDO:
        raise Invalid(
            N_("A number of seconds from 0 to %(most)s."),
            code="bad_undo_seconds",
            field="undo_seconds",
            most=LONGEST_UNDO,
        )
    return seconds
