"""Who may not see a thing cannot get it by any route."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from sqlalchemy.orm import Session

from app import access
from core.db import transaction
from core.errors import DeskError, NotFound
from core.files import file_store
from inbox.actions import NewComment, comment
from inbox.models import Attachment, Dialog
from people import actions as people
from people.models import Agent, Role
from people.notices import notify
from tests.ground.browsing import Browser
from tests.ground.settling import settle_now
from tests.makers import make_agent, make_channel, make_dialog, make_message, make_reply
from tests.peers.fake import Outside

Browse = Callable[[Agent], Browser]


@pytest.fixture
def ann(session: Session) -> Agent:
    return make_agent(session)


@pytest.fixture
def ben(session: Session) -> Agent:
    return make_agent(session, "Ben", role=Role.ADMIN)


@pytest.fixture
def secret(session: Session, ann: Agent, outside: Outside) -> Dialog:
    """A dialog of a channel that is Ann's alone."""
    dialog = make_dialog(session, make_channel(session, ann), "My secret", subject="Secret", customer="Mia")
    stored = file_store().put_bytes(b"\x89PNG\r\n\x1a\n secret picture")
    session.add(
        Attachment(
            message_id=dialog.last_message_id,
            sha256=stored.sha256,
            name="secret.png",
            mime="image/png",
            size=stored.size,
        )
    )
    note = comment(session, dialog, agent=ann, new=NewComment("Secret note"))
    session.flush()
    session.add(
        Attachment(
            comment_id=note.id, sha256=stored.sha256, name="note.png", mime="image/png", size=stored.size
        )
    )
    session.commit()
    return dialog


def attachments(session: Session) -> list[Attachment]:
    from sqlalchemy import select

    return list(session.scalars(select(Attachment).order_by(Attachment.id)))


def addresses(session: Session, dialog: Dialog) -> list[tuple[str, str, object]]:
    """Every way to name the dialog or something of it."""
    here, message = f"/api/dialogs/{dialog.id}", f"/api/messages/{dialog.last_message_id}"
    words = {"client_uuid": str(uuid4()), "text": "Let me in"}
    return [
        ("GET", here, None),
        ("GET", message, None),
        ("GET", f"{message}/html", None),
        ("GET", f"/messages/{dialog.last_message_id}/raw", None),
        *(("GET", f"/files/{each.id}/x", None) for each in attachments(session)),
        ("GET", f"/api/customers/{dialog.customer_id}", None),
        ("PATCH", f"/api/customers/{dialog.customer_id}", {"name": "Stolen"}),
        ("GET", f"/customers/{dialog.customer_id}", None),
        ("POST", f"{here}/replies", words),
        ("POST", f"{here}/comments", words),
        ("POST", f"{here}/complete", {}),
        ("POST", f"{here}/reopen", {}),
        ("POST", f"{here}/snooze", {"mode": "until_reply"}),
        ("POST", f"{here}/unsnooze", {}),
        ("POST", f"{here}/assign", {"agent_id": None}),
        ("POST", f"{here}/take", {}),
        ("POST", f"{here}/tags", {"name": "mine"}),
        ("DELETE", f"{here}/tags/1", None),
        ("POST", f"{here}/read", {"message_id": 1}),
        ("POST", f"{here}/spam", {"spam": True}),
        ("PUT", f"{here}/drafts/reply", {"text": "x", "revision": 0}),
        ("DELETE", f"{here}/drafts/reply", None),
        *(("POST", f"{message}/{verb}", {}) for verb in ("undo", "send-now", "retry")),
        ("POST", f"{message}/settle", {"as": "sent"}),
        (
            "POST",
            "/api/dialogs",
            {"channel_id": dialog.channel_id, "to": [{"address": "x@y.example"}], **words},
        ),
    ]


