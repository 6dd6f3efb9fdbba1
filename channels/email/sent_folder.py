"""Copies of what left, in the mailbox's folder for sent letters."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from imapclient.imapclient import SEEN, SENT

from channels.adapter import Copy, Temporary
from channels.email.imap_client import Refused, asked, hang_up, open_client
from channels.email.servers import Server


def file_in_sent(server: Server, copies: Sequence[Copy]) -> None:
    """Put letters there, read, unless they lie there already; without such a folder nothing happens.

    They are looked for by Message-ID: the outgoing server may have filed them itself, or we may
    have, before we were interrupted.
    """
    client = open_client(server)
    try:
        with asked():
            folder = client.find_special_folder(SENT)
            if folder is not None:
                client.select_folder(folder, readonly=True)
                for copy in copies:
                    _file(client, folder, copy)
    except Refused as refusal:
        raise Temporary(str(refusal), code="folder_missing") from refusal
    finally:
        hang_up(client)


def _file(client: Any, folder: str, copy: Copy) -> None:
    if not client.search(["HEADER", "Message-ID", copy.key]):
        client.append(folder, Path(copy.raw_path).read_bytes(), flags=(SEEN,))
