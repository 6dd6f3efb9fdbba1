"""Nothing a customer sends runs in an agent's browser or is taken for what it is called."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import now
from core.config import get_settings
from core.files import file_store
from core.secrets import sign
from inbox.models import Attachment, Dialog, Message
from people.models import Agent, CustomerIdentity
from tests.channels.email.letters import make_letter
from tests.ground.browsing import HOME, Browser
from tests.ground.moment import FrozenClock
from tests.makers import make_agent, make_channel, make_dialog
from tests.peers.elsewhere import Elsewhere, open_elsewhere
from tests.peers.fake import Outside

Browse = Callable[[Agent], Browser]
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\6\0\0\0" + b"\0" * 40


@pytest.fixture
def desk(session: Session, browse: Browse, outside: Outside) -> Browser:
    return browse(make_agent(session))


@pytest.fixture
def dialog(session: Session, outside: Outside) -> Dialog:
    return make_dialog(session)


def attach(session: Session, dialog: Dialog, name: str, data: bytes, **more: Any) -> Attachment:
    stored = file_store().put_bytes(data)
    found = Attachment(
        message_id=dialog.last_message_id,
        sha256=stored.sha256,
        name=name,
        mime=more.pop("mime", "application/octet-stream"),
        size=stored.size,
        **more,
    )
    session.add(found)
    session.commit()
    return found


def letter(session: Session, dialog: Dialog, html: str) -> int:
    message = session.get_one(Message, dialog.last_message_id)
    message.html = html
    session.commit()
    return message.id


@pytest.mark.requirement("CHN-15")
@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("page.html", b"<html><script>alert(1)</script>"),
        ("page.xhtml", b"<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'/>"),
        ("picture.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        ("picture.SVG ", b"<svg onload='alert(1)'/>"),
        ("picture.svg; x", b"<?xml version='1.0'?><svg/>"),
        ("picture.png", b"<svg onload='alert(1)'/>"),
        ("picture.png", b"<!DOCTYPE html><script>alert(1)</script>"),
        ("script.js", b"alert(1)"),
        ("feed.xml", b"<?xml version='1.0'?><x/>"),
        ("letter.mht", b"MIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n<script>alert(1)</script>"),
        ("page.shtml", b"hello"),
        ("\u200b.htaccess", b"AddType text/html .png"),
    ],
)
def test_what_could_run_is_only_ever_downloaded_as_bytes(
    session: Session, desk: Browser, dialog: Dialog, name: str, data: bytes
) -> None:
    file = attach(session, dialog, name, data, mime="text/html")
    for query in ("", "?inline=1"):
        response = desk.get(f"/files/{file.id}/page.html{query}")
        assert response.headers["Content-Type"] == "application/octet-stream"
        assert response.headers["Content-Disposition"].startswith("attachment;")
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert response.data == data


def test_a_picture_may_be_shown_in_place_and_only_when_asked(
    session: Session, desk: Browser, dialog: Dialog
) -> None:
    file = attach(session, dialog, "photo.jpg.html", PNG)
    assert desk.get(f"/files/{file.id}/x?inline=1").headers["Content-Type"] == "application/octet-stream"
    file = attach(session, dialog, "photo.jpg", PNG)
    plain, shown = desk.get(f"/files/{file.id}/photo.jpg"), desk.get(f"/files/{file.id}/photo.jpg?inline=1")
    assert plain.headers["Content-Disposition"].startswith("attachment;")
    assert (shown.headers["Content-Type"], shown.headers["Content-Disposition"][:6]) == (
        "image/png",
        "inline",
    )


@pytest.mark.parametrize(
    "name",
    [
        "a\r\nSet-Cookie: x=1.txt",
        '"; filename="evil.html',
        "../../etc/passwd",
        "план.pdf",
        "a" * 500,
        "\u202egnp.exe",
        "",
    ],
)
def test_no_name_breaks_out_of_its_header(session: Session, desk: Browser, dialog: Dialog, name: str) -> None:
    file = attach(session, dialog, name, b"bytes")
    response = desk.get(f"/files/{file.id}/x")
    assert response.status_code == 200
    header = response.headers["Content-Disposition"]
    assert not re.search(r"[\r\n]", header)
    assert "/" not in header
    assert "Set-Cookie" not in response.headers
    address = desk.api("GET", f"/api/dialogs/{dialog.id}")["timeline"][-1]["attachments"][-1]["url"]
    assert desk.get(address).data == b"bytes"


def test_a_file_is_sent_in_parts_and_not_again_when_nothing_changed(
    session: Session, desk: Browser, dialog: Dialog
) -> None:
    file = attach(session, dialog, "call.mp3", b"ID3" + b"x" * 1000)
    part = desk.get(f"/files/{file.id}/call.mp3", headers={"Range": "bytes=0-2"})
    assert (part.status_code, part.data) == (206, b"ID3")
    whole = desk.get(f"/files/{file.id}/call.mp3")
    again = desk.get(f"/files/{file.id}/call.mp3", headers={"If-None-Match": whole.headers["ETag"]})
    assert again.status_code == 304


def test_a_file_whose_bytes_are_gone_is_said_to_be_gone(
    session: Session, desk: Browser, dialog: Dialog
) -> None:
    file = attach(session, dialog, "lost.txt", b"lost")
    file_store().remove(file.sha256)
    assert desk.get(f"/files/{file.id}/lost.txt").status_code == 404


def upload(desk: Browser, name: str, data: bytes) -> Any:
    return desk.open(
        "POST", "/api/uploads", data={"file": (BytesIO(data), name)}, headers={"X-CSRF-Token": desk.csrf}
    )


@pytest.mark.requirement("CHN-15")
def test_an_upload_is_what_its_bytes_are(desk: Browser) -> None:
    assert upload(desk, "photo.exe", PNG).json["mime"] == "image/png"
    page = upload(desk, "photo.png", b"<script>alert(1)</script>").json
    assert (page["mime"], page["kind"], page["preview"]) == ("application/octet-stream", "file", None)
    assert upload(desk, "../../x\0y.txt", b"hello").json["name"] == "xy.txt"


@pytest.mark.requirement("CHN-15")
def test_an_upload_that_is_too_big_is_refused_and_nothing_of_it_stays(
    desk: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.api.drafts.LARGEST_FILE", 1000)
    assert upload(desk, "big.bin", b"x" * 1001).status_code == 413
    assert not [path for path in (get_settings().data / "files").rglob("*") if path.is_file()]
    assert upload(desk, "fits.bin", b"x" * 1000).status_code == 200
    response = desk.open("POST", "/api/uploads", data={}, headers={"X-CSRF-Token": desk.csrf})
    assert (response.status_code, response.json["error"]["field"]) == (422, "file")  # type: ignore[index]


def test_a_letter_stands_in_a_page_that_may_do_nothing(
    session: Session, desk: Browser, dialog: Dialog
) -> None:
    number = letter(
        session,
        dialog,
        '<p onclick="alert(1)">Hello <a href="https://x.example">there</a></p><script>1</script>',
    )
    response = desk.get(f"/api/messages/{number}/html")
    policy = response.headers["Content-Security-Policy"]
    assert policy == (
        "sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
        "img-src http://127.0.0.1:8000; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'self'"
    )
    assert response.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "<script" not in response.text
    assert "onclick" not in response.text
    assert 'rel="noopener noreferrer"' in response.text


def test_a_message_without_html_has_no_such_page(desk: Browser, dialog: Dialog) -> None:
    assert desk.get(f"/api/messages/{dialog.last_message_id}/html").status_code == 404


def test_folding_and_theme_are_the_readers_choice(session: Session, desk: Browser, dialog: Dialog) -> None:
    number = letter(session, dialog, '<p>New</p><blockquote data-fold="quote">Old</blockquote>')
    folded, full = (
        desk.get(f"/api/messages/{number}/html"),
        desk.get(f"/api/messages/{number}/html?full=1&theme=dark"),
    )
    assert "[data-fold] { display: none; }" in folded.text
    assert "[data-fold] { display: none; }" not in full.text
    assert "color-scheme: dark" in full.text
    odd = desk.get(f"/api/messages/{number}/html?theme=</style><script>")
    assert "<script" not in odd.text


def test_a_letter_with_colours_is_on_white_in_the_dark(
    session: Session, desk: Browser, dialog: Dialog
) -> None:
    number = letter(session, dialog, '<p style="color:#333333">Sale</p>')
    assert "color-scheme: light" in desk.get(f"/api/messages/{number}/html?theme=dark").text


def test_pictures_of_the_letter_come_by_signed_addresses_without_a_cookie(
    clock: FrozenClock, session: Session, desk: Browser, stranger: Browser, dialog: Dialog
) -> None:
    attach(session, dialog, "logo.png", PNG, cid="Logo@max", inline=True)
    number = letter(session, dialog, '<img src="cid:logo@max"><img src="cid:unknown" alt="lost">')
    page = browse_page(desk, number)
    sources = re.findall(r'src="([^"]+)"', page)
    assert len(sources) == 1
    picture = stranger.get(sources[0].replace("&amp;", "&"))
    assert (picture.status_code, picture.headers["Content-Type"]) == (200, "image/png")
    assert picture.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert stranger.get(sources[0][:-2]).status_code == 404
    clock.forward(hours=1, seconds=1)
    assert stranger.get(sources[0]).status_code == 404


def browse_page(desk: Browser, number: int, query: str = "") -> str:
    return desk.get(f"/api/messages/{number}/html{query}").text


def test_a_signed_address_serves_pictures_and_nothing_else(stranger: Browser) -> None:
    page = file_store().put_bytes(b"<svg onload=alert(1)>")
    signed = sign("letter image", page.sha256, expires=now() + timedelta(hours=1))
    assert stranger.get(f"/letters/images/{signed}").status_code == 404
    other = sign("something else", page.sha256, expires=now() + timedelta(hours=1))
    assert stranger.get(f"/letters/images/{other}").status_code == 404


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[Elsewhere]:
    """Somebody else's server, allowed for this test because it is on this machine."""
    monkeypatch.setenv("OUTSIDE_ALLOW", "127.0.0.0/8")
    get_settings.cache_clear()
    with open_elsewhere() as server:
        yield server


