"""The builder of forms: begun in one click, changed by buttons alone, shown, published, put on a site."""

import re
from collections.abc import Callable, Iterable
from html import unescape
from html.parser import HTMLParser
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.models import BlockedMessage
from channels.webform.actions import version_of
from channels.webform.models import WebForm
from inbox.models import Channel, Dialog, Message
from people.models import Agent, Role
from tests.channels.webform.filling import Filler, come_in
from tests.ground.browsing import Browser
from tests.makers import make_agent, make_channel, make_tag, make_team

Browse = Callable[[Agent], Browser]
KINDS = ("question", "callback", "order")
MEANWHILE = "Nothing was saved: somebody changed this after you had opened the page."


@pytest.fixture
def boss(session: Session) -> Agent:
    return make_agent(session, "Olga", role=Role.OWNER, language="en", zone="UTC")


@pytest.fixture
def desk(browse: Browse, boss: Agent, valkey: object) -> Browser:
    """Olga in her settings."""
    return browse(boss)


class _Fields(HTMLParser):
    """What a browser would send with the form `id="builder"`, button by button."""

    def __init__(self) -> None:
        super().__init__()
        self.inside = False
        self.sent: list[tuple[str, str]] = []
        self.steps: list[str] = []
        self._select = self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.inside |= tag == "form" and given.get("id") == "builder"
        name, value = given.get("name") or "", given.get("value") or ""
        if not self.inside:
            return
        if tag == "input" and (given.get("type") != "checkbox" or "checked" in given):
            self.sent.append((name, value))
        elif tag == "button" and "disabled" not in given:
            self.steps.append(value)
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in given:
            self.sent.append((self._select, value))
        elif tag == "textarea":
            self._area = name
            self.sent.append((name, ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._area = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self.sent[-1] = (self._area, self.sent[-1][1] + data)


class Builder:
    """The builder in a browser without JavaScript."""

    def __init__(self, desk: Browser, channel: Channel) -> None:
        self.desk = desk
        self.path = f"/settings/channels/{channel.id}/form"
        self.page = ""
        self.status = 0
        self.fields: list[tuple[str, str]] = []
        self._see(desk.get(self.path).text)

    def press(self, step: str, /, **typed: str) -> None:
        """Type, and press the button that does this."""
        assert step in self.steps, self.steps
        self.send(step, [(name, typed.pop(name, value)) for name, value in self.fields] + [*typed.items()])

    def send(self, step: str, fields: Iterable[tuple[str, str]]) -> None:
        """Send these fields with a step."""
        data: dict[str, list[str]] = {"do": [step]}
        for name, value in fields:
            data.setdefault(name, []).append(value)
        answer = self.desk.open("POST", self.path, data=data)
        self.status = answer.status_code
        self._see(answer.text if self.status != 303 else self.desk.get(self.path).text)

    def place_of(self, label: str) -> int:
        """Where the field with this name stands."""
        found = next(name for name, value in self.fields if name.startswith("label-") and value == label)
        return [value for name, value in self.fields if name == "field"].index(found.split("-")[1])

    def _see(self, page: str) -> None:
        read = _Fields()
        read.feed(page)
        self.page, self.fields, self.steps = page, read.sent, read.steps


def begin(desk: Browser, session: Session, kind: str = "question") -> WebForm:
    """A form in one click."""
    assert desk.send("/settings/channels/new/webform", kind=kind).status_code == 303
    return session.scalars(select(WebForm).order_by(WebForm.id.desc())).first() or pytest.fail("no form")


def offered(page: str) -> str:
    """The mark by which what another saved may be saved over."""
    found = re.search(r'name="over" value="([0-9a-f]{32})"', page)
    assert found is not None
    return found[1]


def labels(session: Session, form: WebForm) -> list[str]:
    session.refresh(form)
    return [each["labels"].get("en", "") for each in form.draft["fields"]]


@pytest.mark.requirement("CHN-05")
@pytest.mark.parametrize("kind", KINDS)
def test_a_form_is_open_to_everybody_after_one_click(
    app: Flask, session: Session, desk: Browser, kind: str
) -> None:
    make_channel(session, kind="email", address="help@helpdesk.test")
    form = begin(desk, session, kind)
    assert form.version == 1
    assert form.draft["kind"] == kind
    assert form.channel.settings["answers_by"] is not None
    stranger = Filler(app, form)
    assert form.draft["titles"]["en"] in stranger.open()
    answer = stranger.send(
        {"name": "Max", "phone": "+7 912 345-67-89", "message": "Hello?", "product": "Jug", "count": "2"}
    )
    assert answer.status_code == 303, answer.text
    come_in(session)
    assert session.scalars(select(Dialog)).one().channel_id == form.channel_id


def test_fields_are_added_named_moved_and_taken_out_without_javascript(
    app: Flask, session: Session, desk: Browser
) -> None:
    form = begin(desk, session)
    builder = Builder(desk, form.channel)
    builder.press("add:select")
    place = len(form.draft["fields"])
    builder.press("add:file", **{f"label-{place}-en": "Colour", f"options-{place}": "Blue\nGrey\n\n"})
    builder.press(f"up:{place}", **{f"label-{place + 1}-en": "Photo"})
    builder.press(f"remove:{builder.place_of('Phone')}")
    assert labels(session, form) == ["Name", "E-mail", "Phone", "Your question"]
    assert "Not saved yet." in builder.page
    builder.press("publish", **{f"required-{builder.place_of('Colour')}": "yes"})
    assert builder.status == 303
    assert labels(session, form) == ["Name", "E-mail", "Colour", "Your question", "Photo"]
    assert form.draft["fields"][2]["options"] == ["Blue", "Grey"]
    assert form.draft["fields"][2]["required"] is True
    shown = Filler(app, form).open()
    assert "<option>Grey</option>" in shown
    assert 'type="file"' in shown


def test_the_first_cannot_go_up_nor_the_last_down_whatever_is_posted(session: Session, desk: Browser) -> None:
    form = begin(desk, session)
    builder = Builder(desk, form.channel)
    last = len(form.draft["fields"]) - 1
    assert "up:0" not in builder.steps
    assert f"down:{last}" not in builder.steps
    for step in ("up:0", f"down:{last}", "up:999", "up:-1", "remove:x", "add:bomb", "fly:1"):
        builder.send(step, builder.fields)
        assert builder.status == 200, step
        assert [value for name, value in builder.fields if name == "name-0"] == ["name"], step


def test_a_move_keeps_the_cursor_on_a_button_that_can_be_pressed(session: Session, desk: Browser) -> None:
    form = begin(desk, session)
    builder = Builder(desk, form.channel)
    builder.press("up:1")
    (focused,) = re.findall(r"<button[^>]*\bid=\"([^\"]+)\"[^>]*\bautofocus", builder.page)
    assert focused == "down-0"


def test_saved_is_not_published_until_it_is(app: Flask, session: Session, desk: Browser) -> None:
    form = begin(desk, session)
    builder = Builder(desk, form.channel)
    builder.press("save", **{"titles-en": "Ask <us>"})
    assert "Ask &lt;us&gt;" not in Filler(app, form).open()
    assert "Changes are not published" in builder.page
    builder.press("publish")
    assert "Ask &lt;us&gt;" in Filler(app, form).open()
    assert (form.version, version_of(session, form, 1) is not None) == (1, True)
    assert desk.send(f"{builder.path}/close").status_code == 303
    assert Filler(app, form).ask("GET", f"/f/{form.key}").status_code == 404


def test_what_another_saved_meanwhile_is_not_overwritten_unseen(session: Session, desk: Browser) -> None:
    form = begin(desk, session)
    mine, theirs = Builder(desk, form.channel), Builder(desk, form.channel)
    theirs.press("save", **{"titles-en": "Theirs"})
    for step in ("save", "publish"):
        mine.press(step, **{"titles-en": "Mine"})
        assert mine.status == 409
        assert MEANWHILE in mine.page
        assert ("titles-en", "Mine") in mine.fields
        session.refresh(form)
        assert (form.draft["titles"]["en"], form.version) == ("Theirs", 1)
    mine.press("add:text")
    assert MEANWHILE in mine.page
    mine.press("remove:4", over=offered(mine.page))
    mine.press("save", over=offered(mine.page))
    session.refresh(form)
    assert (mine.status, form.draft["titles"]["en"]) == (303, "Mine")
    assert MEANWHILE not in mine.page
    mine.press("save", **{"titles-en": "Mine again"})
    assert mine.status == 303


def test_saving_over_one_change_does_not_overwrite_the_next(session: Session, desk: Browser) -> None:
    form = begin(desk, session)
    mine, theirs = Builder(desk, form.channel), Builder(desk, form.channel)
    theirs.press("save", **{"titles-en": "Theirs"})
    mine.press("save", **{"titles-en": "Mine"})
    over = offered(mine.page)
    theirs.press("save", **{"titles-en": "Theirs again"})
    mine.press("save", over=over)
    assert mine.status == 409
    assert "over" not in dict(mine.fields), "what they saw is not what stands there"
    assert labels(session, form)
    assert form.draft["titles"]["en"] == "Theirs again"


def test_a_save_sent_twice_and_a_form_closed_meanwhile_are_no_change(session: Session, desk: Browser) -> None:
    form = begin(desk, session)
    mine, other = Builder(desk, form.channel), Builder(desk, form.channel)
    sent = [(name, "Mine" if name == "titles-en" else value) for name, value in mine.fields]
    for _ in range(2):
        mine.send("save", sent)
        assert mine.status == 303
    desk.send(f"{mine.path}/close")
    mine.press("publish", **{"titles-en": "Mine again"})
    session.refresh(form)
    assert (mine.status, form.version) == (303, 2)
    other.press("save")
    assert other.status == 409


@pytest.mark.parametrize(
    ("typed", "place", "words"),
    [
        ({"titles-en": ""}, "", "Fill"),
        ({"label-0-en": ""}, "", ""),
        ({"type-0": "select"}, "options-0", "Enter the choices, one per line."),
        ({"goes_to-0": "email"}, "goes_to-0", "cannot go there"),
        ({"type-0": "text", "goes_to-3": "name"}, "goes_to-3", "cannot go there"),
        ({"thank_you": "javascript:alert(1)"}, "thank_you", "not the address of a page"),
        ({"type-1": "bomb"}, "", ""),
    ],
)
def test_what_makes_no_sense_is_told_at_its_place_and_everything_typed_stays(
    session: Session, desk: Browser, typed: dict[str, str], place: str, words: str
) -> None:
    form = begin(desk, session)
    builder = Builder(desk, form.channel)
    before = form.draft
    cleared = {
        f"{name.rpartition('-')[0]}-{code}": "" for name, value in typed.items() if not value
        for code in ("ru", "en", "es")
    }  # fmt: skip
    builder.press("publish", **{**typed, **cleared, "thanks-en": "Typed in vain?"})
    assert builder.status == 422
    assert "Typed in vain?" in builder.page
    assert 'role="alert"' in builder.page
    if place:
        assert f'id="{place}-error"' in builder.page
        assert words in builder.page
    session.refresh(form)
    assert form.draft == before


def test_the_look_shows_what_is_typed_and_sends_nothing(session: Session, desk: Browser) -> None:
    form = begin(desk, session)
    builder = Builder(desk, form.channel)
    data = {name: value for name, value in builder.fields if name != "field"} | {"titles-en": "Only a look"}
    answer = desk.open("POST", f"{builder.path}/look", data={**data, "field": ["3", "0"]})
    assert answer.status_code == 200
    assert "Only a look" in answer.text
    assert answer.text.index("Your question") < answer.text.index(">Name")
    assert "form-action 'none'" in answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]
    session.refresh(form)
    assert form.draft["titles"]["en"] == "Ask a question"
    assert desk.get(f"{builder.path}/look").status_code == 200
    assert desk.open("POST", f"{builder.path}/look", data={"csrf_token": desk.csrf}).status_code == 422


def test_forty_fields_are_the_most(session: Session, desk: Browser) -> None:
    form = begin(desk, session)
    builder = Builder(desk, form.channel)
    for _ in range(40 - len(form.draft["fields"])):
        builder.press("add:text")
    assert "add:text" not in builder.steps
    builder.send("add:text", builder.fields)
    assert len([name for name, _ in builder.fields if name == "field"]) == 40


@pytest.mark.requirement("CHN-05")
def test_what_is_copied_as_html_is_a_whole_form_that_works(
    app: Flask, session: Session, desk: Browser
) -> None:
    form = begin(desk, session)
    builder = Builder(desk, form.channel)
    builder.press("add:select")
    builder.press("add:checkbox", **{"label-4-en": 'Size "L" & <more>', "options-4": "S\n<b>"})
    builder.press("publish", **{"label-5-en": "Gift", "consent-en": "I agree"})
    page = desk.get(f"{builder.path}/embed").text
    addresses = (f"/f/{form.key}", f"/f/{form.key}/form.js", f"/f/{form.key}/frame")
    assert all(address in page for address in addresses)
    bare = next(
        unescape(each) for each in re.findall(r'data-copy="([^"]*)"', page) if each.startswith("&lt;form")
    )
    session.refresh(form)
    names = set(re.findall(r'name="([^"]+)"', bare))
    fields = {each["name"] for each in form.draft["fields"]}
    assert names == {*fields, "_language", "website_url", "consent"}
    assert "<b>" not in bare
    stranger = Filler(app, form, scripts=False, headers={"Origin": "https://shop.example"})
    sent = {"_language": "en", "name": "Mia", "email": "mia@customer.test", "message": "Hi", "consent": "yes"}
    assert stranger.send(sent).status_code == 303
    come_in(session)
    assert session.scalars(select(Message)).one().text.startswith("Hi")


@pytest.mark.requirement("CHN-12")
def test_who_gets_the_dialogs_under_which_tags_by_which_mailbox(
    app: Flask, session: Session, desk: Browser, boss: Agent
) -> None:
    mailbox = make_channel(session, kind="email", name="Requests", address="requests@helpdesk.test")
    other = make_channel(session, kind="email", address="help@helpdesk.test")
    ben, tag = make_agent(session, "Ben"), make_tag(session)
    team = make_team(session, ben)
    form = begin(desk, session, "callback")
    path = f"/settings/channels/{form.channel_id}/requests"
    wrong = desk.send(path, how="person", agent_id="", team_id="")
    assert (wrong.status_code, "Choose who gets them." in wrong.text) == (422, True)
    told: dict[str, Any] = {
        "how": "turns",
        "team_id": team.id,
        "tags": [tag.id],
        "mailbox_id": mailbox.id,
        "agent_id": "",
    }
    assert desk.send(path, told).status_code == 303
    page = desk.get(path).text
    assert f'value="{mailbox.id}" selected' in page
    assert f'value="{team.id}" selected' in page
    stranger = Filler(app, form)
    stranger.open()
    stranger.send({"phone": "+7 912 345-67-89"})
    come_in(session)
    dialog = session.scalars(select(Dialog)).one()
    assert (dialog.assignee_id, dialog.team_id, dialog.tag_ids) == (ben.id, team.id, [tag.id])
    assert desk.send(path, {**told, "mailbox_id": form.channel_id}).status_code == 422
    assert desk.send(f"/settings/channels/{other.id}/requests", how="pool").status_code == 303


@pytest.mark.requirement("CHN-16")
def test_what_was_set_apart_is_found_from_the_form_and_brought_back(
    app: Flask, session: Session, desk: Browser
) -> None:
    form = begin(desk, session)
    robot = Filler(app, form, scripts=False)
    robot.open()
    robot.send({"message": "Buy", "website_url": "https://spam.example"})
    come_in(session)
    assert session.scalars(select(Dialog)).all() == []
    page = desk.get(f"/settings/channels/{form.channel_id}/form/embed").text
    assert 'href="/customers/blocked"' in page
    kept = session.scalars(select(BlockedMessage)).one()
    assert desk.send(f"/customers/blocked/{kept.id}/restore").status_code == 303
    come_in(session)
    assert session.scalars(select(Dialog)).one().channel_id == form.channel_id


def test_a_channel_without_a_form_has_no_builder(session: Session, desk: Browser) -> None:
    mailbox = make_channel(session, kind="email")
    for path in ("form", "form/look", "form/embed"):
        assert desk.get(f"/settings/channels/{mailbox.id}/{path}").status_code == 404
