"""Nobody is led away from here, whoever asks and however it is spelled, and links of ours name us alone."""

import re
from collections.abc import Callable
from urllib.parse import quote, urljoin, urlsplit

import pytest
from sqlalchemy.orm import Session

from people.models import Agent, Role
from people.passwords import hash_password
from tests.ground.browsing import HOME, Browser
from tests.makers import make_agent

PASSWORD = "a sea of calm letters"
_hash = hash_password(PASSWORD)
# Each is another way to write "go to evil.example", or at least to confuse whoever reads it.
SPELLINGS = (
    "https://evil.example/", "//evil.example", "///evil.example", "////evil.example", "/\\evil.example",
    "\\/evil.example", "\\\\evil.example", "/\t/evil.example", "/\n/evil.example", "/\r\nSet-Cookie: sid=x",
    " //evil.example", "\x01//evil.example", "http:evil.example", "https:/evil.example", "data:text/html,x",
    "//127.0.0.1:8000@evil.example", "http://127.0.0.1:8000.evil.example", "/\x00/evil.example",
    "javascript:alert(1)", "evil.example", "//evil%2eexample", "/.//\\evil.example",
    "\u2044\u2044evil.example", "https://evil.example\\@127.0.0.1:8000/",
)  # fmt: skip
FORGED = {
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "gopher",
    "X-Forwarded-Prefix": "//evil.example",
    "X-Original-URL": "//evil.example",
    "Forwarded": "host=evil.example",
    "Referer": "https://evil.example/",
}
Browse = Callable[[Agent], Browser]


@pytest.fixture
def ann(session: Session) -> Agent:
    return make_agent(session, role=Role.OWNER, email="ann@helpdesk.test", password_hash=_hash)


def is_here(location: str | None) -> bool:
    """Whether a browser that is sent there stays with us, as a browser reads addresses."""
    seen = re.sub(r"[\t\r\n]", "", (location or "").strip("".join(map(chr, range(33))))).replace("\\", "/")
    return location is not None and urlsplit(urljoin(HOME, seen)).netloc == urlsplit(HOME).netloc


@pytest.mark.parametrize("target", SPELLINGS)
def test_signing_in_leads_to_a_page_of_ours(stranger: Browser, ann: Agent, target: str) -> None:
    response = stranger.send("/login", email=ann.email, password=PASSWORD, next=target)
    assert (response.status_code, is_here(response.location)) == (303, True)
    assert "evil" not in response.location


@pytest.mark.parametrize("target", SPELLINGS)
def test_no_other_redirect_leads_away_either(
    browse: Browse, stranger: Browser, ann: Agent, target: str
) -> None:
    asked = quote(target, safe="")
    signed_in = browse(ann)
    for response in (
        signed_in.get(f"/login?next={asked}"),
        stranger.send("/language", language="ru", next=target),
        stranger.get(f"/settings/profile?next={asked}"),
        stranger.get(f"/{asked}", follow_redirects=False),
        signed_in.send("/settings/profile", {"name": "Ann", "next": target}),
        signed_in.send("/logout", next=target),
    ):
        assert "Set-Cookie: sid=x" not in str(response.headers)
        if 300 <= response.status_code < 400:
            assert is_here(response.location), response.location
        if "evil" in (response.location or ""):  # kept for after signing in, as text of our own address
            assert response.location.startswith("/login?next=/")


@pytest.mark.parametrize("target", SPELLINGS)
def test_the_login_page_keeps_no_such_address(stranger: Browser, target: str) -> None:
    page = stranger.get(f"/login?next={quote(target, safe='')}").text
    kept = re.search(r'name="next" value="([^"]*)"', page)
    assert kept is None or kept[1] in ("", "/inbox")


def test_links_and_redirects_name_the_address_that_we_were_given(
    browse: Browse, stranger: Browser, ann: Agent
) -> None:
    signed_in = browse(ann)
    told = {"email": "ben@helpdesk.test", "role": "agent", "language": "en", "csrf_token": signed_in.csrf}
    pages = [signed_in.open("POST", "/settings/team/invite", headers=FORGED, data=told)]
    assert "http://127.0.0.1:8000/invitation?" in pages[0].text
    pages += [stranger.get(path, headers=FORGED) for path in ("/", "/login", "/inbox", "/nowhere", "/api/me")]
    for page in pages:
        assert "evil.example" not in page.text + str(page.headers)
        assert "gopher" not in page.text + str(page.headers)
