"""What stands below whose letters."""

from sqlalchemy.orm import Session

from people import actions as people
from people.models import Agent, Role, Team
from people.preferences import Preferences
from people.signatures import signatures_of
from tests.makers import make_agent, make_team


def signed_team(session: Session, *members: Agent, name: str, signature: str) -> Team:
    team = make_team(session, *members, name=name)
    team.signature = signature
    session.commit()
    return team


def test_nobody_has_a_signature_unless_somebody_wrote_one(session: Session) -> None:
    ann = make_agent(session)
    make_team(session, ann)
    assert signatures_of(session, ann).in_team(None) == ""


def test_a_persons_own_signature_wins_over_every_teams(session: Session) -> None:
    ann = make_agent(session)
    team = signed_team(session, ann, name="Sales", signature="Sales")
    people.change_preferences(session, ann, preferences=Preferences(signature="Yours, Ann\n"))
    found = signatures_of(session, ann)
    assert (found.in_team(None), found.in_team(team.id)) == ("Yours, Ann", "Yours, Ann")


def test_the_dialogs_team_signs_for_whoever_has_no_signature_else_the_writers_first_team_does(
    session: Session,
) -> None:
    ann = make_agent(session)
    returns = signed_team(session, name="Returns", signature="{agent} of returns")
    signed_team(session, ann, name="Sales", signature="{agent} of sales")
    unsigned = make_team(session, name="Unsigned")
    found = signatures_of(session, ann)
    assert found.in_team(returns.id) == "Ann of returns"
    assert found.in_team(unsigned.id) == "Ann of sales"
    assert found.in_team(None) == "Ann of sales"


def test_a_team_somebody_does_not_belong_to_signs_in_its_own_dialogs_only(session: Session) -> None:
    ann = make_agent(session)
    returns = signed_team(session, name="Returns", signature="Returns")
    found = signatures_of(session, ann)
    assert (found.in_team(returns.id), found.in_team(None)) == ("Returns", "")


def test_a_teams_signature_is_changed_with_the_team_and_stays_when_nothing_is_said_of_it(
    session: Session,
) -> None:
    boss = make_agent(session, "Olga", role=Role.OWNER)
    team = make_team(session, boss)
    people.change_team(session, team, agent=boss, name="Sales", member_ids=[boss.id], signature=" Sales \n")
    people.change_team(session, team, agent=boss, name="Shop", member_ids=[boss.id])
    assert team.signature == "Sales"
