"""Pictures written into HTML as data: addresses."""

import base64
import binascii
import hashlib
import re

MAX_IMAGES = 50
DATA_IMAGE = re.compile(
    r"(<img\b[^>]*?\ssrc\s*=\s*[\"']?)data:(image/(?:png|jpe?g|gif|webp|bmp))(?:;[\w=-]+)*;base64,([A-Za-z0-9+/=\s%]+)([\"'\s>])",
    re.IGNORECASE,
)

Image = tuple[str, str, bytes]  # cid, type, content


def lift_images(html: str) -> tuple[str, list[Image]]:
    """The HTML with its written-in pictures by `cid:`, and these; beyond the cap they are only taken out."""
    images: dict[str, Image] = {}

    def lift(match: re.Match[str]) -> str:
        packed = re.sub(r"[^A-Za-z0-9+/]", "", match[3].replace("%2B", "+").replace("%2F", "/"))
        try:
            data = base64.b64decode(packed + "==")
        except binascii.Error:  # a length no base64 has
            return f"{match[1]}{match[4]}"
        cid = f"{hashlib.sha256(data).hexdigest()[:32]}@data"
        if len(images) < MAX_IMAGES:
            images.setdefault(cid, (cid, match[2].lower(), data))
        return f"{match[1]}cid:{cid}{match[4]}"

    return DATA_IMAGE.sub(lift, html), list(images.values())
