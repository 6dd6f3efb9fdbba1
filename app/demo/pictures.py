"""Small pictures for letters, drawn when they are needed: pots, parcels, a window with an error."""

import struct
import zlib
from collections.abc import Callable, Sequence
from itertools import pairwise

Colour = tuple[int, int, int]
WIDTH, HEIGHT = 480, 360
FOOT = 300  # where vessels stand

_CLAY = (186, 112, 76)
_GLAZE = (74, 128, 142)
_MILK = (236, 230, 218)
_MOSS = (122, 138, 88)
_INK = (52, 54, 60)
_TABLE = (214, 198, 172)
_WALL = (238, 236, 230)
_CARDBOARD = (196, 158, 108)
_TAPE = (226, 200, 150)
_RED = (190, 64, 58)

# How wide a vessel is at each height, from its rim (0) to its foot (1), as parts of its own height.
_PROFILES: dict[str, tuple[tuple[float, float], ...]] = {
    "mug": ((0.0, 0.42), (0.1, 0.4), (0.85, 0.39), (1.0, 0.33)),
    "beaker": ((0.0, 0.42), (0.1, 0.4), (0.85, 0.39), (1.0, 0.33)),
    "bowl": ((0.0, 0.8), (0.3, 0.74), (0.7, 0.5), (0.9, 0.26), (1.0, 0.28)),
    "vase": ((0.0, 0.2), (0.08, 0.17), (0.22, 0.15), (0.5, 0.34), (0.75, 0.36), (1.0, 0.22)),
    "plate": ((0.0, 1.5), (0.35, 1.2), (0.7, 0.8), (1.0, 0.7)),
    "teapot": ((0.0, 0.22), (0.1, 0.3), (0.4, 0.52), (0.7, 0.5), (1.0, 0.34)),
}