def pixel(elsewhere: Elsewhere) -> str:
    """The address of a picture there."""
    return f"http://{elsewhere.host}/pixel.png"


def test_remote_pictures_are_fetched_only_when_somebody_asked_and_by_us(
    session: Session, desk: Browser, stranger: Browser, dialog: Dialog, elsewhere: Elsewhere
) -> None:
    number = letter(session, dialog, f'<img src="{pixel(elsewhere)}" width="100">')
    page = browse_page(desk, number)
    assert not re.findall(r'\ssrc="', page)
    assert elsewhere.asked == []
    shown = re.findall(r'\ssrc="([^"]+)"', browse_page(desk, number, "?remote=1"))
    assert shown[0].startswith("/letters/remote/")
    picture = stranger.get(shown[0], headers={"User-Agent": "Agent's browser", "Referer": HOME})
    assert (picture.status_code, picture.headers["Content-Type"]) == (200, "image/png")
    (asked,) = elsewhere.asked
    assert "Cookie" not in asked.headers
    assert "Referer" not in asked.headers
    assert "Agent's browser" not in str(asked)


@pytest.mark.parametrize("body", [b"<svg onload='alert(1)'/>", b"<html>", b"", b"%PDF-1.4"])
def test_what_is_no_picture_is_not_passed_on_whatever_it_is_called(
    stranger: Browser, elsewhere: Elsewhere, body: bytes
) -> None:
    elsewhere.body = body
    signed = sign("letter remote image", pixel(elsewhere), expires=now() + timedelta(hours=1))
    assert stranger.get(f"/letters/remote/{signed}").status_code == 404


