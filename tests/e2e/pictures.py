"""`python -m tests.e2e.pictures FOLDER`: every screen in every language, light and dark, wide and narrow."""

import itertools
import os
from pathlib import Path

import click
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.chromium import CHROMIUM, FLAGS
from tests.e2e.furnishing import LANGUAGES, furnish
from tests.e2e.post import bring_post
from tests.e2e.screens import SCREENS, Screen
from tests.ground.settings import SECRET_KEY
from tests.product import Product, running_product

THEMES = ("light", "dark")
WIDTHS = {"wide": (1440, 900), "narrow": (390, 844)}


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default="pictures")
@click.option("--only", default="", help="Only screens whose name holds this.")
@click.option("--language", multiple=True, default=LANGUAGES, help="Only these languages.")
def main(folder: Path, only: str, language: tuple[str, ...]) -> None:
    """Take the pictures."""
    os.environ["SECRET_KEYS"] = SECRET_KEY
    folder.mkdir(parents=True, exist_ok=True)
    chosen = [screen for screen in SCREENS if only in screen.name]
    with running_product() as product, sync_playwright() as playwright:
        with product.session() as session:
            cookies = furnish(session)
        bring_post(product)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        for spoken, theme, width in itertools.product(language, THEMES, WIDTHS):
            _take(browser, product, chosen, folder, cookies[spoken], (spoken, theme, width))
        browser.close()


def _take(
    browser: Browser,
    product: Product,
    screens: list[Screen],
    folder: Path,
    cookie: str,
    look: tuple[str, str, str],
) -> None:
    language, theme, width = look
    size = WIDTHS[width]
    for is_signed_in in (True, False):
        context = browser.new_context(
            base_url=product.url,
            locale=language,
            color_scheme="dark" if theme == "dark" else "light",
            viewport={"width": size[0], "height": size[1]},
            reduced_motion="reduce",
        )
        if is_signed_in:
            context.add_cookies([{"name": "sid", "value": cookie, "url": product.url}])
        page = context.new_page()
        for screen in screens:
            if screen.signed_in == is_signed_in:
                screen.show(page)
                page.screenshot(path=str(folder / f"{screen.name}-{language}-{theme}-{width}.png"))
        context.close()
    click.echo(f"{language} {theme} {width}")


if __name__ == "__main__":
    main()
