"""What an adapter sees of a sign-in. Pure."""

from typing import Protocol


class Tokens(Protocol):
    """What opens a channel that somebody signed in for at a provider; it may be asked by any thread."""

    def current(self) -> str:
        """An access token that is good now, fetched if need be; raises ChannelError only."""
        ...

    def instead_of(self, refused: str) -> str:
        """Another than one that was refused; AuthBroken when there is none. Raises ChannelError only."""
        ...
