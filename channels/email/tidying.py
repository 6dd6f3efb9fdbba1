"""Letters that were read, marked or moved in their mailbox: only those, only as far as the server lets us.

A letter is never deleted before it lies in the other folder, and what is deleted is named by its
number: a bare EXPUNGE would take away what others marked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby
from typing import Any

from imapclient.exceptions import IMAPClientReadOnlyError
from imapclient.imapclient import DELETED, SEEN

from channels.adapter import Temporary
from channels.email.imap_client import Refused, asked, hang_up, open_client
from channels.email.servers import Server


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a mailbox's owner lets us do with letters we have: nothing, unless it is said."""

    mark_seen: bool = False
    move_to: str = ""

    def __bool__(self) -> bool:
        return self.mark_seen or bool(self.move_to)


def tidy(server: Server, letters: Sequence[Mapping[str, Any]], wishes: Wishes) -> None:
    """Mark and move letters, named by folder, uidvalidity and uid; those that are gone are left out.

    Doing it again changes nothing more. A folder that was numbered anew is left alone: the numbers
    are those of other letters now.
    """
    client = open_client(server)
    try:
        with asked():
            for (folder, uidvalidity), group in groupby(sorted(letters, key=_place), key=_place):
                _tidy_folder(client, folder, uidvalidity, [int(each["uid"]) for each in group], wishes)
    except Refused as refusal:
        raise Temporary(str(refusal), code="folder_missing") from refusal
    finally:
        hang_up(client)


def can_move(client: Any) -> bool:
    """Whether letters can be moved without touching any other (RFC 6851, RFC 4315)."""
    return bool(client.has_capability("MOVE") or client.has_capability("UIDPLUS"))


def _place(letter: Mapping[str, Any]) -> tuple[str, int]:
    return str(letter["folder"]), int(letter["uidvalidity"])


def _tidy_folder(client: Any, folder: str, uidvalidity: int, wanted: Sequence[int], wishes: Wishes) -> None:
    try:
        state = client.select_folder(folder)
    except IMAPClientReadOnlyError:
        return
    if state.get(b"UIDVALIDITY") != uidvalidity:
        return
    numbers = ",".join(str(uid) for uid in sorted(wanted))
    uids = sorted(set(client.search(["UID", numbers])) & set(wanted))
    if not uids:
        return
    if wishes.mark_seen and _keeps(state, SEEN):
        client.add_flags(uids, [SEEN], silent=True)
    if wishes.move_to and wishes.move_to != folder:
        _move(client, folder, uids, wishes.move_to, may_delete=_keeps(state, DELETED))


def _move(client: Any, folder: str, uids: Sequence[int], target: str, *, may_delete: bool) -> None:
    if client.has_capability("MOVE"):
        client.move(uids, target)
    elif client.has_capability("UIDPLUS") and may_delete:
        copied = _copied(client, folder, uids, target)
        if missing := [uid for uid in uids if uid not in copied]:
            client.copy(missing, target)
        client.add_flags(uids, [DELETED], silent=True)
        client.uid_expunge(uids)


def _copied(client: Any, folder: str, uids: Sequence[int], target: str) -> set[int]:
    """Those that an interrupted try has copied already: the very same bytes lie there."""
    told = client.fetch(list(uids), ["RFC822.SIZE"])
    client.select_folder(target, readonly=True)
    alike = {uid: _digests(client, _of_size(client, values[b"RFC822.SIZE"])) for uid, values in told.items()}
    client.select_folder(folder)
    return {uid for uid, there in alike.items() if there & _digests(client, [uid] if there else [])}


def _of_size(client: Any, size: int) -> list[int]:
    found: list[int] = client.search(["LARGER", size - 1, "SMALLER", size + 1])
    return found


def _digests(client: Any, uids: Sequence[int]) -> set[bytes]:
    """One letter after the other: there may be large ones among them."""
    bodies = (client.fetch([uid], ["BODY.PEEK[]"])[uid][b"BODY[]"] for uid in uids)
    return {sha256(body).digest() for body in bodies}


def _keeps(state: Mapping[bytes, Any], flag: bytes) -> bool:
    """Whether the server keeps a flag beyond this connection; one that does not say keeps all (RFC 3501)."""
    permanent = state.get(b"PERMANENTFLAGS")
    return permanent is None or flag.lower() in {each.lower() for each in permanent}
