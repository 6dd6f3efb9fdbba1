"""What the stories are played on: people, mailboxes, labels, files, and the present moment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.demo.letters import named_files
from app.demo.moments import moment_ahead
from app.demo.papers import MIMES, file_bytes
from app.demo.script import ScriptFault
from core.files import FileStore, StoredFile
from inbox.models import Attachment, Channel
from people.models import Agent
from tags.models import Tag


@dataclass
class Stage:
    """The workspace as the stories know it; `agents` and `labels` by the names that stories use."""

    session: Session
    present: datetime
    zone: ZoneInfo
    agents: Mapping[str, Agent]
    boxes: Mapping[str, Channel]
    labels: Mapping[str, Tag]
    store: FileStore
    _stored: dict[tuple[str, str], StoredFile] = field(default_factory=dict)

    def agent(self, called: str) -> Agent:
        """The colleague stories call so."""
        if called not in self.agents:
            raise ScriptFault(f"who is {called}?")
        return self.agents[called]

    def label(self, name: str) -> Tag:
        """The label of this name."""
        if name not in self.labels:
            raise ScriptFault(f"there is no label {name}")
        return self.labels[name]

    def ahead(self, written: str) -> datetime:
        """A moment to come."""
        return moment_ahead(written, self.present, self.zone)

    def uploads(self, agent: Agent, written: str) -> list[int]:
        """Files as an agent uploads them before sending."""
        made = [self._upload(agent, recipe, name) for recipe, name in named_files(written)]
        self.session.add_all(made)
        self.session.flush()
        return [each.id for each in made]

    def stored(self, recipe: str, suffix: str) -> StoredFile:
        """A file in the store, made once."""
        if (recipe, suffix) not in self._stored:
            self._stored[recipe, suffix] = self.store.put_bytes(file_bytes(recipe, suffix))
        return self._stored[recipe, suffix]

    def _upload(self, agent: Agent, recipe: str, name: str) -> Attachment:
        suffix = Path(name).suffix
        kept = self.stored(recipe, suffix)
        return Attachment(
            uploaded_by=agent.id, sha256=kept.sha256, name=name, mime=MIMES[suffix], size=kept.size
        )
