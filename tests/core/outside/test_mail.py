"""Letters of our own: one recipient, no smuggled header, no link that leads elsewhere."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import getaddresses
from pathlib import Path
from typing import Literal

import pytest
from aiosmtpd import smtp as server_side
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, Session
from hypothesis import given
from hypothesis import strategies as st

from core.config import get_settings
from core.outside.connect import Door
from core.outside.faults import MailRefused, NotAllowed, NotTrusted, TooSlow, Unreachable
from core.outside.mail import (
    NotConfigured,
    Sent,
    SystemMail,
    SystemSmtp,
    compose,
    is_address,
    link,
    plain_value,
    post,
    send_system_mail,
)
from tests.core.outside.strangers import ALLOW, PUBLIC, Authority, Names, door
from tests.ground.moment import FrozenClock

BASE = "https://desk.example"
LETTER = SystemMail(
    recipient="max@customer.example",
    subject="Новый пароль",
    text=f"Здравствуйте!\n\n{BASE}/reset/abc\n",
    html=f'<p>Здравствуйте!</p><a href="{BASE}/reset/abc">Сменить пароль</a>',
)


class Box:
    """What a mail server of the test got, and how it treats who comes."""

    def __init__(self, refusal: str = "") -> None:
        self.letters: list[tuple[Envelope, bool]] = []
        self.refusal = refusal

    async def handle_RCPT(  # noqa: N802
        self, server: server_side.SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.refusal:
            return self.refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: server_side.SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert server.transport is not None
        self.letters.append((envelope, server.transport.get_extra_info("ssl_object") is not None))
        return "250 OK"

    def letter(self) -> EmailMessage:
        content = self.letters[-1][0].original_content
        assert content is not None
        return message_from_bytes(content, policy=SMTP)


def password_is_right(
    server: object, session: object, envelope: object, mechanism: str, login: object
) -> AuthResult:
    right = getattr(login, "login", b"") == b"ann" and getattr(login, "password", b"") == b"secret"
    return AuthResult(success=right, handled=False)


@contextmanager
def mail_server(
    box: Box,
    trust: ssl.SSLContext | None = None,
    security: Literal["starttls", "tls", "none"] = "none",
    address: str = PUBLIC,
) -> Iterator[int]:
    controller = Controller(
        box,
        hostname=address,
        port=free_port(address),
        ssl_context=trust if security == "tls" else None,
        tls_context=trust if security == "starttls" else None,
        require_starttls=security == "starttls",
        auth_required=security == "starttls",
        auth_require_tls=security == "starttls",
        authenticator=password_is_right,
    )
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def free_port(address: str = PUBLIC) -> int:
    with socket.create_server((address, 0)) as listener:
        return int(listener.getsockname()[1])


def plain_smtp(port: int) -> SystemSmtp:
    return SystemSmtp(host=PUBLIC, port=port, sender="desk@desk.example", security="none")


def test_without_a_server_the_caller_is_told_to_show_the_link() -> None:
    assert send_system_mail(LETTER, None, base_url=BASE) == NotConfigured()


def test_letter_arrives_with_both_bodies(clock: FrozenClock) -> None:
    box = Box()
    with mail_server(box) as port:
        result = send_system_mail(LETTER, plain_smtp(port), base_url=BASE, door=door())
    assert isinstance(result, Sent)
    letter = box.letter()
    assert box.letters[0][0].rcpt_tos == ["max@customer.example"]
    assert (letter["Subject"], letter["From"]) == ("Новый пароль", "Emptyfeed <desk@desk.example>")
    assert letter["Message-ID"] == result.message_id
    assert letter["Message-ID"].endswith("@desk.example>")
    assert letter["Date"].datetime == clock.now
    assert letter["Auto-Submitted"] == "auto-generated"
    assert [part.get_content_type() for part in letter.walk()][1:] == ["text/plain", "text/html"]
    assert "Здравствуйте!" in letter.get_body(("plain",)).get_content()  # type: ignore[union-attr]


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_password_goes_over_tls_with_a_checked_certificate(
    tmp_path: Path, security: Literal["starttls", "tls"]
) -> None:
    authority = Authority(tmp_path)
    box = Box()
    smtp_door = Door(allow=ALLOW, resolver=Names(mail_example=PUBLIC, other_example=PUBLIC))
    with mail_server(box, authority.server_context("mail.example"), security) as port:

        def smtp(host: str, password: str = "secret") -> SystemSmtp:
            return SystemSmtp(host, "desk@desk.example", port, security, "ann", password, authority.file)

        with pytest.raises(NotTrusted):  # nobody knows this authority yet
            stranger_to_all = replace(smtp("mail.example"), ca_file=None)
            send_system_mail(LETTER, stranger_to_all, base_url=BASE, door=smtp_door)
        with pytest.raises(NotTrusted, match=r"other\.example"):
            send_system_mail(LETTER, smtp("other.example"), base_url=BASE, door=smtp_door)
        with pytest.raises(MailRefused, match="535"):
            send_system_mail(LETTER, smtp("mail.example", "wrong"), base_url=BASE, door=smtp_door)
        assert box.letters == []
        send_system_mail(LETTER, smtp("mail.example"), base_url=BASE, door=smtp_door)
    assert [over_tls for _, over_tls in box.letters] == [True]


def test_server_without_tls_gets_neither_password_nor_letter() -> None:
    box = Box()
    with mail_server(box) as port:
        smtp = SystemSmtp(PUBLIC, "desk@desk.example", port, "starttls", "ann", "secret")
        with pytest.raises(MailRefused, match="STARTTLS"):
            send_system_mail(LETTER, smtp, base_url=BASE, door=door())
    assert box.letters == []


def test_refusal_is_told_in_the_words_of_the_server() -> None:
    with (
        mail_server(Box(refusal="550 5.1.1 No such\u202e user")) as port,
        pytest.raises(MailRefused, match=r"550 5\.1\.1 No such") as refused,
    ):
        send_system_mail(LETTER, plain_smtp(port), base_url=BASE, door=door())
    assert "\u202e" not in str(refused.value)


def test_server_in_our_network_needs_to_be_named() -> None:
    with pytest.raises(NotAllowed):
        send_system_mail(LETTER, SystemSmtp("127.0.0.1", "desk@desk.example"), base_url=BASE, door=door())


def test_closed_port_and_silence_are_told_apart() -> None:
    with pytest.raises(Unreachable):
        send_system_mail(LETTER, plain_smtp(free_port()), base_url=BASE, door=door())
    with socket.create_server((PUBLIC, 0)) as silent, pytest.raises(TooSlow):
        port = silent.getsockname()[1]
        send_system_mail(LETTER, plain_smtp(port), base_url=BASE, door=door(), seconds=0.3)


def test_server_that_hangs_up_is_unreachable() -> None:
    with socket.create_server((PUBLIC, 0)) as rude:
        thread = threading.Thread(target=lambda: rude.accept()[0].close())
        thread.start()
        with pytest.raises(Unreachable):
            send_system_mail(LETTER, plain_smtp(rude.getsockname()[1]), base_url=BASE, door=door())
        thread.join()


@pytest.mark.parametrize(
    "recipient",
    [
        "", "max", "@customer.example", "max@", "max@customer.example\r\nBcc: mia@customer.example",
        "max@customer.example\nX: y", "max@customer.example, mia@customer.example",
        "max@customer.example mia@customer.example", "max@customer.example\0", "Max <max@customer.example>",
        "max@customer.example>", "<max@customer.example>", "max@customer.example;mia@customer.example",
        '"max, mia"@customer.example', "max@[127.0.0.1]", "max(comment)@customer.example",
        "max..x@customer.example", "max@customer..example", "max@customer.example.", "mаx@customer.example",
        "max@-customer.example",
        "max@customer.example%0abcc:x@y.example", "m" * 65 + "@customer.example", "max@@customer.example",
    ],
)  # fmt: skip
def test_what_is_not_exactly_one_address_gets_no_letter(recipient: str) -> None:
    assert not is_address(recipient)
    with pytest.raises(ValueError, match="one address"):
        compose(SystemMail(recipient, "Hello", "Hello"), sender="desk@desk.example", base_url=BASE)


@given(st.text(max_size=300), st.text(max_size=300), st.text(max_size=100))
def test_no_words_of_a_stranger_add_a_header_or_a_recipient(subject: str, text: str, name: str) -> None:
    mail = SystemMail("max@customer.example", subject, f"{plain_value(name)} {plain_value(text)}")
    raw = compose(mail, sender="desk@desk.example", base_url=BASE).as_bytes()
    head = raw.partition(b"\r\n\r\n")[0]
    names = [line.partition(b":")[0] for line in head.split(b"\r\n") if not line.startswith((b" ", b"\t"))]
    assert sorted(names) == sorted(
        [
            b"From", b"To", b"Subject", b"Date", b"Message-ID", b"Auto-Submitted",
            b"X-Auto-Response-Suppress", b"MIME-Version", b"Content-Type", b"Content-Transfer-Encoding",
        ]
    )  # fmt: skip
    letter = message_from_bytes(raw, policy=SMTP)
    assert getaddresses([str(letter["To"])]) == [("", "max@customer.example")]


@pytest.mark.parametrize(
    "text",
    [
        "Press https://evil.example/", "Press HTTP://evil.example", "Press //evil.example/x",
        "www.evil.example",
        "https://desk.example.evil.example/", "https://desk.example@evil.example/", "https://desk.example:444/",
        "http://desk.example/reset", "javascript:alert(1)", "mailto:mia@customer.example", "data:text/html,x",
        "https://desk.example\\@evil.example/", "ftp://desk.example/", "https:/evil.example https://evil.example",
    ],
)  # fmt: skip
def test_letter_that_leads_elsewhere_is_never_written(text: str) -> None:
    for mail in (
        SystemMail("max@customer.example", "Hello", text),
        SystemMail("max@customer.example", "Hello", "Hello", html=f'<a href="{text}">here</a>'),
    ):
        with pytest.raises(ValueError, match="leads to ourselves"):
            compose(mail, sender="desk@desk.example", base_url=BASE)


@given(
    st.text(max_size=60),
    st.sampled_from(["https://evil.example/x", "//evil.example", "www.evil.example", "a@b.example"]),
)
def test_somebodys_words_never_become_a_link(text: str, bait: str) -> None:
    said = plain_value(text + bait)
    assert "//" not in said
    assert "@" not in said
    assert "evil.example" not in said
    compose(SystemMail("max@customer.example", said, said), sender="desk@desk.example", base_url=BASE)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ann", "Ann"),
        ("J.R.R. Tolkien", "J. R. R. Tolkien"),
        ("evil.example", "evil. example"),
        ("a\r\nb", "a b"),
    ],
)
def test_honest_names_stay_readable(name: str, shown: str) -> None:
    assert plain_value(name) == shown


def test_links_are_made_from_the_address_people_open() -> None:
    assert link(BASE, "/reset/abc") == "https://desk.example/reset/abc"
    assert link(BASE + "/", "/join", token="a b&c") == "https://desk.example/join?token=a+b%26c"
    for path in (
        "//evil.example",
        "https://evil.example",
        "reset",
        "",
        "/\\evil.example",
        "/a//b",
        "\\\\evil.example",
    ):
        with pytest.raises(ValueError, match="path of ours"):
            link(BASE, path)


def test_installation_posts_by_its_own_server_even_inside_its_network(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert post(LETTER) == NotConfigured()
    box = Box()
    with mail_server(box, address="127.0.0.1") as port:
        monkeypatch.setenv("BASE_URL", BASE)
        monkeypatch.setenv("SYSTEM_SMTP_HOST", "127.0.0.1")
        monkeypatch.setenv("SYSTEM_SMTP_PORT", str(port))
        monkeypatch.setenv("SYSTEM_SMTP_SECURITY", "none")
        by_setting = {"": "emptyfeed@desk.example", "Desk <help@desk.example>": "help@desk.example"}
        for given, sender in by_setting.items():
            monkeypatch.setenv("SYSTEM_SMTP_FROM", given)
            get_settings.cache_clear()
            assert isinstance(post(LETTER), Sent)
            assert box.letters[-1][0].mail_from == sender


def test_password_is_not_in_the_representation() -> None:
    assert "secret" not in repr(SystemSmtp("mail.example", "desk@desk.example", password="secret"))
