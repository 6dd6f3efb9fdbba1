"""Which rows of the contract concern a channel: its peer says what its outside knows."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import pytest

from tests.channels.peer import OUTSIDE

Test = Callable[..., Any]


def needs(*abilities: str) -> Callable[[Test], Test]:
    """Try a row only where the outside knows all of these; elsewhere it is left out, and says why.

    That what an outside knows fits to what its adapter can do is a row of its own.
    """
    unknown = set(abilities) - OUTSIDE
    assert not unknown, f"nobody knows {unknown}"

    def limit(test: Test) -> Test:
        @wraps(test)
        def tried(self: Any, **given: Any) -> Any:
            peer = given["desk"].peer if "desk" in given else given["peer"]
            missing = sorted(set(abilities) - peer.outside)
            if missing:
                pytest.skip(f"its outside knows no {', '.join(missing)}")
            return test(self, **given)

        return tried

    return limit