class Canvas:
    """A picture of WIDTH × HEIGHT in the making."""

    def __init__(self, ground: Colour) -> None:
        self._rows = [bytearray(bytes(ground) * WIDTH) for _ in range(HEIGHT)]

    def box(self, left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
        """Fill a rectangle; what lies outside the picture is left out."""
        for y in range(max(0, round(top)), min(HEIGHT, round(bottom))):
            self.line(y, left, right, colour)

    def line(self, y: int, left: float, right: float, colour: Colour) -> None:
        """Fill a stretch of one row."""
        start, end = max(0, round(left)), min(WIDTH, round(right))
        if 0 <= y < HEIGHT and start < end:
            self._rows[y][start * 3 : end * 3] = bytes(colour) * (end - start)

    def oval(self, x: float, y: float, wide: float, high: float, colour: Colour) -> None:
        """Fill an ellipse around a point."""
        for row in range(max(0, round(y - high)), min(HEIGHT, round(y + high))):
            half = wide * max(0.0, 1 - ((row - y) / high) ** 2) ** 0.5
            self.line(row, x - half, x + half, colour)

    def stroke(self, points: Sequence[tuple[float, float]], colour: Colour, thick: float = 2) -> None:
        """Draw a bent line from point to point."""
        for (x, y), (to_x, to_y) in pairwise(points):
            steps = max(1, round(max(abs(to_x - x), abs(to_y - y))))
            for step in range(steps):
                part = step / steps
                at_x, at_y = x + (to_x - x) * part, y + (to_y - y) * part
                self.box(at_x - thick / 2, at_y - thick / 2, at_x + thick / 2, at_y + thick / 2, colour)

    def png(self) -> bytes:
        """The picture as PNG (ISO/IEC 15948): true colour, no filters."""
        header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
        body = zlib.compress(b"".join(b"\0" + bytes(row) for row in self._rows), 6)
        chunks = ((b"IHDR", header), (b"IDAT", body), (b"IEND", b""))
        return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def draw(name: str) -> bytes:
    """The PNG of this name: a scene, or a vessel with its colour (`bowl-moss`) or broken (`bowl-broken`)."""
    scene = _SCENES.get(name)
    if scene is not None:
        return scene().png()
    shape, _, glaze = name.partition("-")
    return (_broken(shape) if glaze == "broken" else _still_life(shape, _GLAZES[glaze])).png()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _still_life(shape: str, colour: Colour) -> Canvas:
    canvas = Canvas(_WALL)
    canvas.box(0, 250, WIDTH, HEIGHT, _TABLE)
    tall, foot = _height(shape), FOOT
    canvas.oval(WIDTH / 2 + 30, foot, tall * 0.62, 13, _darker(_TABLE, 0.86))
    if shape == "mug":
        canvas.oval(WIDTH / 2 + 82, foot - tall * 0.52, 40, 52, _darker(colour, 0.9))
        canvas.oval(WIDTH / 2 + 80, foot - tall * 0.52, 24, 34, _WALL)
    if shape == "teapot":
        canvas.stroke([(300, 200), (352, 160), (368, 132)], _darker(colour, 0.92), 22)
        canvas.oval(WIDTH / 2, foot - tall - 8, 14, 14, _darker(colour, 0.8))
    for row in range(round(tall)):
        half = _half(_PROFILES[shape], row / tall) * tall
        _shaded(canvas, round(foot - tall + row), half, colour)
    rim = _half(_PROFILES[shape], 0) * tall
    canvas.oval(WIDTH / 2, foot - tall, rim, max(4, rim * 0.13), _darker(colour, 0.72))
    return canvas


def _height(shape: str) -> int:
    return 90 if shape == "plate" else 190


def _shaded(canvas: Canvas, y: int, half: float, colour: Colour) -> None:
    """One row of something round: light from the left."""
    middle = WIDTH / 2
    canvas.line(y, middle - half, middle + half, colour)
    canvas.line(y, middle + half * 0.35, middle + half, _darker(colour, 0.9))
    canvas.line(y, middle + half * 0.75, middle + half, _darker(colour, 0.78))
    canvas.line(y, middle - half * 0.7, middle - half * 0.5, _lighter(colour))


def _half(profile: Sequence[tuple[float, float]], at: float) -> float:
    for (above, wide), (below, narrow) in pairwise(profile):
        if at <= below:
            return wide + (narrow - wide) * (at - above) / (below - above)
    return profile[-1][1]


def _darker(colour: Colour, part: float) -> Colour:
    return tuple(round(each * part) for each in colour)  # type: ignore[return-value]


def _lighter(colour: Colour) -> Colour:
    return tuple(min(255, round(each + (255 - each) * 0.28)) for each in colour)  # type: ignore[return-value]


def _broken(shape: str) -> Canvas:
    """A vessel that did not survive its journey; a mug has lost its handle, others have a crack."""
    canvas = _still_life("beaker" if shape == "mug" else shape, _GLAZE)
    dark = _darker(_GLAZE, 0.72)
    if shape == "mug":
        canvas.stroke([(352, 318), (392, 306), (410, 322), (386, 334), (360, 332)], dark, 13)
        canvas.oval(300, 168, 7, 11, _MILK)
        canvas.oval(300, 246, 7, 11, _MILK)
        return canvas
    tall = _height(shape)
    bends = ((6, 0.0), (-5, 0.16), (10, 0.3), (-4, 0.46), (12, 0.62), (4, 0.86))
    crack = [(WIDTH / 2 + aside, FOOT - tall * (1 - part)) for aside, part in bends]
    canvas.stroke(crack, _INK, 3)
    canvas.stroke([crack[2], (crack[2][0] + tall * 0.16, crack[2][1] + 10)], _INK, 2)
    canvas.stroke([(90, 322), (112, 310), (130, 326), (104, 334), (90, 322)], _darker(_GLAZE, 0.8), 7)
    canvas.stroke([(150, 338), (166, 330), (172, 344)], dark, 6)
    return canvas


def _parcel() -> Canvas:
    """A box with a crushed corner."""
    canvas = Canvas(_WALL)
    canvas.box(0, 270, WIDTH, HEIGHT, (168, 150, 132))
    canvas.box(110, 90, 380, 310, _CARDBOARD)
    canvas.box(110, 90, 380, 104, _darker(_CARDBOARD, 0.9))
    canvas.box(228, 90, 262, 310, _TAPE)
    canvas.box(130, 210, 212, 282, _MILK)
    for line in range(6):
        canvas.box(138, 220 + line * 9, 138 + (62 - line * 7), 223 + line * 9, _INK)
    for row in range(60):
        canvas.line(250 + row, 380 - row * 0.9, 380, _darker(_CARDBOARD, 0.62))
    canvas.stroke([(322, 310), (345, 275), (380, 248)], _INK, 2)
    return canvas


def _window() -> Canvas:
    """A sign-in page that shows nothing but an error."""
    canvas = Canvas((226, 229, 233))
    canvas.box(40, 30, 440, 330, (255, 255, 255))
    canvas.box(40, 30, 440, 58, (203, 208, 214))
    for number, colour in enumerate((_RED, (214, 170, 60), _MOSS)):
        canvas.oval(58 + number * 18, 44, 6, 6, colour)
    canvas.box(120, 38, 380, 51, (240, 242, 244))
    canvas.box(110, 110, 370, 146, (250, 226, 224))
    canvas.oval(130, 128, 9, 9, _RED)
    canvas.box(150, 120, 350, 125, _RED)
    canvas.box(150, 131, 300, 136, _RED)
    for top in (170, 212):
        canvas.box(110, top, 370, top + 30, (222, 226, 230))
        canvas.box(112, top + 2, 368, top + 28, (255, 255, 255))
        canvas.box(122, top + 13, 220, top + 17, (170, 176, 182))
    canvas.box(110, 260, 370, 294, _GLAZE)
    canvas.box(205, 274, 275, 279, (255, 255, 255))
    return canvas


def _samples() -> Canvas:
    """Four glazes beside each other."""
    canvas = Canvas(_WALL)
    for number, colour in enumerate((_MILK, _MOSS, _GLAZE, _CLAY)):
        left = 34 + number * 106
        canvas.box(left + 5, 66, left + 99, 302, _darker(_WALL, 0.88))
        canvas.box(left, 60, left + 94, 296, colour)
        canvas.box(left, 60, left + 94, 74, _lighter(colour))
        canvas.oval(left + 47, 84, 6, 6, _WALL)
        canvas.box(left + 20, 308, left + 74, 314, _INK)
    return canvas


def _cloth() -> Canvas:
    """Folded linen with a stain."""
    canvas = Canvas(_TABLE)
    for fold in range(5):
        top = 70 + fold * 46
        canvas.box(80, top, 400, top + 44, _darker(_MILK, 1 - fold * 0.025))
        canvas.box(80, top + 40, 400, top + 44, _darker(_MILK, 0.84))
    canvas.box(92, 70, 97, 298, _RED)
    canvas.box(383, 70, 388, 298, _RED)
    canvas.oval(262, 188, 38, 24, _darker(_TABLE, 0.9))
    canvas.oval(270, 182, 18, 12, _darker(_TABLE, 0.8))
    return canvas


def _logo() -> Canvas:
    """A round sign for the bottom of a cup."""
    canvas = Canvas((255, 255, 255))
    canvas.oval(WIDTH / 2, HEIGHT / 2, 140, 140, _INK)
    canvas.oval(WIDTH / 2, HEIGHT / 2, 128, 128, (255, 255, 255))
    canvas.oval(WIDTH / 2, HEIGHT / 2 + 6, 46, 74, _CLAY)
    canvas.stroke([(240, 108), (232, 150), (247, 186), (234, 226), (241, 258)], (255, 255, 255), 6)
    return canvas


_GLAZES: dict[str, Colour] = {"clay": _CLAY, "sea": _GLAZE, "milk": _MILK, "moss": _MOSS, "ink": _INK}
_SCENES: dict[str, Callable[[], Canvas]] = {
    "parcel": _parcel,
    "window": _window,
    "samples": _samples,
    "cloth": _cloth,
    "logo": _logo,
}