def test_our_own_network_is_out_of_reach_by_a_letter(stranger: Browser) -> None:
    for address in ("http://127.0.0.1:8000/api/me", "http://169.254.169.254/latest", "file:///etc/passwd"):
        signed = sign("letter remote image", address, expires=now() + timedelta(hours=1))
        assert stranger.get(f"/letters/remote/{signed}").status_code == 404


def test_the_letter_itself_can_be_had_byte_by_byte(session: Session, desk: Browser, dialog: Dialog) -> None:
    raw = b"From: max@customer.test\r\nContent-Type: text/html\r\n\r\n<script>alert(1)</script>"
    session.get_one(Message, dialog.last_message_id).raw_sha256 = file_store().put_bytes(raw).sha256
    session.commit()
    response = desk.get(f"/messages/{dialog.last_message_id}/raw")
    assert response.data == raw
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.headers["Content-Disposition"].startswith("attachment;")


@pytest.mark.requirement("I6")
def test_a_letter_inside_a_letter_is_opened_as_text_and_runs_nothing(
    session: Session, dialog: Dialog, browse: Browse, desk: Browser
) -> None:
    inner = make_letter("<script>x()</script> See you", subject="<b>Lunch</b>", sender="Mia <mia@shop.test>")
    file = attach(session, dialog, "Lunch.eml", inner, mime="message/rfc822")
    page = desk.api("GET", f"/api/dialogs/{dialog.id}")
    (shown,) = page["timeline"][-1]["attachments"]
    assert shown["letter"] == f"/letters/nested/{file.id}"
    opened = desk.get(shown["letter"]).text
    for words in ("&lt;b&gt;Lunch&lt;/b&gt;", "Mia &lt;mia@shop.test&gt;", "&lt;script&gt;x()"):
        assert words in opened
    assert "<script>x" not in opened
    dialog.audience = "channel:99"
    session.commit()
    assert desk.get(shown["letter"]).status_code == 404


