"""Every screen can be used by everybody: with a screen reader, in the dark, on a phone."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

from people.models import Customer
from tests.e2e.furnishing import furnish
from tests.e2e.post import bring_post
from tests.e2e.screens import SCREENS, Screen
from tests.e2e.thumbs import too_small
from tests.ground.settings import SECRET_KEY
from tests.product import Product, running_product

pytestmark = pytest.mark.browser

WIDE, NARROW = (1440, 900), (390, 844)
ZOOMED = {"width": 320, "height": 700}  # 1280 pixels at 400 % (WCAG 1.4.10)


@dataclass(frozen=True)
class Look:
    """How a screen is looked at."""

    language: str
    theme: str
    size: tuple[int, int]


# Each pair of theme and width comes with half of the screens, each language with all of them in turn.
LOOKS = (
    (Look("ru", "light", WIDE), Look("en", "dark", NARROW)),
    (Look("es", "dark", WIDE), Look("ru", "light", NARROW)),
)


@pytest.fixture(scope="module")
def desk() -> Iterator[tuple[Product, dict[str, str]]]:
    """A furnished installation and the cookies of its people."""
    with running_product({"SECRET_KEYS": SECRET_KEY}) as product:
        with product.session() as session:
            cookies = furnish(session)
            session.add(Customer(name="Maximiliana" * 36))
            session.commit()
        bring_post(product)
        yield product, cookies


@pytest.fixture(scope="module")
def people(desk: tuple[Product, dict[str, str]], browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Those who look, each with a browser of their own that has been here before."""
    product, cookies = desk
    met: dict[tuple[Look, bool], BrowserContext] = {}

    def meet(look: Look, *, signed_in: bool) -> BrowserContext:
        if (look, signed_in) not in met:
            width, height = look.size
            context = met[look, signed_in] = browser.new_context(
                base_url=product.url,
                locale=look.language,
                color_scheme="dark" if look.theme == "dark" else "light",
                viewport={"width": width, "height": height},
                reduced_motion="reduce",
                has_touch=look.size == NARROW,
            )
            if signed_in:
                context.add_cookies([{"name": "sid", "value": cookies[look.language], "url": product.url}])
        return met[look, signed_in]

    yield meet
    for context in met.values():
        context.close()


@pytest.fixture
def look_at(people: Callable[..., BrowserContext]) -> Iterator[Callable[..., Page]]:
    """Show a screen in a look; the page is closed after the test."""
    pages = []

    def show(screen: Screen, look: Look) -> Page:
        page = people(look, signed_in=screen.signed_in).new_page()
        pages.append(page)
        screen.show(page)
        return page

    yield show
    for page in pages:
        page.close()


@pytest.mark.parametrize(
    ("screen", "looks"),
    [(screen, LOOKS[number % 2]) for number, screen in enumerate(SCREENS)],
    ids=[screen.name for screen in SCREENS],
)
def test_a_screen_is_accessible_and_fits(
    look_at: Callable[..., Page], screen: Screen, looks: tuple[Look, Look]
) -> None:
    for look in looks:
        page = look_at(screen, look)
        found = Axe().run(page)
        assert [_spoken(each) for each in found.response["violations"]] == []
        assert _overflow(page) <= 0
        assert _narrowest_main(page) >= 300
        if look.size == NARROW:
            assert screen.path.startswith("/inbox") or too_small(page) == []
            page.set_viewport_size(ZOOMED)
            assert _overflow(page) <= 0, "zoomed"


def _spoken(violation: dict[str, object]) -> str:
    nodes = violation["nodes"]
    assert isinstance(nodes, list)
    return f"{violation['id']}: {violation['help']}: {[node['html'][:200] for node in nodes[:3]]}"


def _overflow(page: Page) -> int:
    """By how much a screen is wider than its window."""
    wider: int = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return wider


def _narrowest_main(page: Page) -> float:
    """The width of the narrowest main region: a pane that was squeezed to a strip shows nothing."""
    widths = page.evaluate(
        "[...document.querySelectorAll('main')].filter((each) => each.checkVisibility())"
        ".map((each) => each.getBoundingClientRect().width)"
    )
    return float(min(widths, default=1000.0))
