"""Every route × everybody who may come: who gets in, and that reading changes nothing.

A new route without a row here fails; so nobody adds one without saying who may use it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, event, select
from sqlalchemy.orm import Session
from werkzeug.routing import IntegerConverter, Rule

from app.factory import create_app
from app.requests import check_entrances
from people import actions as people
from people.models import Agent, AgentSession, Role
from tests.ground.browsing import Browser
from tests.makers import make_agent, make_channel, make_dialog, make_tag
from tests.peers.fake import Outside

ANYBODY, TEAM, WRITERS, ADMINISTRATORS = "anybody", "team", "writers", "administrators"
ROLES_OF = {
    TEAM: set(Role),
    WRITERS: set(Role) - {Role.COLLABORATOR},
    ADMINISTRATORS: {Role.OWNER, Role.ADMIN},
}
# endpoint → who may use it, and the scope with which a key may ("" if none may).
ROUTES: dict[str, tuple[str, str]] = {
    "bundle": (ANYBODY, ""),
    "service_worker": (ANYBODY, ""),
    "sign": (ANYBODY, ""),
    "health.live": (ANYBODY, ""),
    "health.ready": (ANYBODY, ""),
    "entrance.start": (ANYBODY, ""),
    "entrance.login": (ANYBODY, ""),
    "entrance.sign_in": (ANYBODY, ""),
    "entrance.choose_language": (ANYBODY, ""),
    "entrance.sign_out": (TEAM, ""),
    "joining.invitation": (ANYBODY, ""),
    "joining.accept_invitation": (ANYBODY, ""),
    "joining.welcome": (ANYBODY, ""),
    "joining.register_owner": (ANYBODY, ""),
    "lost.forgot": (ANYBODY, ""),
    "lost.ask_reset": (ANYBODY, ""),
    "lost.reset": (ANYBODY, ""),
    "lost.reset_password": (ANYBODY, ""),
    "fetching.fetch": (ANYBODY, ""),
    "hooks.called": (ANYBODY, ""),
    "webform.hosted": (ANYBODY, ""),
    "webform.send": (ANYBODY, ""),
    "webform.embed": (ANYBODY, ""),
    "webform.frame": (ANYBODY, ""),
    "chat_look.frame": (ANYBODY, ""),
    "chat_look.session": (ANYBODY, ""),
    "chat_look.sync": (ANYBODY, ""),
    "chat_look.unread": (ANYBODY, ""),
    "chat_look.profile": (ANYBODY, ""),
    "chat_look.note": (ANYBODY, ""),
    "chat_look.write": (ANYBODY, ""),
    "chat_look.socket": (ANYBODY, ""),
    "webchat.send_transcript": (ANYBODY, ""),
    "webchat.read_transcript": (ANYBODY, ""),
    "webchat.script": (ANYBODY, ""),
    "webchat.socket": (ANYBODY, ""),
    "webchat.frame": (ANYBODY, ""),
    "webchat.session": (ANYBODY, ""),
    "webchat.logout": (ANYBODY, ""),
    "webchat.profile": (ANYBODY, ""),
    "webchat.write": (ANYBODY, ""),
    "webchat.upload": (ANYBODY, ""),
    "webchat.download": (ANYBODY, ""),
    "webchat.signed_file": (ANYBODY, ""),
    "webchat.sync": (ANYBODY, ""),
    "webchat.read": (ANYBODY, ""),
    "webchat.types": (ANYBODY, ""),
    "webchat.unread": (ANYBODY, ""),
    "letters.own_image": (ANYBODY, ""),
    "letters.remote_image": (ANYBODY, ""),
    "letters.show": (TEAM, ""),
    "nested.show": (TEAM, ""),
    "files.download": (TEAM, "read"),
    "files.picture": (TEAM, "read"),
    "files.raw_message": (TEAM, "read"),
    "inbox.feed": (TEAM, ""),
    "inbox.dialog": (TEAM, ""),
    "customers.index": (TEAM, ""),
    "customers.card": (TEAM, ""),
    "customers.change_card": (TEAM, ""),
    "customers.change_fields": (TEAM, ""),
    "customers.blocked": (TEAM, ""),
    "customers.block": (WRITERS, ""),
    "customers.unblock": (WRITERS, ""),
    "customers.restore": (WRITERS, ""),
    "customers.merge": (WRITERS, ""),
    "customers.unmerge": (WRITERS, ""),
    "customers.refuse": (WRITERS, ""),
    "settings.start": (TEAM, ""),
    "settings.profile": (TEAM, ""),
    "settings.change_profile": (TEAM, ""),
    "settings.sessions": (TEAM, ""),
    "settings.change_password": (TEAM, ""),
    "settings.end_session": (TEAM, ""),
    "settings.end_other_sessions": (TEAM, ""),
    "settings.keys": (TEAM, ""),
    "settings.issue_key": (TEAM, ""),
    "settings.revoke_key": (TEAM, ""),
    "settings.team": (ADMINISTRATORS, ""),
    "settings.invite": (ADMINISTRATORS, ""),
    "settings.withdraw_invitation": (ADMINISTRATORS, ""),
    "settings.change_role": (ADMINISTRATORS, ""),
    "settings.deactivate": (ADMINISTRATORS, ""),
    "settings.reactivate": (ADMINISTRATORS, ""),
    "settings.make_reset_link": (ADMINISTRATORS, ""),
    "settings.hand_over": (ADMINISTRATORS, ""),
    "settings.new_team": (ADMINISTRATORS, ""),
    "settings.make_team": (ADMINISTRATORS, ""),
    "settings.show_team": (ADMINISTRATORS, ""),
    "settings.change_team": (ADMINISTRATORS, ""),
    "settings.channels": (ADMINISTRATORS, ""),
    "settings.new_channel": (ADMINISTRATORS, ""),
    "settings.connect_channel": (ADMINISTRATORS, ""),
    "settings.show_channel": (ADMINISTRATORS, ""),
    "settings.change_channel": (ADMINISTRATORS, ""),
    "settings.restrict_channel": (ADMINISTRATORS, ""),
    "settings.acknowledgement": (ADMINISTRATORS, ""),
    "settings.change_acknowledgement": (ADMINISTRATORS, ""),
    "settings.domain_key": (ADMINISTRATORS, ""),
    "settings.change_domain_key": (ADMINISTRATORS, ""),
    "settings.act_on_domain_key": (ADMINISTRATORS, ""),
    "settings.begin_channel": (ADMINISTRATORS, ""),
    "settings.begin": (ADMINISTRATORS, ""),
    "settings.come_back": (ADMINISTRATORS, ""),
    "settings.decide": (ADMINISTRATORS, ""),
    "settings.act_on_channel": (ADMINISTRATORS, ""),
    "start.first_steps": (ADMINISTRATORS, ""),
    "start.tell": (ADMINISTRATORS, ""),
    "start.put_on_site": (ADMINISTRATORS, ""),
    "start.try_chat": (ADMINISTRATORS, ""),
    "start.invite": (ADMINISTRATORS, ""),
    "settings.new_form": (ADMINISTRATORS, ""),
    "settings.make_form": (ADMINISTRATORS, ""),
    "settings.form": (ADMINISTRATORS, ""),
    "settings.change_form": (ADMINISTRATORS, ""),
    "settings.close_form": (ADMINISTRATORS, ""),
    "settings.look_at_form": (ADMINISTRATORS, ""),
    "settings.look_at_draft": (ADMINISTRATORS, ""),
    "settings.embed_form": (ADMINISTRATORS, ""),
    "settings.chat": (ADMINISTRATORS, ""),
    "settings.change_chat": (ADMINISTRATORS, ""),
    "settings.look_at_chat": (ADMINISTRATORS, ""),
    "settings.look_at_chat_draft": (ADMINISTRATORS, ""),
    "settings.embed_chat": (ADMINISTRATORS, ""),
    "settings.renew_chat_secret": (ADMINISTRATORS, ""),
    "settings.requests": (ADMINISTRATORS, ""),
    "settings.change_requests": (ADMINISTRATORS, ""),
    "settings.fields": (ADMINISTRATORS, ""),
    "settings.make_field": (ADMINISTRATORS, ""),
    "settings.show_field": (ADMINISTRATORS, ""),
    "settings.change_field": (ADMINISTRATORS, ""),
    "settings.arrivals": (ADMINISTRATORS, ""),
    "settings.show_arrival": (ADMINISTRATORS, ""),
    "settings.replay_arrivals": (ADMINISTRATORS, ""),
    "settings.raw_arrival": (ADMINISTRATORS, ""),
    "settings.replay_arrival": (ADMINISTRATORS, ""),
    "settings.workspace": (ADMINISTRATORS, ""),
    "settings.change_workspace": (ADMINISTRATORS, ""),
    "settings.stop_outbound": (ADMINISTRATORS, ""),
    "settings.let_outbound_go": (ADMINISTRATORS, ""),
    "settings.remove_demo": (ADMINISTRATORS, ""),
    "api.read_openapi": (TEAM, "read"),
    "api.read_start": (TEAM, "read"),
    "api.read_feed": (TEAM, "read"),
    "api.read_counts": (TEAM, "read"),
    "api.read_tags": (TEAM, "read"),
    "api.read_agents": (TEAM, "read"),
    "api.search": (TEAM, "read"),
    "api.read_dialog": (TEAM, "read"),
    "api.read_message": (TEAM, "read"),
    "api.read_versions": (TEAM, "read"),
    "api.read_events": (TEAM, "read"),
    "api.read_me": (TEAM, "read"),
    "api.read_told": (TEAM, "read"),
    "api.find_customers": (TEAM, "read"),
    "api.read_customer": (TEAM, "read"),
    "api.read_blocked": (TEAM, "read"),
    "api.block": (WRITERS, "write"),
    "api.restore": (WRITERS, "write"),
    "api.read_merges": (TEAM, "read"),
    "api.read_fields": (TEAM, "read"),
    "api.read_matches": (TEAM, "read"),
    "api.refuse_match": (WRITERS, "write"),
    "api.merge_customers": (WRITERS, "write"),
    "api.unmerge_customers": (WRITERS, "write"),
    "api.change_me": (TEAM, "write"),
    "api.change_customer": (TEAM, "write"),
    "api.read_notices": (TEAM, "write"),
    "api.read": (TEAM, "write"),
    "api.comment": (TEAM, "write"),
    "api.put_draft": (TEAM, "write"),
    "api.delete_draft": (TEAM, "write"),
    "api.post_upload": (TEAM, "write"),
    "api.delete_upload": (TEAM, "write"),
    "api.reply": (WRITERS, "write"),
    "api.start_dialog": (WRITERS, "write"),
    "api.complete": (WRITERS, "write"),
    "api.reopen": (WRITERS, "write"),
    "api.snooze": (WRITERS, "write"),
    "api.unsnooze": (WRITERS, "write"),
    "api.assign": (WRITERS, "write"),
    "api.take": (WRITERS, "write"),
    "api.add_tag": (WRITERS, "write"),
    "api.remove_tag": (WRITERS, "write"),
    "api.spam": (WRITERS, "write"),
    "api.undo": (WRITERS, "write"),
    "api.withdraw": (WRITERS, "write"),
    "api.send_now": (WRITERS, "write"),
    "api.retry": (WRITERS, "write"),
    "api.settle": (WRITERS, "write"),
    "api.edit": (WRITERS, "write"),
    "api.delete": (WRITERS, "write"),
    "api.fetch_files": (WRITERS, "write"),
    "api.start_link": (WRITERS, "write"),
    "api.fill_demo": (ADMINISTRATORS, "write"),
}
REFUSED = {401, 403}
NOBODY = 4_000_000_000


def routes(app: Flask, number: int = NOBODY, **ids: int) -> Iterator[tuple[str, str, str]]:
    """Every endpoint with a method and an address that looks like one of its own; `ids` by their names."""
    # Signing out comes last: after it the browser's token is another.
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.endpoint == "entrance.sign_out"):
        values = {name: _value(rule, name, ids, number) for name in rule.arguments}
        with app.test_request_context():
            address = rule.build({name: values[name] for name in rule.arguments}, append_unknown=False)
        assert address is not None
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule.endpoint, method, address[1]


def _value(rule: Rule, name: str, ids: dict[str, int], number: int) -> Any:
    """Something that can stand in this place of an address."""
    converter = rule._converters[name]
    if isinstance(converter, IntegerConverter):
        return ids.get(name, number)
    among = sorted(getattr(converter, "items", ()))
    return among[0] if among else {"mode": "reply", "verb": "test", "kind": "fake"}.get(name, "x")


def call(browser: Browser, method: str, address: str) -> int:
    """Ask as this browser would: with its token, a body that is empty but well-formed."""
    headers = {"X-CSRF-Token": browser.csrf} if browser.csrf else {}
    if browser.key:
        headers = {"Authorization": f"Bearer {browser.key}"}
    parts: dict[str, Any] = {"headers": headers}
    if method != "GET" and address.startswith("/api/"):
        parts |= {"data": b"{}", "content_type": "application/json"}
    return browser.open(method, address, **parts).status_code


@contextmanager
def rolled_back(database: Connection) -> Iterator[None]:
    """Take back whatever a call did, so that the next begins where this one began."""
    savepoint = database.begin_nested()
    try:
        yield
    finally:
        savepoint.rollback()


@pytest.mark.requirement("SYS-08")
@pytest.mark.requirement("SYS-09")
def test_every_route_has_its_row_and_every_row_its_route(app: Flask) -> None:
    assert {endpoint for endpoint, _, _ in routes(app)} == set(ROUTES)


@pytest.mark.requirement("SYS-09")
def test_a_stranger_gets_no_further_than_the_public_pages(
    app: Flask, stranger: Browser, outside: Outside
) -> None:
    stranger.csrf = stranger.token_of("/forgot")
    got_in = set()
    for endpoint, method, address in routes(app):
        response = stranger.open(method, address, headers={"X-CSRF-Token": stranger.csrf})
        is_led_away = response.status_code == 302 and response.location.startswith("/login?next=")
        if response.status_code not in REFUSED and not is_led_away:
            got_in.add(endpoint)
    assert got_in == {endpoint for endpoint, (whom, _) in ROUTES.items() if whom == ANYBODY}


@pytest.mark.requirement("SYS-08")
@pytest.mark.parametrize("role", list(Role))
def test_every_role_gets_exactly_where_its_row_says(
    app: Flask, session: Session, database: Connection, outside: Outside, role: Role
) -> None:
    browser = Browser(app, make_agent(session, role=role))
    make_dialog(session)
    wrong = []
    for endpoint, method, address in routes(app):
        with rolled_back(database):
            status = call(browser, method, address)
        whom = ROUTES[endpoint][0]
        if (status not in REFUSED) != (whom == ANYBODY or role in ROLES_OF[whom]):
            wrong.append((endpoint, status))
    assert wrong == []


@pytest.mark.requirement("SYS-09")
@pytest.mark.parametrize("how", ["ended", "deactivated"])
def test_a_revoked_session_is_a_stranger(app: Flask, session: Session, outside: Outside, how: str) -> None:
    owner, ann = make_agent(session, "Olga", role=Role.OWNER), make_agent(session, role=Role.ADMIN)
    browser = Browser(app, ann)
    if how == "ended":
        row = session.scalars(select(AgentSession)).one()
        people.end_session(session, ann, session_id=row.id, by=ann)
    else:
        people.deactivate(session, ann, agent=owner)
    session.commit()
    for endpoint, method, address in routes(app):
        if ROUTES[endpoint][0] != ANYBODY:
            response = browser.open(method, address, headers={"X-CSRF-Token": browser.csrf})
            assert response.status_code in REFUSED | {302}, endpoint
            if response.status_code == 302:
                assert response.location.startswith("/login?next=")


@pytest.mark.parametrize("scope", ["read", "write", "admin"])
def test_a_key_opens_what_its_scope_names_and_no_page(
    app: Flask, session: Session, database: Connection, outside: Outside, scope: str
) -> None:
    ann = make_agent(session, role=Role.OWNER)
    browser = Browser(app)
    browser.key = people.issue_token(session, agent=ann, name="Script", scopes=[scope], expires_at=None)
    make_dialog(session)
    session.commit()
    opened = {"read": {"read"}, "write": {"read", "write"}, "admin": {"read", "write", "admin"}}[scope]
    wrong = []
    for endpoint, method, address in routes(app):
        whom, needed = ROUTES[endpoint]
        with rolled_back(database):
            status = call(browser, method, address)
        if (status not in REFUSED) != (whom == ANYBODY or needed in opened):
            wrong.append((endpoint, status))
    assert wrong == []


@pytest.mark.parametrize("key", ["", "ef_", "ef_guess", "guess", "ef_" + "x" * 10_000, "\u00e9f_x"])
def test_a_key_that_is_none_is_refused_whatever_cookie_comes_with_it(
    browse: Callable[[Agent], Browser], session: Session, key: str
) -> None:
    browser = browse(make_agent(session))
    response = browser.get("/api/me", headers={"Authorization": f"Bearer {key}".encode().decode("latin-1")})
    assert response.status_code == 401


def test_reading_writes_nothing(app: Flask, session: Session, database: Connection, outside: Outside) -> None:
    ann = make_agent(session, role=Role.OWNER)
    dialog = make_dialog(session, make_channel(session))
    make_tag(session)
    browser = Browser(app, ann)
    written: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.split(None, 1)[0].upper() not in {"SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK", "SHOW"}:
            written.append(statement)

    event.listen(database, "before_cursor_execute", note)
    try:
        for _, method, address in routes(app, dialog.id):
            if method == "GET":
                browser.get(address)
    finally:
        event.remove(database, "before_cursor_execute", note)
    assert written == []


def test_a_view_that_does_not_say_who_may_use_it_stops_the_program() -> None:
    made = create_app()
    made.add_url_rule("/forgotten", "forgotten", lambda: "everything")
    with pytest.raises(RuntimeError, match="forgotten"):
        check_entrances(made)


def test_a_view_added_later_is_for_administrators_at_most(session: Session) -> None:
    made = create_app()
    made.add_url_rule("/forgotten", "forgotten", lambda: "everything")
    assert Browser(made, make_agent(session)).get("/forgotten").status_code == 403