@pytest.mark.requirement("I6")
def test_a_file_that_is_no_letter_is_not_opened_as_one(
    session: Session, dialog: Dialog, desk: Browser
) -> None:
    file = attach(session, dialog, "photo.png", PNG, mime="image/png")
    assert desk.get(f"/letters/nested/{file.id}").status_code == 404
    page = desk.api("GET", f"/api/dialogs/{dialog.id}")
    assert page["timeline"][-1]["attachments"][0]["letter"] is None


@pytest.mark.requirement("I8")
def test_the_screen_gets_an_invitation_whole_even_if_an_older_release_kept_less_of_it(
    session: Session, dialog: Dialog, desk: Browser
) -> None:
    message = session.get_one(Message, dialog.last_message_id)
    message.envelope = {"calendar": [{"method": "CANCEL", "uid": "42", "summary": "Fitting", "start": None}]}
    session.commit()
    page = desk.api("GET", f"/api/dialogs/{dialog.id}")
    (event,) = page["timeline"][-1]["invitations"]
    assert (event["method"], event["uid"], event["location"], event["sequence"]) == ("CANCEL", "42", "", 0)


def test_a_player_gets_the_part_of_a_sound_it_asks_for(
    session: Session, desk: Browser, dialog: Dialog
) -> None:
    file = attach(session, dialog, "voice.ogg", b"OggS" + bytes(100), kind="voice")
    part = desk.get(f"/files/{file.id}/voice.ogg", headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.data) == (206, b"OggS")
    assert "sandbox" in part.headers["Content-Security-Policy"]


def test_a_face_is_shown_to_those_who_may_see_its_customer(
    session: Session, browse: Browse, outside: Outside
) -> None:
    ann, ben = make_agent(session, "Ann"), make_agent(session, "Ben")
    dialog = make_dialog(session, make_channel(session, ann))
    identity = session.scalars(select(CustomerIdentity)).one()
    path = f"/pictures/{identity.id}/face"
    assert browse(ann).get(path).status_code == 404
    identity.picture_sha256 = file_store().put_bytes(PNG).sha256
    session.commit()
    shown = browse(ann).get(path)
    assert (shown.data, shown.mimetype) == (PNG, "image/png")
    assert "sandbox" in shown.headers["Content-Security-Policy"]
    card = browse(ann).get(f"/api/dialogs/{dialog.id}").json["customer"]
    assert card["identities"][0]["picture"].startswith(f"/pictures/{identity.id}/")
    assert browse(ben).get(path).status_code == 404
