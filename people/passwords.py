"""Passwords: what is accepted, how they are kept, how they are compared. Pure, and slow on purpose."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from core.errors import Invalid
from core.words import N_

SHORTEST = 10
LONGEST = 256

# RFC 9106's low-memory choice, one lane because two cores serve everybody.
_hasher = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)
# The hash of a password nobody has; comparing with it takes as long as with a real one.
_NOBODYS = "$argon2id$v=19$m=65536,t=3,p=1$Db2c1L4dfrXaUsRPKmYa1A$AHH7o/OfqbqICHrUxd7Q7xSOyuTgH8dbf+jiIAs6PjY"


def check_password(password: str, *, email: str = "", field: str = "password") -> None:
    """Refuse what is guessed first: short, one sign repeated, the person's own address."""
    if len(password) < SHORTEST:
        raise Invalid(
            N_("A password needs %(count)s characters or more."),
            code="too_short",
            field=field,
            count=SHORTEST,
        )
    if len(password) > LONGEST:
        raise Invalid(
            N_("A password may have %(count)s characters at most."),
            code="too_long",
            field=field,
            count=LONGEST,
        )
    guesses = {email.lower(), email.lower().partition("@")[0]}
    if len(set(password)) < 4 or password.lower() in guesses:
        raise Invalid(N_("This password is too easy to guess."), code="too_easy", field=field)


def hash_password(password: str) -> str:
    """The hash to keep: argon2id, about 0.1 s and 64 MiB. In the web process only through its pool."""
    return _hasher.hash(password)


def is_password(stored_hash: str | None, password: str) -> bool:
    """Whether this is the password; it takes as long when there is none to compare with."""
    try:
        _hasher.verify(stored_hash or _NOBODYS, password[:LONGEST])
    except (VerificationError, InvalidHashError):
        return False
    return stored_hash is not None


def wants_rehash(stored_hash: str) -> bool:
    """Whether the hash was made with weaker settings than today's."""
    return _hasher.check_needs_rehash(stored_hash)
