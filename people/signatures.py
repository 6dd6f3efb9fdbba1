"""What stands below a person's letters: the person's own words, else those of a team."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from people.models import Agent, Team, TeamMember
from people.preferences import preferences_of

AGENT_NAME = "{agent}"


@dataclass(frozen=True, slots=True)
class Signatures:
    """One person's signatures: `usual` where no team's stands instead of it."""

    usual: str
    teams: Mapping[int, str]

    def in_team(self, team_id: int | None) -> str:
        """The one below a letter in a dialog of a team; empty if there is none."""
        return self.teams.get(team_id, self.usual) if team_id is not None else self.usual


def signatures_of(session: Session, agent: Agent) -> Signatures:
    """A person's signatures as they are now."""
    is_member = exists().where(TeamMember.team_id == Team.id, TeamMember.agent_id == agent.id)
    found = select(Team.id, Team.signature, is_member).where(Team.signature != "")
    return signatures_from(agent, session.execute(found.order_by(Team.name, Team.id)).all())


def signatures_from(agent: Agent, teams: Iterable[tuple[int, str, bool]]) -> Signatures:
    """A person's own signature wins; else that of the dialog's team, else that of the person's first team.

    `teams` are those with a signature, in order: id, signature, and whether the person belongs to it.
    `{agent}` in a signature becomes the person's name.
    """
    own = preferences_of(agent.settings).signature.strip()
    if own:
        return Signatures(_named(own, agent), {})
    known = [(number, _named(signature, agent), belongs) for number, signature, belongs in teams]
    usual = next((signature for _, signature, belongs in known if belongs), "")
    return Signatures(usual, {number: signature for number, signature, _ in known})


def _named(signature: str, agent: Agent) -> str:
    return signature.replace(AGENT_NAME, agent.name)
