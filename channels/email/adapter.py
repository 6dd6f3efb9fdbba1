"""Mailboxes as a channel: letters in by IMAP, letters out by SMTP.

The web process asks this module what letters can do, so what speaks to servers is imported only
when it is used: the event loop behind SMTP and gevent do not mix.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from channels.adapter import (
    BadContent,
    Batch,
    Capabilities,
    ChannelAccess,
    Copy,
    FileLinks,
    Health,
    HookReply,
    Idempotency,
    Part,
    Sent,
    StoredEvent,
    Temporary,
)
from channels.email.presets import FILES_SENT_ITSELF, PRESETS
from channels.email.settings_form import FIELDS, words_of
from core.clock import now
from core.config import get_settings
from core.files import LARGEST_FILE, file_store
from core.secrets import derive_key
from inbox.border import Author, Incoming, Outgoing, RecipientResult

if TYPE_CHECKING:
    from channels.email.incoming import Post
    from channels.email.mailbox import Mailbox, Watch
    from channels.email.outgoing import Sender
    from channels.email.servers import Server
    from channels.email.subaddress import Trial
    from channels.email.tidying import Wishes


class EmailAdapter:
    """Speaks for one mailbox."""

    kind = "email"
    capabilities = Capabilities(
        max_text=None,
        html="full",
        max_attachments=50,
        attachment_bytes=25 * 1024 * 1024,
        idempotency=Idempotency.NONE,
        subject=True,
        recipients=True,
        can_initiate=True,
        receive=frozenset({"poll"}),
        send_key="ctrl_enter",
        quotes=True,
        signatures=True,
        poll_wait=3.0,
        longest_pause=300.0,
    )
    fields = FIELDS
    presets = PRESETS

    @staticmethod
    def file_links(settings: Mapping[str, Any]) -> FileLinks | None:
        """From which size on a letter's files become links."""
        from channels.email.file_links import links_from

        links = links_from(settings)
        return FileLinks(links.above, LARGEST_FILE) if links is not None else None

    def __init__(self, access: ChannelAccess) -> None:
        self._access = access
        self._settings = access.settings
        self._mailbox: Mailbox | None = None
        self._posts_to: Server | None = None

    def verify(self) -> Health:
        """Connect, encrypt, log in and look, both ways; nothing is changed.

        If answers are to come to addresses with tokens, a letter to ourselves proves that they arrive.
        """
        from channels.email.checking import check_mailbox
        from channels.email.records import check_records
        from channels.email.signing import key_for
        from core.outside.dns import NameServers

        incoming, outgoing = self._server("imap"), self._server("smtp")
        trial = self._trial() if self._sender.subaddressing else None
        health = check_mailbox(
            incoming,
            outgoing,
            self._folders,
            address=self._access.address,
            name=self._sender.domain,
            trial=trial,
            move_to=str(self._settings.get("move_to") or "").strip(),
        )
        own_key = key_for(self._settings, self._sender.domain)
        records = check_records(self._sender.domain, NameServers(), smtp_host=outgoing.host, **own_key)
        return replace(health, facts={**health.facts, "records": [asdict(each) for each in records]})

    def write_to_itself(self) -> tuple[str, bool, str]:
        """A letter to our own address, and whether it comes."""
        from channels.email.checking import check_letter

        return check_letter(self._trial())

    def poll(self, cursor: Mapping[str, Any], wait: float) -> Batch:
        """The next letters behind the cursor, waiting for a sign of new ones; nothing is changed there."""
        if self._mailbox is None:
            from channels.email.mailbox import Mailbox

            self._mailbox = Mailbox(self._server("imap"), self._watch())
        return self._mailbox.poll(cursor, wait)

    def webhook(self, headers: Mapping[str, str], body: bytes) -> HookReply:
        """Nobody calls on behalf of a mailbox."""
        return HookReply((), status=404, body=b"")

    def normalize(self, event: StoredEvent) -> Sequence[Incoming]:
        """Read one letter in a process of its own; its files go into the store by their hash."""
        from channels.email.handover import contents_of
        from channels.email.incoming import answered_elsewhere, incoming_of
        from channels.email.letter_folders import letter_folder
        from channels.email.proof import proof_of
        from channels.email.reader import Unreadable, read_bounded
        from channels.email.subaddress import is_trial

        if event.payload.get("answered"):
            return [answered_elsewhere(event.payload)]
        if event.raw_path is None:
            raise BadContent(str(event.payload.get("unfetchable") or "no letter"), code="unfetchable")
        raw = Path(event.raw_path)
        with letter_folder() as folder:
            try:
                letter = read_bounded(raw, folder)
            except Unreadable as fault:
                raise Temporary(fault.reason, code="unreadable") from fault
            for _, content in contents_of(letter, folder):
                if file_store().put_path(content).sha256 != content.name:
                    raise Temporary("a file of the letter is not what its name says", code="unreadable")
        came = event.payload.get("received_at")
        received_at = datetime.fromisoformat(came) if came else now()
        found = incoming_of(
            letter,
            {**event.payload, "raw_sha256": raw.name},
            self._post,
            received_at=received_at,
            proof=lambda: proof_of(raw, letter),
        )
        if is_trial(self._post.keyring, letter.message_id):
            return [replace(found, kind="unsupported", text="a test of ours")]
        return [found]

    def profile(self, key: str) -> Author | None:
        """A mail address tells no more than itself."""
        return None

    def plan(self, outgoing: Outgoing, *, fallback: bool = False) -> Sequence[Part]:
        """One letter for everybody; its plainer form has links in place of files."""
        from channels.email.outgoing import plan_letter

        letter = plan_letter(outgoing, self._sender, file_store(), files_as_links=fallback)
        return [letter] if letter is not None else []

    def send(self, part: Part) -> Sent:
        """Hand the letter over, for those recipients the part names; raises ChannelError only."""
        from channels.email.compose import CannotCompose, wire_address
        from channels.email.outgoing import names_given
        from channels.email.smtp import Posting, post

        asked = list(part.payload["recipients"])
        try:
            on_the_wire = {wire_address(each).lower(): each for each in asked}
        except CannotCompose as fault:
            raise BadContent(str(fault), code="bad_address") from fault
        self._posts_to = server = self._server("smtp")
        name = str(part.payload["message_id"])
        posting = Posting(
            str(part.payload["sender"]),
            tuple(wire_address(each) for each in asked),
            part.raw if part.raw is not None else Path(part.raw_path or "").read_bytes(),
            envelope_id=name,
            name=self._sender.domain,
        )
        posted = post(server, posting)
        results = tuple(_as_asked(each, on_the_wire) for each in posted.recipients)
        return Sent((name, *names_given(posted.words, server.host)), results, posted.words)

    @property
    def files_copies(self) -> bool:
        """Whether what was sent is to be filed by us: not where the outgoing server does it."""
        host = str(self._settings.get("smtp_host") or "").lower()
        return bool(self._settings.get("sent_copies", True)) and host not in FILES_SENT_ITSELF

    def file_copies(self, copies: Sequence[Copy]) -> None:
        """Put letters that left into the folder for sent ones, each once."""
        from channels.email.sent_folder import file_in_sent

        file_in_sent(self._server("imap"), copies)

    @property
    def tidies(self) -> bool:
        """Whether letters that were read are to be marked or moved in the mailbox; not unless it is said."""
        return bool(self._wishes)

    def tidy(self, letters: Sequence[Mapping[str, Any]]) -> None:
        """Mark and move letters there, each as once however often."""
        from channels.email.tidying import tidy

        tidy(self._server("imap"), letters, self._wishes)

    def close(self) -> None:
        """Hang up everywhere."""
        if self._mailbox is not None:
            self._mailbox.close()
            self._mailbox = None
        if self._posts_to is not None:
            from channels.email.smtp import hang_up

            hang_up(self._posts_to)
            self._posts_to = None

    def _trial(self) -> "Trial":
        from channels.email.subaddress import Trial

        way = self._server("imap"), self._server("smtp")
        return Trial(*way, self._folders[0], self._access.address, self._sender.keyring)

    def _server(self, kind: Literal["imap", "smtp"]) -> "Server":
        from channels.email.servers import server_from

        access = self._access
        return server_from(access.settings, access.secrets, kind, access.address, access.tokens)

    @property
    def _wishes(self) -> "Wishes":
        """A folder that is fetched from is none to put letters away in: they would come again."""
        from channels.email.tidying import Wishes

        move_to = str(self._settings.get("move_to") or "").strip()
        return Wishes(bool(self._settings.get("mark_seen")), "" if move_to in self._folders else move_to)

    @property
    def _folders(self) -> tuple[str, ...]:
        return words_of(self._settings.get("folders")) or ("INBOX",)

    def _watch(self) -> "Watch":
        from channels.email.mailbox import Watch

        connected = self._settings.get("connected_at")
        connected_at = datetime.fromisoformat(connected) if connected else now()
        since: datetime | None = connected_at
        if self._settings.get("import") == "days":
            since = connected_at - timedelta(days=int(self._settings.get("import_days") or 30))
        elif self._settings.get("import") == "all":
            since = None
        return Watch(
            folders=self._folders,
            since=since,
            connected_at=connected_at,
            poll_seconds=float(self._settings.get("poll_seconds") or 120),
            size_limit=get_settings().mail_size_limit,
        )

    @cached_property
    def _post(self) -> "Post":
        from channels.email.identity import TrustedServers
        from channels.email.incoming import Post
        from channels.email.keys import token_keyring

        own = {self._access.address, *words_of(self._settings.get("aliases"))}
        return Post(
            own=frozenset(each.lower() for each in own if each),
            keyring=token_keyring(),
            trusted=TrustedServers(
                frozenset(words_of(self._settings.get("authserv_ids"))),
                frozenset(words_of(self._settings.get("trusted_hosts"))),
            ),
            believes_reply_to=bool(self._settings.get("believes_reply_to")),
            takes_forwards=bool(self._settings.get("takes_forwards", True)),
        )

    @cached_property
    def _sender(self) -> "Sender":
        from channels.email.file_links import links_from
        from channels.email.keys import token_keyring
        from channels.email.outgoing import FROM_NAME, Sender
        from channels.email.signing import signer_from

        sender = Sender(
            address=self._access.address,
            keyring=token_keyring(),
            from_name=str(self._settings.get("from_name") or FROM_NAME),
            subaddressing=bool(self._settings.get("subaddressing")),
            own_envelopes=bool(self._settings.get("own_envelopes")),
            subject_numbers=bool(self._settings.get("subject_numbers")),
            instance=hashlib.sha256(derive_key("instance")).hexdigest()[:16],
        )
        signer = signer_from(self._settings, self._access.secrets, sender.domain)
        return replace(sender, signer=signer, links=links_from(self._settings))


def _as_asked(result: RecipientResult, asked: Mapping[str, str]) -> RecipientResult:
    """A result for the address as the message names it."""
    return replace(result, address=asked.get(result.address.lower(), result.address))
