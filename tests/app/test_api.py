"""What our own screen asks of the API: lists, dialogs, verbs and the way back."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.clock import now
from core.events import Event, last_seq
from inbox.actions import NewComment, comment
from inbox.models import Delivery, Dialog, Message
from people.models import Agent, Role
from people.notices import notify
from people.queries import workspace_of
from tasks.actions import NewTask, create_task
from tests.ground.browsing import Browser
from tests.ground.moment import FrozenClock
from tests.ground.settling import Settle
from tests.makers import make_agent, make_channel, make_dialog, make_message, make_reply, make_tag, make_team
from tests.peers.fake import Outside

Browse = Callable[[Agent], Browser]


@pytest.fixture
def ann(session: Session) -> Agent:
    return make_agent(session)


@pytest.fixture
def desk(browse: Browse, ann: Agent, outside: Outside) -> Browser:
    """Ann at her screen."""
    return browse(ann)


def words(text: str = "It is on its way.", **more: Any) -> dict[str, Any]:
    return {"client_uuid": str(uuid4()), "text": text, **more}


@pytest.mark.requirement("EAD-01")
def test_the_screen_begins_with_everything_it_needs(session: Session, desk: Browser, ann: Agent) -> None:
    make_team(session, ann)
    make_tag(session)
    dialog = make_dialog(session)
    start = desk.api("GET", "/api/start")
    assert (start["me"]["name"], start["language"], start["roles"]["can_reply"]) == ("Ann", "ru", True)
    assert [row["id"] for row in start["feed"]["rows"]] == [dialog.id]
    assert (start["counts"]["open"]["all"], len(start["teams"]), len(start["tags"])) == (1, 1, 1)
    assert start["channels"][0]["capabilities"]["send_key"] == "enter"
    assert start["catalogue_url"].startswith("/static/dist/i18n/ru")
    assert "csrf" in start


def test_the_screen_knows_where_its_reader_has_begun_to_write(
    session: Session, desk: Browser, browse: Browse
) -> None:
    begun, emptied = make_dialog(session), make_dialog(session, customer="Mia")
    for dialog, said in ((begun, "It is"), (emptied, "")):
        draft = {"text": said, "html": None, "revision": 0}
        desk.api("PUT", f"/api/dialogs/{dialog.id}/drafts/reply", draft)
    assert desk.api("GET", "/api/start")["drafts"] == [f"{begun.id}:reply"]
    assert browse(make_agent(session, "Ben")).api("GET", "/api/start")["drafts"] == []


def test_a_program_gets_no_token_of_a_browser(session: Session, ann: Agent, stranger: Browser) -> None:
    from people.actions import issue_token

    stranger.key = issue_token(session, agent=ann, name="Script", scopes=["read"], expires_at=None)
    session.commit()
    assert stranger.api("GET", "/api/start")["csrf"] is None


def test_a_demonstration_is_offered_to_administrators_of_an_empty_installation(
    session: Session, browse: Browse, ann: Agent
) -> None:
    boss = browse(make_agent(session, "Olga", role=Role.OWNER))
    assert boss.api("GET", "/api/start")["demo_offer"] is True
    assert browse(ann).api("GET", "/api/start")["demo_offer"] is False
    make_dialog(session)
    assert boss.api("GET", "/api/start")["demo_offer"] is False


@pytest.mark.requirement("EAD-02")
def test_lists_are_by_state_and_by_whose(session: Session, desk: Browser, ann: Agent) -> None:
    ben = make_agent(session, "Ben")
    mine, bens = make_dialog(session, customer="Max"), make_dialog(session, customer="Mia")
    done = make_dialog(session, customer="Moe", state="completed")
    asleep = make_dialog(session, customer="Meg", state="snoozed")
    for dialog, agent in ((mine, ann), (bens, ben)):
        desk.api("POST", f"/api/dialogs/{dialog.id}/assign", {"agent_id": agent.id})

    def ids(query: str) -> list[int]:
        return [row["id"] for row in desk.api("GET", f"/api/feed?{query}")["rows"]]

    assert ids("whose=mine") == [mine.id]
    assert ids(f"whose=agent:{ben.id}") == [bens.id]
    assert ids("whose=unassigned") == []
    assert ids("state=completed") == [done.id]
    assert ids("state=snoozed") == [asleep.id]
    assert ids(f"channel={mine.channel_id}&whose=all") == [mine.id]


def test_pages_follow_each_other_without_gap_or_repetition(session: Session, desk: Browser) -> None:
    channel = make_channel(session)
    made = {make_dialog(session, channel, customer=f"C{number}").id for number in range(7)}
    seen: list[int] = []
    after = ""
    while True:
        page = desk.api("GET", f"/api/feed?limit=3{after}")
        seen += [row["id"] for row in page["rows"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert len(seen) == len(set(seen)) == 7
    assert set(seen) == made


@pytest.mark.parametrize(
    "query",
    [
        "state=lost",
        "whose=everybody",
        "whose=agent:x",
        "limit=0",
        "limit=201",
        "after=!!!",
        "after=WzFd",
        "page=2",
        "channel=x",
    ],
)
def test_a_list_nobody_knows_is_refused_in_words(desk: Browser, query: str) -> None:
    desk.refused("GET", f"/api/feed?{query}", status=422)


@pytest.mark.requirement("EAD-04")
def test_a_dialog_shows_all_that_was_said_and_done_in_one_line(
    session: Session, desk: Browser, ann: Agent
) -> None:
    dialog = make_dialog(session)
    comment(session, dialog, agent=ann, new=NewComment("He called, too."))
    session.commit()
    make_reply(session, dialog, agent=ann)
    desk.api("POST", f"/api/dialogs/{dialog.id}/complete")
    page = desk.api("GET", f"/api/dialogs/{dialog.id}")
    assert [each["type"] for each in page["timeline"]] == ["event", "message", "comment", "message", "event"]
    assert page["timeline"][-1]["actor"] == {"id": ann.id, "name": "Ann"}
    assert page["customer"]["name"] == "Max"
    assert page["dialog"]["state"] == "completed"


def test_older_entries_come_by_the_cursor(session: Session, desk: Browser) -> None:
    dialog = make_dialog(session)
    for number in range(60):
        make_message(session, dialog, f"Message {number}")
    newest = desk.api("GET", f"/api/dialogs/{dialog.id}")
    older = desk.api("GET", f"/api/dialogs/{dialog.id}?before={newest['before']}")
    assert len(newest["timeline"]) == 50
    texts = [
        each["text"] for page in (older, newest) for each in page["timeline"] if each["type"] == "message"
    ]
    assert texts == ["Where is my parcel?", *(f"Message {number}" for number in range(60))]


@pytest.mark.requirement("EAD-07")
def test_a_reply_is_held_and_can_be_taken_back(
    session: Session, clock: FrozenClock, desk: Browser, outside: Outside, settle: Settle
) -> None:
    dialog = make_dialog(session)
    told = words("On its way")
    done = desk.api("POST", f"/api/dialogs/{dialog.id}/replies", told)
    assert (done["entry"]["state"], done["row"]["waiting_since"]) == ("held", None)
    assert done["inverse"]["path"] == f"/api/messages/{done['entry']['id']}/undo"
    back = desk.api("POST", done["inverse"]["path"], done["inverse"]["body"])
    assert back["draft"]["text"] == "On its way"
    assert back["row"]["waiting_since"] is not None
    clock.forward(minutes=1)
    settle()
    assert outside.texts == []


@pytest.mark.requirement("EAD-07")
def test_a_reply_of_which_nobody_knows_whether_it_came_is_taken_back_and_cannot_come_later(
    session: Session, desk: Browser
) -> None:
    dialog = make_dialog(session)
    here = f"/api/dialogs/{dialog.id}/replies"
    came, late = ({**words(text), "command_id": str(uuid4())} for text in ("It came", "It is late"))
    desk.api("POST", here, came)

    first, again, never = (
        desk.api("POST", f"{here}/undo", {"client_uuid": one["client_uuid"], "withdraws": one["command_id"]})
        for one in (came, came, late)
    )

    assert (first["draft"]["text"], again["draft"], never["draft"]) == ("It came", None, None)
    assert never["row"]["waiting_since"] is not None
    assert desk.api("POST", here, late, status=409)["error"]["code"] == "command_changed"
    assert session.scalars(select(Message.delivery).where(Message.direction == "out")).all() == ["undone"]


def test_what_has_left_cannot_be_taken_back(
    session: Session, clock: FrozenClock, desk: Browser, outside: Outside, settle: Settle
) -> None:
    dialog = make_dialog(session)
    done = desk.api("POST", f"/api/dialogs/{dialog.id}/replies", words())
    desk.api("POST", f"/api/messages/{done['entry']['id']}/send-now")
    settle()
    assert desk.refused("POST", done["inverse"]["path"], status=409) == "already_leaving"
    page = desk.api("GET", f"/api/dialogs/{dialog.id}")
    assert [each["state"] for each in page["timeline"] if each["type"] == "message"] == [None, "sent"]


def test_the_same_reply_sent_twice_is_one(session: Session, desk: Browser) -> None:
    dialog = make_dialog(session)
    told = words()
    first = desk.api("POST", f"/api/dialogs/{dialog.id}/replies", told)
    again = desk.api("POST", f"/api/dialogs/{dialog.id}/replies", told)
    assert first["entry"]["id"] == again["entry"]["id"]


def test_the_same_command_gets_the_same_answer_and_is_done_once(session: Session, desk: Browser) -> None:
    dialog = make_dialog(session)
    told = {"command_id": str(uuid4()), "name": "VIP"}
    first = desk.api("POST", f"/api/dialogs/{dialog.id}/tags", told)
    desk.api("DELETE", f"/api/dialogs/{dialog.id}/tags/{first['row']['tags'][0]}")
    assert desk.api("POST", f"/api/dialogs/{dialog.id}/tags", told) == first
    assert desk.api("GET", f"/api/dialogs/{dialog.id}")["dialog"]["tags"] == []


def test_a_command_that_failed_may_be_tried_again(session: Session, desk: Browser) -> None:
    dialog = make_dialog(session)
    told = {"command_id": str(uuid4()), "until": (now() - timedelta(hours=1)).isoformat(), "mode": "time"}
    assert desk.refused("POST", f"/api/dialogs/{dialog.id}/snooze", told, status=422) == "snooze_in_past"
    told["until"] = (now() + timedelta(hours=1)).isoformat()
    assert desk.api("POST", f"/api/dialogs/{dialog.id}/snooze", told)["row"]["state"] == "snoozed"


def test_other_words_under_the_name_of_a_command_are_refused_and_not_lost_silently(
    session: Session, desk: Browser
) -> None:
    channel, name = make_channel(session), str(uuid4())
    told = {
        "command_id": name,
        "client_uuid": name,
        "channel_id": channel.id,
        "to": [{"address": "mia@customer.test"}],
        "text": "Hello Mia",
    }
    first = desk.api("POST", "/api/dialogs", told)
    assert desk.api("POST", "/api/dialogs", told) == first
    changed = {**told, "text": "Hello Mia, and good news"}
    assert desk.refused("POST", "/api/dialogs", changed, status=409) == "command_changed"
    assert (
        desk.refused("POST", "/api/dialogs", changed | {"command_id": None}, status=409) == "command_changed"
    )
    assert desk.api("POST", "/api/dialogs", told | {"command_id": None})["entry"] == first["entry"]
    elsewhere = f"/api/dialogs/{first['row']['id']}/complete"
    assert desk.refused("POST", elsewhere, {"command_id": name}, status=409) == "command_changed"


@pytest.mark.parametrize("kind", ["replies", "comments"])
def test_other_words_under_the_name_of_a_message_are_refused(
    session: Session, desk: Browser, kind: str
) -> None:
    here = f"/api/dialogs/{make_dialog(session).id}/{kind}"
    told = words("It comes tomorrow.")
    first = desk.api("POST", here, told)
    assert desk.refused("POST", here, told | {"text": "It is lost."}, status=409) == "command_changed"
    assert desk.api("POST", here, told)["entry"]["id"] == first["entry"]["id"]


def test_somebody_elses_command_is_not_answered(session: Session, desk: Browser, browse: Browse) -> None:
    dialog = make_dialog(session)
    told = {"command_id": str(uuid4())}
    desk.api("POST", f"/api/dialogs/{dialog.id}/complete", told)
    other = browse(make_agent(session, "Ben"))
    assert other.refused("POST", f"/api/dialogs/{dialog.id}/reopen", told, status=409) == "command_taken"


def test_a_reply_that_did_not_see_the_newest_is_shown_it_first(
    session: Session, desk: Browser, settle: Settle
) -> None:
    dialog = make_dialog(session)
    settle()
    seen = last_seq(session)
    make_message(session, dialog, "Never mind, it came!")
    told = words(seen_upto=seen)
    error = desk.api("POST", f"/api/dialogs/{dialog.id}/replies", told, status=409)["error"]
    assert error["code"] == "dialog_moved_on"
    assert [each["text"] for each in error["details"]["entries"]] == ["Never mind, it came!"]
    desk.api("POST", f"/api/dialogs/{dialog.id}/replies", {**told, "force": True})


@pytest.mark.requirement("EAD-18")
def test_a_collaborator_comments_but_does_not_answer(
    session: Session, browse: Browse, outside: Outside
) -> None:
    dialog = make_dialog(session)
    desk = browse(make_agent(session, "Vera", role=Role.COLLABORATOR))
    desk.refused("POST", f"/api/dialogs/{dialog.id}/replies", words(), status=403)
    desk.refused("POST", f"/api/dialogs/{dialog.id}/complete", status=403)
    done = desk.api("POST", f"/api/dialogs/{dialog.id}/comments", words("The invoice is paid."))
    assert (done["entry"]["type"], done["entry"]["author"]["name"]) == ("comment", "Vera")


def test_sending_may_complete_or_snooze_in_one_go(session: Session, desk: Browser) -> None:
    first, second = make_dialog(session), make_dialog(session, customer="Mia")
    done = desk.api("POST", f"/api/dialogs/{first.id}/replies", words(then="complete"))
    assert done["row"]["state"] == "completed"
    done = desk.api("POST", f"/api/dialogs/{second.id}/replies", words(then="snooze_until_reply"))
    assert (done["row"]["state"], done["row"]["snooze_mode"]) == ("snoozed", "until_reply")
    back = desk.api("POST", done["inverse"]["path"])
    assert back["row"]["state"] == "open"


@pytest.mark.requirement("EAD-05")
@pytest.mark.parametrize("verb", ["complete", "snooze", "assign", "take", "tags", "spam"])
def test_every_verb_answers_the_command_that_takes_it_back(
    session: Session, desk: Browser, ann: Agent, verb: str
) -> None:
    dialog = make_dialog(session)
    told: dict[str, Any] = {
        "snooze": {"until": (now() + timedelta(days=1)).isoformat(), "mode": "stay"},
        "assign": {"agent_id": ann.id},
        "tags": {"name": "VIP"},
        "spam": {"spam": True},
    }.get(verb, {})
    before = desk.api("GET", f"/api/dialogs/{dialog.id}")["dialog"]
    done = desk.api("POST", f"/api/dialogs/{dialog.id}/{verb}", told)
    assert done["row"] != before
    inverse = done["inverse"]
    back = desk.api(inverse["method"], inverse["path"], inverse["body"])
    kept = ("state", "assignee_id", "tags", "spam", "snooze_until", "completed_at")
    assert {name: back["row"][name] for name in kept} == {name: before[name] for name in kept}


@pytest.mark.requirement("EAD-03")
def test_a_snooze_can_be_changed_and_brought_back(session: Session, desk: Browser) -> None:
    dialog = make_dialog(session)
    first = desk.api("POST", f"/api/dialogs/{dialog.id}/snooze", {"mode": "until_reply"})
    until = (now() + timedelta(days=2)).isoformat()
    second = desk.api("POST", f"/api/dialogs/{dialog.id}/snooze", {"mode": "time", "until": until})
    assert second["inverse"]["body"]["mode"] == "until_reply"
    assert second["inverse"]["body"]["until"] == first["row"]["snooze_until"]
    assert desk.api("POST", f"/api/dialogs/{dialog.id}/unsnooze")["row"]["state"] == "open"


@pytest.mark.requirement("EAD-16")
def test_of_two_who_take_one_dialog_the_second_is_told_who_has_it(
    session: Session, desk: Browser, browse: Browse
) -> None:
    dialog, ben = make_dialog(session), make_agent(session, "Ben")
    browse(ben).api("POST", f"/api/dialogs/{dialog.id}/take")
    error = desk.api("POST", f"/api/dialogs/{dialog.id}/take", status=409)["error"]
    assert (error["code"], error["details"]["agent_id"]) == ("taken_by_other", ben.id)
    assert "Ben" in error["message"]
    told = {"agent_id": None, "expect_assignee_id": None}
    assert desk.refused("POST", f"/api/dialogs/{dialog.id}/assign", told, status=409) == "taken_by_other"


@pytest.mark.requirement("EAD-16")
def test_handing_over_to_a_colleague_with_a_word_and_a_team(
    session: Session, desk: Browser, browse: Browse, ann: Agent
) -> None:
    dialog, ben = make_dialog(session), make_agent(session, "Ben")
    team = make_team(session, ben)
    told = {"agent_id": ben.id, "team_id": team.id, "comment": "Please look."}
    done = desk.api("POST", f"/api/dialogs/{dialog.id}/assign", told)
    assert (done["row"]["assignee_id"], done["row"]["team_id"]) == (ben.id, team.id)
    heard = browse(ben).api("GET", "/api/notifications")
    assert "dialog.assigned" in [each["kind"] for each in heard["notifications"]]
    texts = [each.get("text") for each in desk.api("GET", f"/api/dialogs/{dialog.id}")["timeline"]]
    assert "Please look." in texts


def test_reading_moves_the_mark_forward_only(session: Session, desk: Browser) -> None:
    dialog = make_dialog(session)
    later = make_message(session, dialog)
    assert desk.api("GET", "/api/feed")["rows"][0]["unread"] is True
    desk.api("POST", f"/api/dialogs/{dialog.id}/read", {"message_id": later.id})
    done = desk.api("POST", f"/api/dialogs/{dialog.id}/read", {"message_id": 1})
    assert done["row"]["unread"] is False
    assert desk.api("GET", f"/api/dialogs/{dialog.id}")["dialog"]["read_upto"] == later.id


def test_an_answer_that_failed_is_tried_again_and_one_of_which_nobody_knows_is_settled(
    session: Session, desk: Browser, ann: Agent
) -> None:
    dialog = make_dialog(session)
    failed, unknown = make_reply(session, dialog, agent=ann), make_reply(session, dialog, "Again", agent=ann)
    failed.delivery, failed.error_code = Delivery.FAILED, "unknown_recipient"
    unknown.delivery, unknown.error_code = Delivery.UNCERTAIN, "unconfirmed"
    session.commit()
    page = desk.api("GET", f"/api/dialogs/{dialog.id}")
    sentences = [each["error"] for each in page["timeline"] if each["type"] == "message"]
    assert all(sentences[1:])
    assert desk.api("POST", f"/api/messages/{failed.id}/retry")["entry"]["state"] == "queued"
    assert desk.refused("POST", f"/api/messages/{failed.id}/retry", status=409) == "not_failed"
    assert desk.api("POST", f"/api/messages/{unknown.id}/settle", {"as": "sent"})["entry"]["state"] == "sent"
    desk.refused("POST", f"/api/messages/{unknown.id}/settle", {"as": "lost"}, status=422)


def test_writing_first_opens_a_dialog_of_ones_own(session: Session, desk: Browser, ann: Agent) -> None:
    channel = make_channel(session)
    told = words(
        "Hello Mia", channel_id=channel.id, to=[{"address": "Mia@customer.test", "name": "Mia"}], subject="Hi"
    )
    done = desk.api("POST", "/api/dialogs", told)
    assert (done["row"]["customer"]["name"], done["row"]["assignee_id"]) == ("Mia", ann.id)
    assert done["entry"]["state"] == "held"


def test_drafts_are_two_and_never_cross(session: Session, desk: Browser, browse: Browse) -> None:
    dialog = make_dialog(session)
    here = f"/api/dialogs/{dialog.id}/drafts"
    first = desk.api("PUT", f"{here}/reply", {"text": "Dear Max", "revision": 0, "extra": {"subject": "Re"}})
    desk.api("PUT", f"{here}/comment", {"text": "Between us", "revision": 0})
    drafts = desk.api("GET", f"/api/dialogs/{dialog.id}")["drafts"]
    assert (drafts["reply"]["text"], drafts["comment"]["text"]) == ("Dear Max", "Between us")
    assert drafts["reply"]["extra"] == {"subject": "Re"}
    assert browse(make_agent(session, "Ben")).api("GET", f"/api/dialogs/{dialog.id}")["drafts"] == {
        "reply": None,
        "comment": None,
    }
    later = {"text": "Dear Max,", "revision": first["revision"], "extra": {"subject": "Re: Parcel"}}
    desk.api("PUT", f"{here}/reply", later)
    error = desk.api("PUT", f"{here}/reply", {"text": "Older", "revision": first["revision"]}, status=409)[
        "error"
    ]
    assert (error["code"], error["details"]["draft"]["text"]) == ("draft_newer", "Dear Max,")
    assert error["details"]["draft"]["extra"] == {"subject": "Re: Parcel"}
    desk.api("DELETE", f"{here}/reply")
    assert desk.api("GET", f"/api/dialogs/{dialog.id}")["drafts"]["reply"] is None


def test_a_draft_keeps_the_files_that_wait_with_it(session: Session, desk: Browser) -> None:
    from io import BytesIO

    dialog = make_dialog(session)
    upload = desk.open(
        "POST",
        "/api/uploads",
        data={"file": (BytesIO(b"plan"), "plan.txt")},
        headers={"X-CSRF-Token": desk.csrf},
    ).json
    assert upload is not None
    desk.api(
        "PUT",
        f"/api/dialogs/{dialog.id}/drafts/reply",
        {"text": "See here", "revision": 0, "extra": {"attachments": [upload]}},
    )
    kept = desk.api("GET", f"/api/dialogs/{dialog.id}")["drafts"]["reply"]["extra"]["attachments"]
    assert [each["name"] for each in kept] == ["plan.txt"]
    desk.api("DELETE", f"/api/uploads/{upload['id']}")
    draft = desk.api("GET", f"/api/dialogs/{dialog.id}")["drafts"]["reply"]
    assert draft["extra"]["attachments"] == []


def test_events_since_a_number_and_reset_when_they_are_too_many_or_forgotten(
    session: Session, desk: Browser, settle: Settle, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle()
    before = last_seq(session)
    dialog = make_dialog(session)
    settle()
    answer = desk.api("GET", f"/api/events?after={before}")
    assert [each["seq"] for each in answer["items"]] == sorted(each["seq"] for each in answer["items"])
    assert {each["row"]["id"] for each in answer["items"] if each["topic"] == dialog.topic} == {dialog.id}
    assert desk.api("GET", f"/api/events?after={answer['upto']}")["items"] == []
    assert desk.api("GET", f"/api/events?after={answer['upto'] + 1000}")["reset"] is True
    monkeypatch.setattr("app.api.dialogs.MOST_EVENTS", 5)
    for number in range(6):
        make_message(session, dialog, f"Message {number}")
    settle()
    assert desk.api("GET", f"/api/events?after={before}")["reset"] is True
    session.execute(delete(Event).where(Event.seq <= answer["upto"]))
    session.commit()
    monkeypatch.setattr("app.api.dialogs.MOST_EVENTS", 500)
    assert desk.api("GET", f"/api/events?after={before}")["reset"] is True
    assert desk.api("GET", f"/api/events?after={answer['upto']}")["reset"] is False


def test_notifications_are_read_one_by_one_or_by_opening_what_they_are_about(
    session: Session, desk: Browser, ann: Agent
) -> None:
    dialog = make_dialog(session, customer="Max")
    first = notify(session, ann.id, "message.received", dialog.topic)
    notify(session, ann.id, "comment.added", dialog.topic)
    other = notify(session, make_agent(session, "Ben").id, "comment.added", dialog.topic)
    session.commit()
    assert desk.api("GET", "/api/notifications")["unread"] == 2
    desk.api("POST", "/api/notifications/read", {"ids": [first.id, other.id]})
    assert desk.api("GET", "/api/notifications")["unread"] == 1
    desk.api("POST", "/api/notifications/read", {"dialog_id": dialog.id})
    assert desk.api("GET", "/api/notifications")["unread"] == 0
    session.refresh(other)
    assert other.read_at is None


def test_a_notification_names_the_customer_of_the_dialog_it_is_about(
    session: Session, desk: Browser, ann: Agent
) -> None:
    notify(session, ann.id, "channel.broken", "channel:3", code="refused")
    notify(session, ann.id, "message.received", make_dialog(session, customer="Max").topic)
    session.commit()
    told = desk.api("GET", "/api/notifications")["notifications"]
    assert [each["about"] for each in told] == ["Max", None]


def test_a_notification_of_a_task_leads_to_the_dialog_it_came_from_if_its_reader_may_see_it(
    session: Session, desk: Browser, ann: Agent
) -> None:
    ben = make_agent(session, "Ben")
    open_to_all, hidden = make_dialog(session), make_dialog(session, make_channel(session, ben))
    for dialog in (open_to_all, hidden):
        task = NewTask("Call the store", assignee=ann, due_at=now() + timedelta(hours=1))
        create_task(session, task, agent=ben, dialog=dialog)
    session.commit()
    told = desk.api("GET", "/api/notifications")["notifications"]
    assert [(each["kind"], each["dialog_id"], each["about"]) for each in told] == [
        ("task.assigned", None, None),
        ("task.assigned", open_to_all.id, "Max"),
    ]


def test_the_card_and_the_profile_change_only_where_something_is_given(
    session: Session, desk: Browser, ann: Agent
) -> None:
    dialog = make_dialog(session)
    card = desk.api(
        "PATCH", f"/api/customers/{dialog.customer_id}", {"notes": "Likes blue.", "time_zone": "Asia/Omsk"}
    )
    assert (card["name"], card["notes"], card["local_time_zone"]) == ("Max", "Likes blue.", "Asia/Omsk")
    me = desk.api("PATCH", "/api/me", {"availability": "break", "settings": {"theme": "dark"}})
    assert (me["me"]["availability"], me["settings"]["theme"], me["me"]["name"]) == ("break", "dark", "Ann")
    assert desk.refused("PATCH", "/api/me", {"zone": "Mars"}, status=422) == "bad_zone"


def test_errors_are_told_in_the_readers_language(session: Session, browse: Browse, outside: Outside) -> None:
    dialog = make_dialog(session)
    desk = browse(make_agent(session, language="en"))
    error = desk.api("POST", f"/api/dialogs/{dialog.id}/replies", words(" "), status=422)["error"]
    assert (error["message"], error["field"]) == ("Write something first.", "text")


def test_what_is_no_json_is_refused_in_words(desk: Browser, session: Session) -> None:
    dialog = make_dialog(session)
    headers = {"X-CSRF-Token": desk.csrf}
    for body in (
        b'{"client_uuid": "c30e9002-dfc5-401b-b881-4941107e4822", "text": "\\u0000"}',
        b'{"text": "\\ud800"}',
        b"{",
        b"[]",
        b"null",
        b'{"text": 1}',
        b"\xff\xfe",
        b"{" * 50_000,
    ):
        response = desk.open(
            "POST",
            f"/api/dialogs/{dialog.id}/comments",
            data=body,
            content_type="application/json",
            headers=headers,
        )
        assert response.status_code == 422, body[:20]


def test_more_than_is_taken_at_once_is_refused_before_it_is_read(desk: Browser, session: Session) -> None:
    dialog = make_dialog(session)
    assert (
        desk.refused("POST", f"/api/dialogs/{dialog.id}/tags", {"name": "x" * 70_000}, status=413)
        == "too_large"
    )
    text = "x" * 1_000_001
    assert desk.refused("POST", f"/api/dialogs/{dialog.id}/comments", words(text), status=422) == "invalid"


def test_ids_that_are_too_big_or_too_odd_are_nothing(desk: Browser) -> None:
    for number in (2**63, 2**70):
        desk.refused("GET", f"/api/dialogs/{number}", status=404)
    assert desk.get("/api/dialogs/-1").status_code == 404
    assert desk.get("/api/dialogs/1.5").status_code == 404


@pytest.mark.parametrize(
    ("verb", "told"),
    [
        ("assign", {"agent_id": 2**63}),
        ("assign", {"agent_id": -1}),
        ("assign", {"agent_id": None, "expect_assignee_id": -1}),
        ("read", {"message_id": 2**63}),
        ("tags", {"tag_id": 2**63}),
        ("tags", {"name": "\0"}),
        ("replies", {"client_uuid": "x", "text": "x"}),
        ("replies", {"client_uuid": str(uuid4()), "text": "x", "attachments": [2**63]}),
        ("snooze", {"mode": "time", "until": "2027-01-01T00:00:00"}),
        ("snooze", {"mode": "time", "until": "tomorrow"}),
    ],
)
def test_values_out_of_bounds_are_refused_in_words(
    session: Session, desk: Browser, verb: str, told: dict[str, Any]
) -> None:
    desk.refused("POST", f"/api/dialogs/{make_dialog(session).id}/{verb}", told, status=422)


def test_a_message_can_be_asked_for_by_itself(session: Session, desk: Browser) -> None:
    dialog = make_dialog(session)
    message = session.scalars(select(Message).where(Message.dialog_id == dialog.id)).one()
    assert desk.api("GET", f"/api/messages/{message.id}")["text"] == "Where is my parcel?"
    assert isinstance(dialog, Dialog)


def test_colleagues_and_labels_can_be_looked_up(session: Session, desk: Browser) -> None:
    make_agent(session, "Ben")
    make_tag(session, "VIP")
    assert [each["name"] for each in desk.api("GET", "/api/agents?query=be")["agents"]] == ["Ben"]
    assert len(desk.api("GET", "/api/tags")["tags"]) == 1


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("parcels", ["Max"]),
        ("Посылки", ["Мия"]),
        ("мия", ["Мия"]),
        ("max@customer", ["Max"]),
        ("#vip", ["Мия"]),
        ("#unknown", []),
        ("parcel -max", ["Max"]),
        ('"no such words"', []),
        ("", []),
        ("#", []),
        ("% _ \\ ' \" & | ! ( ) : *", []),
    ],
)
def test_dialogs_are_found_by_what_was_said_by_whom_and_by_label(
    session: Session, desk: Browser, words: str, found: list[str]
) -> None:
    from urllib.parse import quote

    make_dialog(session, text="Where are my parcels?")
    other = make_dialog(session, text="Где моя посылка?", customer="Мия", subject="")
    desk.api("POST", f"/api/dialogs/{other.id}/tags", {"name": "VIP"})
    answer = desk.api("GET", f"/api/search?q={quote(words)}")
    assert [row["customer"]["name"] for row in answer["rows"]] == found


def test_a_find_shows_the_words_and_can_be_narrowed_by_state(session: Session, desk: Browser) -> None:
    dialog = make_dialog(session, text="Hello. " * 30 + "Where is my parcel?")
    answer = desk.api("GET", "/api/search?q=parcel&state=open")
    assert "Where is my parcel" in answer["hits"][str(dialog.id)]
    assert desk.api("GET", "/api/search?q=parcel&state=completed")["rows"] == []
    desk.refused("GET", "/api/search?q=parcel&state=lost", status=422)
    desk.refused("GET", "/api/search", status=422)


@pytest.mark.requirement("O1")
@pytest.mark.parametrize(
    ("setting", "asked", "quoted"),
    [(None, None, True), (False, None, False), (False, True, True), (None, False, False)],
)
def test_an_answer_to_a_letter_carries_it_unless_the_channel_or_its_writer_does_not_want_it(
    session: Session, desk: Browser, setting: bool | None, asked: bool | None, quoted: bool
) -> None:
    settings = {} if setting is None else {"quotes": setting}
    channel = make_channel(session, kind="email", settings=settings)
    dialog = make_dialog(session, channel)
    assert desk.api("GET", "/api/start")["channels"][0]["quotes"] is (setting is not False)
    more = {} if asked is None else {"quote": asked}
    entry = desk.api("POST", f"/api/dialogs/{dialog.id}/replies", words(**more))["entry"]
    assert entry["quoted"] is quoted


def test_a_letter_is_signed_unless_its_writer_says_otherwise(session: Session, desk: Browser) -> None:
    desk.api("PATCH", "/api/me", {"settings": {"signature": "Yours, Ann"}})
    dialog = make_dialog(session, make_channel(session, kind="email"))
    assert desk.api("GET", "/api/start")["signatures"] == {"usual": "Yours, Ann", "teams": {}}
    path = f"/api/dialogs/{dialog.id}/replies"
    assert desk.api("POST", path, words())["entry"]["signature"] == "Yours, Ann"
    assert desk.api("POST", path, words() | {"signature": False})["entry"]["signature"] is None


def test_a_chat_is_not_signed(session: Session, desk: Browser) -> None:
    desk.api("PATCH", "/api/me", {"settings": {"signature": "Yours, Ann"}})
    dialog = make_dialog(session)
    assert desk.api("POST", f"/api/dialogs/{dialog.id}/replies", words())["entry"]["signature"] is None


def test_a_chat_quotes_nothing_by_itself(session: Session, desk: Browser) -> None:
    dialog = make_dialog(session, make_channel(session))
    assert desk.api("POST", f"/api/dialogs/{dialog.id}/replies", words())["entry"]["quoted"] is False


def test_the_screen_is_told_why_answers_wait(session: Session, desk: Browser) -> None:
    channel = make_channel(session, outbound_confirmed=False)

    def reason() -> str | None:
        session.commit()
        found: str | None = desk.api("GET", "/api/start")["channels"][0]["held_because"]
        return found

    assert reason() == "not_confirmed"
    channel.outbound_confirmed = True
    assert reason() is None
    workspace = session.merge(workspace_of(session))
    workspace.outbound_stopped = True
    assert reason() == "all_stopped"
    channel.enabled = False
    assert reason() == "switched_off"
    channel.demo = True
    assert reason() == "demo"
