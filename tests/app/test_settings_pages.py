"""Pages for people: what is typed is kept when something is wrong, and done when nothing is."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.email.presets import PRESETS
from channels.models import Arrival, ArrivalState, ChannelCheck
from core.clock import now
from core.files import file_store
from inbox.models import Channel
from people import actions as people
from people.models import Agent, AgentSession, ApiToken, Notification, Role, Team, WorkingHours
from people.notices import notify
from people.passwords import hash_password
from people.queries import workspace_of
from tests.ground.browsing import Browser
from tests.ground.settling import Settle
from tests.makers import make_agent, make_channel, make_dialog, make_reply
from tests.peers.fake import Outside

Browse = Callable[[Agent], Browser]
PASSWORD = "a sea of calm letters"


@pytest.fixture
def boss(session: Session) -> Agent:
    return make_agent(
        session, "Olga", role=Role.OWNER, language="en", zone="UTC", password_hash=hash_password(PASSWORD)
    )


@pytest.fixture
def desk(browse: Browse, boss: Agent, outside: Outside) -> Browser:
    """Olga in her settings."""
    return browse(boss)


PAGES = [
    "/settings/profile",
    "/settings/sessions",
    "/settings/keys",
    "/settings/team",
    "/settings/teams/new",
    "/settings/channels",
    "/settings/channels/new/email",
    "/settings/channels/new/email?at=gmail",
    "/settings/channels/new/email?at=own",
    "/settings/arrivals",
    "/settings/workspace",
    "/customers/",
]


@pytest.mark.parametrize("path", PAGES)
def test_every_page_has_one_heading_landmarks_and_labels(desk: Browser, path: str) -> None:
    import re

    text = desk.get(path).text
    assert len(re.findall(r"<h1\b", text)) == 1
    assert '<main id="main"' in text
    assert 'class="skip" href="#main"' in text
    assert text.count('aria-current="page"') <= 1
    labelled = set(re.findall(r'<label[^>]* for="([^"]+)"', text))
    fields = set(re.findall(r'<(?:input|select|textarea)[^>]* id="([^"]+)"', text))
    assert fields <= labelled
    described = {name for group in re.findall(r'aria-describedby="([^"]+)"', text) for name in group.split()}
    assert described <= set(re.findall(r'id="([^"]+)"', text))


def test_the_profile_changes_and_speaks_the_new_language_at_once(
    session: Session, desk: Browser, boss: Agent
) -> None:
    response = desk.send(
        "/settings/profile",
        name="Olga P.",
        language="es",
        zone="Europe/Madrid",
        theme="dark",
        density="compact",
        after_complete="stay",
        signature="Un saludo",
    )
    assert response.status_code == 303
    session.refresh(boss)
    assert (boss.name, boss.language, boss.settings["theme"], boss.settings["single_keys"]) == (
        "Olga P.", "es", "dark", False,
    )  # fmt: skip
    assert '<html lang="es"' in desk.get("/settings/profile").text


def test_a_wrong_form_keeps_what_was_typed_and_says_what_is_wrong_where(desk: Browser) -> None:
    response = desk.send(
        "/settings/profile", name="Olga <b>", language="en", zone="Mars/Olympus", signature="Bye"
    )
    assert response.status_code == 422
    assert 'value="Olga &lt;b&gt;"' in response.text
    assert 'value="Mars/Olympus"' in response.text
    assert ">Bye</textarea>" in response.text
    assert 'id="zone-error"' in response.text
    assert 'aria-describedby=" zone-error" aria-invalid="true"' in response.text


def test_a_field_nobody_asked_for_is_refused(session: Session, desk: Browser, boss: Agent) -> None:
    response = desk.send("/settings/profile", name="Olga", language="en", zone="UTC", role="owner", active="")
    assert response.status_code == 422


def test_a_new_password_needs_the_one_so_far(
    valkey: object, desk: Browser, browse: Browse, boss: Agent
) -> None:
    elsewhere = browse(boss)
    wrong = desk.send("/settings/password", current_password="guess guess", password="another sea of calm")
    assert (wrong.status_code, "This is not your password." in wrong.text) == (422, True)
    weak = desk.send("/settings/password", current_password=PASSWORD, password="short")
    assert weak.status_code == 422
    assert (
        desk.send("/settings/password", current_password=PASSWORD, password="another sea of calm").status_code
        == 303
    )
    desk.api("GET", "/api/me")
    elsewhere.refused("GET", "/api/me", status=401)


def test_sessions_are_listed_and_ended_one_by_one_or_all(
    session: Session, desk: Browser, browse: Browse, boss: Agent
) -> None:
    second, third = browse(boss), browse(boss)
    rows = session.scalars(select(AgentSession).order_by(AgentSession.id)).all()
    assert desk.get("/settings/sessions").text.count("Sign out</button>") == 3
    desk.send(f"/settings/sessions/{rows[1].id}/end")
    second.refused("GET", "/api/me", status=401)
    third.api("GET", "/api/me")
    desk.send("/settings/sessions/end-others")
    third.refused("GET", "/api/me", status=401)
    desk.api("GET", "/api/me")


def test_a_key_is_made_shown_once_used_and_revoked(session: Session, app: Flask, desk: Browser) -> None:
    import re

    page = desk.send("/settings/keys", {"name": "Script", "scopes": ["read"], "days": "30"})
    key = re.search(r"ef_[\w-]{40,}", page.text)
    assert key is not None
    assert key[0] not in desk.get("/settings/keys").text
    program = Browser(app)
    program.key = key[0]
    assert program.api("GET", "/api/me")["me"]["name"] == "Olga"
    row = session.scalars(select(ApiToken)).one()
    assert row.expires_at is not None
    assert row.expires_at <= now() + timedelta(days=30)
    desk.send(f"/settings/keys/{row.id}/revoke")
    program.refused("GET", "/api/me", status=401)
    nothing = desk.send("/settings/keys", name="Script", days="30")
    assert (nothing.status_code, "Choose what the key may do." in nothing.text) == (422, True)


@pytest.mark.requirement("CHN-14")
def test_a_colleague_is_invited_by_link_joins_and_sees_the_feed(
    session: Session, app: Flask, desk: Browser, outside: Outside
) -> None:
    import re

    dialog = make_dialog(session)
    page = desk.send("/settings/team/invite", email="ben@helpdesk.test", role="agent", language="es")
    link = re.search(r'data-copy="http://127.0.0.1:8000(/invitation\?[^"]+)"', page.text)
    assert link is not None
    colleague = Browser(app)
    shown = colleague.get(link[1].replace("&amp;", "&"))
    assert "ben@helpdesk.test" in shown.text
    token = re.search(r'name="token" value="([^"]+)"', shown.text)
    assert token is not None
    told = {"token": token[1], "name": "Ben", "password": "short", "language": "es", "zone": "Europe/Madrid"}
    wrong = colleague.send("/invitation", told)
    assert (wrong.status_code, 'value="Ben"' in wrong.text) == (422, True)
    assert colleague.send("/invitation", told | {"password": PASSWORD}).location == "/inbox"
    assert [row["id"] for row in colleague.api("GET", "/api/feed")["rows"]] == [dialog.id]
    assert Browser(app).get(link[1].replace("&amp;", "&")).status_code == 404


@pytest.mark.requirement("CHN-14")
def test_the_first_owner_comes_in_and_is_led_to_the_channels(session: Session, stranger: Browser) -> None:
    from urllib.parse import urlsplit

    link = people.first_owner_link(session)
    session.commit()
    assert link is not None
    parts = urlsplit(link)
    assert stranger.get(f"{parts.path}?{parts.query}").status_code == 200
    told = {
        "token": parts.query.removeprefix("token="),
        "email": "olga@helpdesk.test",
        "name": "Olga",
        "password": PASSWORD,
        "language": "ru",
        "zone": "Europe/Moscow",
    }
    assert stranger.send("/welcome", told | {"email": "olga"}).status_code == 422
    assert stranger.send("/welcome", told).location == "/start"
    assert stranger.get("/settings/channels").status_code == 200


def test_without_the_link_nobody_registers(stranger: Browser) -> None:
    assert stranger.get("/welcome").status_code == 404
    assert stranger.get("/welcome?token=guess").status_code == 404
    told = {
        "token": "",
        "email": "x@y.example",
        "name": "X",
        "password": PASSWORD,
        "language": "ru",
        "zone": "UTC",
    }
    assert stranger.send("/welcome", told).status_code == 404


def test_asking_for_a_new_password_says_the_same_for_every_address(
    app: Flask, session: Session, boss: Agent
) -> None:
    from re import sub

    def asked(email: str) -> str:
        return sub(r'(value|nonce)="[^"]*"|nonce-[\w-]+', "", Browser(app).send("/forgot", email=email).text)

    assert asked(boss.email) == asked("nobody@helpdesk.test")


def test_a_link_of_an_administrator_sets_a_new_password(session: Session, app: Flask, desk: Browser) -> None:
    import re

    ben = make_agent(session, "Ben", password_hash=hash_password("the old one, forgotten"))
    page = desk.send(f"/settings/team/{ben.id}/reset-link")
    link = re.search(r'data-copy="http://127.0.0.1:8000(/reset\?token=([^"]+))"', page.text)
    assert link is not None
    person = Browser(app)
    assert person.get(link[1]).status_code == 200
    assert person.send("/reset", token=link[2], password="short").status_code == 422
    assert person.send("/reset", token=link[2], password="a new sea of calm").location == "/login"
    assert person.send("/login", email=ben.email, password="a new sea of calm").location == "/inbox"


def test_roles_and_leaving(session: Session, desk: Browser, browse: Browse) -> None:
    ben = make_agent(session, "Ben", role=Role.ADMIN)
    his = browse(ben)
    assert his.get("/settings/team").status_code == 200
    desk.send(f"/settings/team/{ben.id}/role", role="agent")
    assert his.get("/settings/team").status_code == 403
    desk.send(f"/settings/team/{ben.id}/deactivate")
    his.refused("GET", "/api/me", status=401)
    desk.send(f"/settings/team/{ben.id}/reactivate")
    session.refresh(ben)
    assert (ben.active, ben.role) == (True, Role.AGENT)


def test_ownership_is_handed_over(session: Session, desk: Browser, boss: Agent) -> None:
    ben = make_agent(session, "Ben")
    desk.send(f"/settings/team/{ben.id}/hand-over")
    session.refresh(ben)
    session.refresh(boss)
    assert (ben.role, boss.role) == (Role.OWNER, Role.ADMIN)


def test_teams_are_made_and_changed(session: Session, desk: Browser) -> None:
    ann, ben = make_agent(session), make_agent(session, "Ben")
    assert (
        desk.send("/settings/teams/new", {"name": "Sales", "members": [str(ann.id), str(ben.id)]}).status_code
        == 303
    )
    taken = desk.send("/settings/teams/new", {"name": "Sales", "members": [str(ann.id)]})
    assert taken.status_code == 409
    assert f'value="{ann.id}" checked' in taken.text
    team = session.scalars(select(Team)).one()
    signed = {"name": "Support", "members": [], "signature": "{agent}\r\nSupport"}
    assert desk.send(f"/settings/teams/{team.id}", signed).status_code == 303
    session.refresh(team)
    assert (team.name, team.signature) == ("Support", "{agent}\r\nSupport")
    assert "{agent}" in desk.get(f"/settings/teams/{team.id}").text.partition("<textarea")[2]


def test_the_workspace_has_hours_for_each_day(session: Session, desk: Browser) -> None:
    told = {"name": "Parcels", "languages": ["ru", "en"], "zone": "Europe/Moscow", "monday": "9:00–18:00"}
    wrong = desk.send("/settings/workspace", told | {"friday": "9-18"})
    assert wrong.status_code == 422
    assert 'id="friday-error"' in wrong.text
    assert 'value="9-18"' in wrong.text
    assert desk.send("/settings/workspace", told).status_code == 303
    assert workspace_of(session).name == "Parcels"
    assert session.scalars(select(WorkingHours)).one().weekly[0] == [[540, 1080]]
    assert 'value="09:00–18:00"' in desk.get("/settings/workspace").text


def test_the_workspace_says_how_long_answers_can_be_taken_back_and_a_channel_may_differ(
    session: Session, desk: Browser
) -> None:
    told = {"name": "Parcels", "languages": ["ru"], "zone": "Europe/Moscow"}
    assert 'id="undo_seconds-error"' in desk.send("/settings/workspace", told | {"undo_seconds": "61"}).text
    assert desk.send("/settings/workspace", told | {"undo_seconds": "45"}).status_code == 303
    assert 'value="45"' in desk.get("/settings/workspace").text
    desk.send("/settings/channels/new/email", MAILBOX | {"undo_seconds": ""})
    desk.send(
        "/settings/channels/new/email", MAILBOX | {"address": "quick@desk.example", "undo_seconds": "0"}
    )
    assert [each["undo_seconds"] for each in desk.api("GET", "/api/start")["channels"]] == [45, 0]


MAILBOX = {
    "name": "Support",
    "address": "support@desk.example",
    "imap_host": "imap.desk.example",
    "imap_port": "993",
    "imap_security": "tls",
    "imap_user": "support",
    "imap_password": "mailbox secret",
    "smtp_host": "smtp.desk.example",
    "smtp_port": "465",
    "smtp_security": "tls",
    "import": "from_now",
    "undo_seconds": "5",
}


def test_a_mailbox_is_connected_switched_off_and_tested_before_anything_is_fetched(
    session: Session, desk: Browser
) -> None:
    response = desk.send("/settings/channels/new/email", MAILBOX)
    channel = session.scalars(select(Channel)).one()
    assert response.location == f"/settings/channels/{channel.id}"
    assert (channel.enabled, channel.outbound_confirmed, channel.undo_seconds) == (False, False, 5)
    assert channel.settings["imap_port"] == 993
    assert b"mailbox secret" not in (channel.secrets or b"")
    assert "mailbox secret" not in str(channel.settings)
    assert session.scalars(select(ChannelCheck)).one().done_at is None
    shown = desk.get(response.location).text
    assert "The test is running." in shown
    assert "mailbox secret" not in shown


def test_a_provider_is_chosen_first_and_says_what_its_users_have_to_do(desk: Browser) -> None:
    chosen = desk.get("/settings/channels/new/email").text
    for preset in PRESETS:
        assert f"/settings/channels/new/email?at={preset.key}" in chosen
    assert "app password" in chosen
    form = desk.get("/settings/channels/new/email?at=yandex").text
    assert "create an app password" in form
    assert 'value="imap.yandex.ru"' in form
    first = form.partition("<details")[0]
    assert 'id="imap_password"' in first
    assert 'id="imap_host"' not in first
    own = desk.get("/settings/channels/new/email?at=own").text.partition("<details")[0]
    assert 'id="imap_host"' in own
    assert desk.get("/settings/channels/new/email?at=nowhere").status_code == 404


def test_a_mailbox_at_a_provider_needs_an_address_and_a_password(session: Session, desk: Browser) -> None:
    form = {"name": "Shop", "address": "shop@yandex.ru", "imap_password": "secret", "undo_seconds": "10"}
    servers = {name: MAILBOX[name] for name in MAILBOX if name.startswith(("imap_", "smtp_"))}
    response = desk.send("/settings/channels/new/email?at=yandex", {**servers, **form, "imap_user": ""})
    assert response.status_code == 303
    response = desk.send("/settings/channels/new/email?at=yandex", {**servers, **form, "address": "no"})
    assert response.status_code == 422
    assert "create an app password" in response.text


@pytest.mark.requirement("I36")
@pytest.mark.parametrize(
    ("chosen", "import_", "days"), [("from_now", "from_now", 30), ("days:90", "days", 90), ("all", "all", 30)]
)
def test_what_lies_there_is_counted_and_taken_as_chosen(
    session: Session, desk: Browser, chosen: str, import_: str, days: int
) -> None:
    desk.send("/settings/channels/new/email", MAILBOX)
    channel = session.scalars(select(Channel)).one()
    check = session.scalars(select(ChannelCheck)).one()
    check.done_at, check.state = now(), "ok"
    check.facts = {"waiting": {"all": 50123, "7": 11, "30": 48, "90": 160, "365": 2000}}
    session.commit()
    page = f"/settings/channels/{channel.id}"
    shown = desk.get(page).text
    for count in ("11 e-mails", "160 e-mails", "50123 e-mails"):
        assert count in shown
    assert desk.send(f"{page}/begin", {"import": "twice"}).status_code == 422
    assert desk.send(f"{page}/begin", {"import": chosen}).location == page
    session.refresh(channel)
    told = channel.settings
    assert (channel.enabled, told["import"], told["import_days"]) == (True, import_, days)
    assert channel.outbound_confirmed is False


def test_everything_outgoing_is_stopped_at_once_kept_and_let_go_again(
    session: Session, desk: Browser, outside: Outside, settle: Settle
) -> None:
    channel = make_channel(session, undo_seconds=0)
    make_reply(session, make_dialog(session, channel), "It leaves today.")
    desk.send("/settings/workspace/outbound/stop")
    settle()
    assert outside.sent == []
    for path in ("/settings/workspace", "/settings/channels", f"/settings/channels/{channel.id}"):
        assert "All sending is stopped." in desk.get(path).text
    assert desk.api("GET", "/api/start")["channels"][0]["held_because"] == "all_stopped"
    desk.send("/settings/workspace/outbound/go")
    settle()
    assert outside.texts == ["It leaves today."]


def test_a_mailbox_of_the_demonstration_is_not_switched_on_and_says_why(
    session: Session, desk: Browser
) -> None:
    channel = make_channel(session, kind="email", name="Pianos", demo=True, enabled=False)
    page = f"/settings/channels/{channel.id}"
    assert "belongs to the example" in desk.get(page).text
    for verb in ("enable", "confirm"):
        response = desk.send(f"{page}/{verb}")
        assert response.status_code == 409
        assert "example" in response.text
    response = desk.send(f"{page}/begin", {"import": "all"})
    assert (response.status_code, session.get_one(Channel, channel.id).enabled) == (409, False)


def test_a_letter_to_itself_is_a_step_of_the_test(session: Session, desk: Browser) -> None:
    channel = make_channel(session, kind="email", enabled=False)
    page = f"/settings/channels/{channel.id}"
    desk.send(f"{page}/test")
    desk.send(f"{page}/letter")
    check = session.scalars(select(ChannelCheck)).one()
    assert check.facts == {"letter": True}
    check.done_at, check.state, check.steps = now(), "ok", [["smtp.letter", True, "It has arrived."]]
    session.commit()
    shown = desk.get(page).text
    assert "An e-mail to itself" in shown
    assert "It has arrived." in shown


def test_a_refused_password_comes_with_the_providers_advice(session: Session, desk: Browser) -> None:
    channel = make_channel(session, kind="email", settings={"imap_host": "imap.yandex.ru"}, enabled=False)
    session.add(
        ChannelCheck(
            channel_id=channel.id,
            steps=[["imap.login", False, ""]],
            warnings=[],
            done_at=now(),
            state="broken",
            code="receive.login_refused",
        )
    )
    session.commit()
    shown = desk.get(f"/settings/channels/{channel.id}").text
    assert "In Yandex Mail, allow mail programs" in shown
    assert "Incoming mail: signing in" in shown


@pytest.mark.requirement("I38")
def test_how_a_mailbox_fares_is_said_in_plain_words(session: Session, desk: Browser) -> None:
    channel = make_channel(session, last_login_at=now(), last_arrival_at=now())
    topic = f"channel:{channel.id}"
    for state in (ArrivalState.READ, ArrivalState.QUARANTINED):
        session.add(
            Arrival(
                channel_id=channel.id,
                event_key=state,
                order_key="1",
                payload={"received_at": (now() - timedelta(seconds=7)).isoformat()},
                state=state,
                read_at=now(),
            )
        )
    owner = session.scalars(select(Agent).where(Agent.role == Role.OWNER)).one()
    notify(session, owner.id, "channel.fell_silent", topic)
    session.commit()
    assert "1 could not be read" in desk.get("/settings/channels").text
    shown = desk.get(f"/settings/channels/{channel.id}").text
    for words in ("Last signed in", "From there to the feed", "7 seconds", "Arrivals that could not be read"):
        assert words in shown
    desk.send(f"/settings/channels/{channel.id}/test")
    session.expire_all()
    assert session.scalars(select(Notification)).one().read_at is not None


def test_a_wrong_mailbox_form_keeps_everything_but_the_password(session: Session, desk: Browser) -> None:
    response = desk.send(
        "/settings/channels/new/email",
        MAILBOX
        | {"imap_port": "many", "address": "no address", "smtp_security": "rot13", "undo_seconds": "61"},
    )
    assert response.status_code == 422
    for name in ("imap_port", "address", "smtp_security", "undo_seconds"):
        assert f'id="{name}-error"' in response.text
    assert 'value="imap.desk.example"' in response.text
    assert "mailbox secret" not in response.text
    assert session.scalars(select(Channel)).all() == []


def test_a_channel_field_nobody_asked_for_changes_nothing(session: Session, desk: Browser) -> None:
    response = desk.send(
        "/settings/channels/new/email", MAILBOX | {"outbound_confirmed": "yes", "audience": "x"}
    )
    assert response.status_code == 422
    assert session.scalars(select(Channel)).all() == []


def test_an_empty_password_keeps_the_stored_one(session: Session, desk: Browser) -> None:
    desk.send("/settings/channels/new/email", MAILBOX)
    channel = session.scalars(select(Channel)).one()
    kept = channel.secrets
    changed = MAILBOX | {"imap_password": "", "name": "Help"}
    assert desk.send(f"/settings/channels/{channel.id}", changed).status_code == 303
    session.refresh(channel)
    assert (channel.name, channel.secrets) == ("Help", kept)


def test_the_same_mailbox_is_not_connected_twice(session: Session, desk: Browser) -> None:
    make_channel(session, kind="email", address="support@desk.example")
    response = desk.send("/settings/channels/new/email", MAILBOX)
    assert response.status_code == 409
    assert 'id="address-error"' in response.text


def test_a_test_is_made_by_a_worker_and_shown_step_by_step(
    session: Session, desk: Browser, settle: Settle
) -> None:
    channel = make_channel(session, outbound_confirmed=False, enabled=False)
    page = f"/settings/channels/{channel.id}"
    assert desk.send(f"{page}/test").location == page
    desk.send(f"{page}/test")
    settle()
    assert session.scalars(select(ChannelCheck)).one().state == "ok"
    shown = desk.get(page).text
    assert "The last test" in shown
    assert "http-equiv" not in shown
    for verb in ("enable", "confirm"):
        desk.send(f"{page}/{verb}")
    session.refresh(channel)
    assert (channel.enabled, channel.outbound_confirmed) == (True, True)
    desk.send(f"{page}/disable")
    session.refresh(channel)
    assert channel.enabled is False


def test_a_parked_letter_is_shown_with_its_reason_downloaded_and_read_again(
    session: Session, desk: Browser
) -> None:
    channel = make_channel(session)
    stored = file_store().put_bytes(b"From: <script>alert(1)</script>\r\n\r\nlost")
    arrival = Arrival(
        channel_id=channel.id,
        event_key="1",
        order_key="1",
        raw_sha256=stored.sha256,
        raw_size=stored.size,
        state=ArrivalState.QUARANTINED,
        reason="ValueError: <b>nobody can read this</b>",
    )
    session.add(arrival)
    session.commit()
    shown = desk.get("/settings/arrivals").text
    assert "ValueError: &lt;b&gt;nobody can read this&lt;/b&gt;" in shown
    raw = desk.get(f"/settings/arrivals/{arrival.id}/raw")
    assert raw.data.endswith(b"lost")
    assert raw.headers["Content-Type"] == "application/octet-stream"
    assert raw.headers["Content-Disposition"].startswith("attachment;")
    assert "sandbox" in raw.headers["Content-Security-Policy"]
    desk.send(f"/settings/arrivals/{arrival.id}/replay")
    session.refresh(arrival)
    assert arrival.state == ArrivalState.FETCHED
    assert "Everything that came could be read." in desk.get("/settings/arrivals").text


def test_customers_are_found_listed_page_by_page_and_written_about(session: Session, desk: Browser) -> None:
    channel = make_channel(session)
    for number in range(52):
        make_dialog(session, channel, customer=f"Customer {number:02}")
    first = desk.get("/customers/").text
    assert first.count("/customers/") > 50
    assert "Customer 49" in first
    assert "Customer 50" not in first
    import re

    more = re.search(r'rel="next" href="([^"]+)"', first)
    assert more is not None
    assert "Customer 51" in desk.get(more[1].replace("&amp;", "&")).text
    found = desk.get("/customers/?query=mer 07").text
    assert "Customer 07" in found
    assert "Customer 08" not in found
    assert "Nobody of that name" in desk.get("/customers/?query=100%25").text
    dialog = make_dialog(session, channel, customer="Max")
    page = f"/customers/{dialog.customer_id}"
    assert (
        desk.send(page, name="Max", notes="<i>Likes blue</i>", kind="client", zone="Mars").status_code == 422
    )
    assert desk.send(page, name="Max", notes="<i>Likes blue</i>", kind="partner", zone="").status_code == 303
    assert "&lt;i&gt;Likes blue&lt;/i&gt;" in desk.get(page).text


HOSTILE = '"><script>alert(1)</script>\u202e{{7*7}}'


def test_what_strangers_call_themselves_stays_text_on_every_page(session: Session, desk: Browser) -> None:
    make_agent(session, HOSTILE, email="x@helpdesk.test")
    channel = make_channel(session, name=HOSTILE, health="broken", health_detail=HOSTILE, health_code="")
    dialog = make_dialog(session, channel, HOSTILE, customer="Mia", subject=HOSTILE)
    dialog.customer.name = HOSTILE
    session.commit()
    for path in ("/settings/team", "/settings/channels", f"/settings/channels/{channel.id}", "/customers/",
                 f"/customers/{dialog.customer_id}", "/inbox", f"/customers/?query={HOSTILE}"):  # fmt: skip
        text = desk.get(path).text
        assert "<script>alert" not in text, path
        assert "{{7*7}}" in text or "7*7" not in text, path
        assert "alert(1)" in text or path == "/customers/?query" + HOSTILE, path


@pytest.mark.requirement("CHN-08")
def test_a_card_shows_and_changes_what_is_known_of_a_person(session: Session, desk: Browser) -> None:
    dialog = make_dialog(session, make_channel(session, kind="telegram"))
    page = f"/customers/{dialog.customer_id}"
    card = {"name": "Max", "zone": "Asia/Omsk", "company": "<b>Tea</b>", "search_query": "buy tea"}
    assert desk.send(page, **card, phone="no", email="").status_code == 422
    assert desk.send(page, **card, phone="+7 912 345-67-89", email="max@tea.test").status_code == 303
    shown = desk.get(page).text
    for words in ("+79123456789", "max@tea.test", "&lt;b&gt;Tea", "buy tea", "Omsk · now", "Telegram"):
        assert words in shown