@pytest.mark.requirement("SYS-08")
def test_whoever_may_not_see_a_dialog_cannot_reach_it_by_any_address(
    session: Session, browse: Browse, ben: Agent, secret: Dialog
) -> None:
    browser = browse(ben)
    for method, path, body in addresses(session, secret):
        headers = {"X-CSRF-Token": browser.csrf}
        response = browser.open(method, path, headers=headers, **({} if body is None else {"json": body}))
        assert response.status_code == 404, (method, path, response.text)
        assert "ecret" not in response.text


def test_what_may_not_be_seen_and_what_does_not_exist_look_alike(
    browse: Browse, ben: Agent, secret: Dialog
) -> None:
    browser = browse(ben)
    hidden = browser.api("GET", f"/api/dialogs/{secret.id}", status=404)
    missing = browser.api("GET", "/api/dialogs/4000000000", status=404)
    assert hidden == missing


def test_no_list_number_or_event_tells_of_it(
    session: Session, browse: Browse, ann: Agent, ben: Agent, secret: Dialog
) -> None:
    make_message(session, secret, "More secrets", customer="Mia")
    settle_now()
    browser = browse(ben)
    for path in (
        "/api/start",
        "/api/feed",
        "/api/counts",
        "/api/events?after=0",
        "/api/customers?query=mia",
        "/api/search?q=secret",
        "/api/search?q=mia",
        "/api/notifications",
        "/customers/?query=mia",
        "/inbox",
    ):
        answer = browser.get(path)
        assert answer.status_code == 200
        assert not any(word in answer.text.replace("/customers/?query", "") for word in ("ecret", "Mia")), (
            path
        )
    assert browser.api("GET", "/api/feed")["rows"] == []
    assert browser.api("GET", "/api/counts")["open"]["all"] == 0
    assert browse(ann).api("GET", "/api/counts")["open"]["all"] == 1


def test_the_one_it_is_for_sees_all_of_it(
    session: Session, browse: Browse, ann: Agent, secret: Dialog
) -> None:
    settle_now()
    browser = browse(ann)
    assert [row["id"] for row in browser.api("GET", "/api/feed")["rows"]] == [secret.id]
    page = browser.api("GET", f"/api/dialogs/{secret.id}")
    assert [each["text"] for each in page["timeline"] if each["type"] != "event"] == [
        "My secret",
        "Secret note",
    ]
    assert all(browser.get(f"/files/{each.id}/x").status_code == 200 for each in attachments(session))
    assert {each["topic"] for each in browser.api("GET", "/api/events?after=0")["items"]} >= {secret.topic}


def test_a_member_who_is_taken_out_loses_it_at_once(
    session: Session, browse: Browse, ann: Agent, ben: Agent, secret: Dialog
) -> None:
    browser = browse(ann)
    browser.api("GET", f"/api/dialogs/{secret.id}")
    people.set_audience_members(session, secret.audience, agent=ben, member_ids=[])
    session.commit()
    assert browser.refused("GET", f"/api/dialogs/{secret.id}", status=404) == "not_found"


def test_a_channel_that_is_restricted_later_takes_its_dialogs_along(
    session: Session, browse: Browse, ann: Agent, ben: Agent, outside: Outside
) -> None:
    dialog = make_dialog(session)
    settle_now()
    watching = browse(ann)
    assert watching.api("GET", "/api/events?after=0")["items"][-1]["row"]["id"] == dialog.id
    browse(ben).send(
        f"/settings/channels/{dialog.channel_id}/audience", {"audience": "members", "members": str(ben.id)}
    )
    assert watching.refused("GET", f"/api/dialogs/{dialog.id}", status=404) == "not_found"
    assert watching.api("GET", "/api/feed")["rows"] == []
    assert all(each["row"] is None for each in watching.api("GET", "/api/events?after=0")["items"])
    assert browse(ben).api("GET", f"/api/dialogs/{dialog.id}")["dialog"]["id"] == dialog.id


