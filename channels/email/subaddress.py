"""Whether letters arrive, also those to name+anything@domain: a letter of ours to ourselves finds out."""

import time
from dataclasses import dataclass

from channels.adapter import ChannelError
from channels.email.compose import compose
from channels.email.imap_client import Refused, asked, hang_up, open_client
from channels.email.letters import Address, Envelope
from channels.email.servers import Server
from channels.email.smtp import Posting, post
from channels.email.tokens import Keyring, dialog_address, message_of_id, new_message_id
from core.clock import now

PATIENCE = 25.0
PAUSE = 1.0
NO_DIALOG = 0  # no dialog has this number, so a letter signed with it is a test of ours


@dataclass(frozen=True, slots=True)
class Trial:
    """What is needed to write to ourselves and look for it."""

    incoming: Server
    outgoing: Server
    folder: str
    address: str
    keyring: Keyring


def is_trial(keyring: Keyring, message_id: str | None) -> bool:
    """Whether a letter is such a test, and therefore no message of anybody."""
    token = message_of_id(keyring, message_id) if message_id else None
    return token is not None and token.dialog_id == NO_DIALOG


def subaddress_arrives(trial: Trial) -> bool:
    """Write to an address with a token, of the length real ones have, and see whether it comes back."""
    tagged = dialog_address(trial.keyring, trial.address, NO_DIALOG)
    try:
        return tagged != trial.address and letter_arrives(trial, tagged)
    except (ChannelError, Refused):
        return False


def letter_arrives(trial: Trial, to: str) -> bool:
    """Write to an address of the mailbox and see whether the letter comes into its folder."""
    domain = trial.address.rpartition("@")[2]
    name = new_message_id(trial.keyring, domain, NO_DIALOG, time.time_ns())
    post(trial.outgoing, Posting(trial.address, (to,), _letter(trial.address, to, name), name=domain))
    return _comes(trial, name)


def _letter(address: str, to: str, name: str) -> bytes:
    envelope = Envelope(
        message_id=name,
        date=now(),
        from_=Address("Emptyfeed", address),
        to=(Address("", to),),
        subject="Emptyfeed",
        html="<p>This letter tests whether letters arrive. Nothing is to be done.</p>",
        automatic="auto-generated",
    )
    return compose(envelope)


def _comes(trial: Trial, name: str) -> bool:
    client = open_client(trial.incoming)
    until = time.monotonic() + PATIENCE
    try:
        while time.monotonic() < until:
            with asked():
                client.select_folder(trial.folder, readonly=True)
                if client.search(["HEADER", "Message-ID", name]):
                    return True
            time.sleep(PAUSE)
        return False
    finally:
        hang_up(client)
