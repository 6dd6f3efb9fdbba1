"""A shop may choose any colour: what stands on it and beside it can be read."""

from itertools import product

import pytest

from channels.webchat.colours import SEA, SURFACES, Rgb, contrast, palettes, read_colour


def seen(written: str) -> Rgb:
    colour = read_colour(written)
    assert colour is not None
    return colour


@pytest.mark.parametrize("theme", sorted(SURFACES))
def test_whatever_colour_is_chosen_can_be_read(theme: str) -> None:
    surface = seen(SURFACES[theme])
    for red, green, blue in product((0, 51, 102, 153, 204, 255), repeat=3):
        colour = f"#{red:02x}{green:02x}{blue:02x}"
        made = {name: seen(value) for name, value in palettes(colour)[theme].items()}
        assert contrast(made["on"], made["accent"]) >= 4.5, colour
        assert contrast(made["text"], surface) >= 4.5, colour
        assert contrast(made["accent"], surface) >= 1.25, colour


def test_a_colour_that_serves_is_left_as_it_is() -> None:
    assert palettes("#0a5c8a")["light"] == {"accent": "#0a5c8a", "on": "#ffffff", "text": "#0a5c8a"}


def test_what_is_no_colour_is_the_sea() -> None:
    assert palettes("red; background: url(evil)") == palettes("") == palettes(SEA)
    assert read_colour("#0af") == (0, 170, 255)
    assert read_colour("0af") is None