def test_nobody_hands_it_or_words_of_it_to_somebody_who_may_not_see_it(
    browse: Browse, ann: Agent, ben: Agent, secret: Dialog
) -> None:
    browser = browse(ann)
    here = f"/api/dialogs/{secret.id}"
    assert browser.refused("POST", f"{here}/assign", {"agent_id": ben.id}, status=422) == "may_not_see"
    told = {"client_uuid": str(uuid4()), "text": "Look", "mentions": [ben.id]}
    assert browser.refused("POST", f"{here}/comments", told, status=422) == "may_not_see"
    assert browse(ben).api("GET", "/api/notifications")["notifications"] == []


def test_notifications_of_a_dialog_go_with_the_right_to_see_it(
    session: Session, browse: Browse, ann: Agent, ben: Agent, secret: Dialog
) -> None:
    notify(session, ann.id, "message.received", secret.topic, preview="My secret")
    notify(session, ann.id, "reset.asked", ben.ref, name="Ben")
    session.commit()
    browser = browse(ann)
    assert len(browser.api("GET", "/api/notifications")["notifications"]) == 2
    people.set_audience_members(session, secret.audience, agent=ben, member_ids=[])
    session.commit()
    told = browser.api("GET", "/api/notifications")
    assert [each["kind"] for each in told["notifications"]] == ["reset.asked"]


def test_an_upload_is_its_owners_until_it_is_sent(
    session: Session, browse: Browse, ann: Agent, ben: Agent, outside: Outside
) -> None:
    from io import BytesIO

    mine = browse(ann)
    response = mine.open(
        "POST",
        "/api/uploads",
        data={"file": (BytesIO(b"plan"), "plan.txt")},
        headers={"X-CSRF-Token": mine.csrf},
    )
    number = response.json["id"]  # type: ignore[index]
    other = browse(ben)
    assert other.get(f"/files/{number}/plan.txt").status_code == 404
    other.refused("DELETE", f"/api/uploads/{number}", status=404)
    dialog = make_dialog(session)
    told = {"client_uuid": str(uuid4()), "text": "Stolen", "attachments": [number]}
    assert other.refused("POST", f"/api/dialogs/{dialog.id}/replies", told, status=422) == "file_gone"
    assert mine.get(f"/files/{number}/plan.txt").data == b"plan"
    mine.api("POST", f"/api/dialogs/{dialog.id}/replies", told)
    mine.refused("DELETE", f"/api/uploads/{number}", status=404)


def test_a_customer_with_a_dialog_one_may_see_and_one_one_may_not_shows_the_first(
    session: Session, browse: Browse, ben: Agent, secret: Dialog
) -> None:
    other = make_dialog(session, make_channel(session), "In the open", subject="Open", customer="Mia")
    card = browse(ben).api("GET", f"/api/customers/{other.customer_id}")
    assert [each["subject"] for each in card["dialogs"]] == ["Open"]
    assert "Secret" not in browse(ben).get(f"/customers/{other.customer_id}").text


@pytest.mark.parametrize(
    "load",
    [
        access.dialog_for,
        access.message_for,
        access.attachment_for,
        access.customer_for,
        access.channel_for,
        access.team_for,
        access.agent_for,
        access.upload_for,
    ],
)
def test_an_id_of_nothing_is_not_found(
    session: Session, ann: Agent, load: Callable[[Session, Agent, int], object]
) -> None:
    for number in (0, -1, 4_000_000_000, 2**62):
        with pytest.raises(NotFound):
            load(session, ann, number)


def test_somebody_who_left_sees_nothing(session: Session, secret: Dialog, ann: Agent) -> None:
    ann.active = False
    session.commit()
    with transaction() as other, pytest.raises(DeskError):
        access.dialog_for(other, ann, secret.id)


def test_replies_are_as_hidden_as_what_they_answer(
    session: Session, browse: Browse, ann: Agent, ben: Agent, secret: Dialog
) -> None:
    message = make_reply(session, secret, "A secret answer", agent=ann)
    browse(ben).refused("POST", f"/api/messages/{message.id}/undo", status=404)
    browse(ann).api("POST", f"/api/messages/{message.id}/undo")
