"""The product around one channel of a contract: fetch, read, answer, send, look."""

from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from channels.access import open_access, sealed, shelf
from channels.adapter import Adapter, ChannelError, StoredEvent
from channels.delivery import deliver_due
from channels.errand_runner import run_errands
from channels.intake import accept, read_arrivals
from channels.models import Arrival
from channels.registry import adapter_for
from channels.remote_files import fetch_files
from core.db import transaction
from core.files import file_store
from inbox.actions import NewReply, reply
from inbox.border import Incoming
from inbox.models import Attachment, Channel, Dialog, Message, RemoteFile
from people.models import Agent, CustomerIdentity
from tests.channels.peer import Peer
from tests.ground.moment import FrozenClock
from tests.makers import make_agent, make_channel


def make_peers_channel(session: Session, peer: Peer, **given: Any) -> Channel:
    """The channel of a peer, connected and allowed to write at once."""
    access = peer.access
    return make_channel(
        session,
        kind=access.kind,
        name=access.name,
        address=access.address,
        settings=dict(access.settings),
        secrets=sealed(dict(access.secrets)),
        **{"undo_seconds": 0, **given},
    )


class Desk:
    """One channel and one agent, Ann; the product's clock stands still at the true time until it is moved."""

    def __init__(self, session: Session, peer: Peer, clock: FrozenClock) -> None:
        self.session = session
        self.peer = peer
        self.clock = clock
        clock.at(datetime.now(UTC))
        self.channel = make_peers_channel(session, peer)
        self.ann: Agent = make_agent(session, "Ann")

    def adapter(self) -> Adapter:
        """The adapter that the product uses for the channel as it is set now."""
        self.session.expire_all()
        return shelf.adapter(open_access(self.look_at_channel()))

    def look_at_channel(self) -> Channel:
        """The channel as it is stored now."""
        return self.session.get_one(Channel, self.channel.id, populate_existing=True)

    def is_out_of_reach(self, who: str = "Max") -> bool:
        """Whether nothing is known to reach somebody: an address by itself, a chat by its dialog too."""
        dialog = self.dialog(who)
        self.session.refresh(dialog)
        gone = self.session.query(CustomerIdentity).filter_by(reachable=False).count() > 0
        assert (dialog.unreachable_since is not None) is (gone and dialog.thread_key is not None)
        return gone

    def fetch(self) -> int:
        """Fetch everything there is by an adapter that knows only the cursor; how much was new."""
        new = 0
        with closing(adapter_for(open_access(self.look_at_channel()))) as adapter:
            while True:
                cursor = self.look_at_channel().cursor
                batch = adapter.poll(cursor, 0)
                with transaction() as session:
                    new += accept(session, self.channel, batch.events, cursor=batch.cursor)
                if not batch.more and not batch.events and batch.cursor == cursor:
                    return new

    def come_in(self) -> list[Message]:
        """Fetch and read everything, also what waits for the rest of an album; all messages there are."""
        self.fetch()
        read_arrivals()
        self.clock.forward(seconds=2)
        read_arrivals()
        return self.messages()

    def messages(self, direction: str = "in", **wanted: Any) -> list[Message]:
        """Messages in the order they came."""
        self.session.expire_all()
        chosen = select(Message).where(Message.direction == direction).filter_by(**wanted)
        return list(self.session.scalars(chosen.order_by(Message.id)))

    def texts(self) -> list[str]:
        """What customers said, in order."""
        return [each.text.strip() for each in self.messages()]

    def files_of(self, message: Message) -> Sequence[Attachment]:
        """The files of a message after all that can be fetched was."""
        fetch_files()
        self.session.expire_all()
        return self.session.scalars(
            select(Attachment).where(Attachment.message_id == message.id).order_by(Attachment.place)
        ).all()

    def places_of(self, message: Message) -> Sequence[RemoteFile]:
        """The places of its files, fetched or not."""
        self.session.expire_all()
        return self.session.scalars(
            select(RemoteFile).where(RemoteFile.message_id == message.id).order_by(RemoteFile.place)
        ).all()

    def dialog(self, who: str = "Max", *, group: bool = False) -> Dialog:
        """The dialog with somebody, begun by a few words if there is none."""
        key = self.peer.conversation(who, group=group)
        found = self._dialog(key)
        if found is None:
            self.peer.says("Hello", who, group=group)
            self.come_in()
            found = self._dialog(key)
        assert found is not None
        return found

    def answer(self, text: str, who: str = "Max", *, group: bool = False, **more: Any) -> Message:
        """Ann answers; it leaves with the next `send()`."""
        dialog = self.dialog(who, group=group)
        new = NewReply(client_uuid=str(uuid4()), text=text, force=True, **more)
        message = reply(self.session, dialog, agent=self.ann, new=new)
        self.session.commit()
        return message

    def send(self, message: Message | None = None) -> Message | None:
        """Let leave what is due; the message as it is then."""
        deliver_due()
        return self.again(message) if message is not None else None

    def again(self, message: Message) -> Message:
        """The message as it is stored now."""
        self.session.expire_all()
        return self.session.get_one(Message, message.id)

    def run_errands(self) -> None:
        """Make the small calls that are due."""
        run_errands()
        self.session.expire_all()

    def upload(self, name: str, data: bytes, mime: str = "application/octet-stream") -> int:
        """A file Ann attaches to an answer."""
        stored = file_store().put_bytes(data)
        upload = Attachment(
            uploaded_by=self.ann.id, sha256=stored.sha256, name=name, mime=mime, size=stored.size
        )
        self.session.add(upload)
        self.session.commit()
        return upload.id

    def arrivals(self) -> list[Arrival]:
        """Everything that arrived, in order."""
        self.session.expire_all()
        return list(self.session.scalars(select(Arrival).order_by(Arrival.id)))

    def count(self, model: type[Any]) -> int:
        """How many rows of a kind there are."""
        return self.session.scalar(select(func.count()).select_from(model)) or 0

    def _dialog(self, key: str | None) -> Dialog | None:
        self.session.expire_all()
        chosen = select(Dialog).where(Dialog.channel_id == self.channel.id).order_by(Dialog.id)
        return self.session.scalar(chosen.where(Dialog.thread_key == key) if key is not None else chosen)


def normalized(adapter: Adapter, arrival: Arrival) -> list[Incoming]:
    """What an adapter reads in something that is stored."""
    path = str(file_store().path_of(arrival.raw_sha256)) if arrival.raw_sha256 else None
    return list(adapter.normalize(StoredEvent(arrival.event_key, arrival.payload, path)))


def fault_of(act: Callable[[], Any]) -> ChannelError | None:
    """How a call to the outside failed, None if it did not."""
    try:
        act()
    except ChannelError as error:
        return error
    return None
