"""The few colours that follow from the one a shop chooses, readable whatever it is. Pure.

WCAG 2.2, 1.4.3: words stand out from their ground by 4.5 to 1.
"""

import re
from collections.abc import Sequence

SEA = "#1f6f9f"
SURFACES = {"light": "#ffffff", "dark": "#161b21"}

Rgb = tuple[int, int, int]

_WHITE: Rgb = (255, 255, 255)
_INK: Rgb = (11, 22, 32)
_READABLE, _WHITE_WORTHWHILE, _SEEN = 4.5, 3.0, 1.3
_STEPS = 50


def palettes(colour: str) -> dict[str, dict[str, str]]:
    """By light and dark: `accent` for filled areas, `on` for what stands on it, `text` for words.

    What is no colour is the sea's own blue.
    """
    chosen = read_colour(colour) or read_colour(SEA) or _INK
    return {theme: _palette(chosen, read_colour(surface) or _WHITE) for theme, surface in SURFACES.items()}


def read_colour(written: str) -> Rgb | None:
    """A colour as `#rrggbb` or `#rgb`; None for anything else."""
    match = re.fullmatch(r"#([0-9a-fA-F]{6}|[0-9a-fA-F]{3})", written.strip())
    if match is None:
        return None
    digits = match[1] if len(match[1]) == 6 else "".join(digit * 2 for digit in match[1])
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)


def contrast(one: Rgb, other: Rgb) -> float:
    """How much two colours differ, from 1 to 21 (WCAG 2.2)."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _palette(colour: Rgb, surface: Rgb) -> dict[str, str]:
    away = _INK if _luminance(surface) > 0.2 else _WHITE
    accent = _shifted(colour, away, surface, _SEEN)
    is_light = contrast(accent, _WHITE) < _WHITE_WORTHWHILE
    if not is_light:
        accent = _shifted(accent, _INK, _WHITE, _READABLE)
    text = _shifted(accent, away, surface, _READABLE)
    return {"accent": _written(accent), "on": _written(_INK if is_light else _WHITE), "text": _written(text)}


def _shifted(colour: Rgb, towards: Rgb, ground: Rgb, wanted: float) -> Rgb:
    """Mixed with another in the smallest step that gives the contrast."""
    mixed = colour
    for step in range(_STEPS + 1):
        mixed = _mixed(colour, towards, step / _STEPS)
        if contrast(mixed, ground) >= wanted:
            break
    return mixed


def _mixed(colour: Rgb, towards: Rgb, part: float) -> Rgb:
    red, green, blue = (round(one + (other - one) * part) for one, other in zip(colour, towards, strict=True))
    return red, green, blue


def _luminance(colour: Sequence[int]) -> float:
    red, green, blue = (
        value / 3294 if value <= 10 else ((value / 255 + 0.055) / 1.055) ** 2.4 for value in colour
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _written(colour: Rgb) -> str:
    return "#" + "".join(f"{value:02x}" for value in colour)
