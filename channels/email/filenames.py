"""Names of files as people may see them: no paths, no invisible signs, never empty."""

import mimetypes
import re
import unicodedata

from channels.email.charsets import valid_text
from channels.email.headers import decode_words

MAX_BYTES = 200
TELLING = ("image", "audio", "video", "message", "text")
INVISIBLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0]"
)
SEPARATORS = re.compile(r"[/\\]+")
SPACES = re.compile(r"\s+")
EXTENSION = re.compile(r"\.[^.\s]{1,12}\Z")
EXTENSIONS = {
    "message/rfc822": ".eml",
    "text/plain": ".txt",
    "text/html": ".html",
    "text/calendar": ".ics",
    "text/x-vcard": ".vcf",
    "text/vcard": ".vcf",
    "text/rfc822-headers": ".txt",
    "message/delivery-status": ".txt",
    "message/global-delivery-status": ".txt",
    "message/disposition-notification": ".txt",
    "message/feedback-report": ".txt",
    "message/global": ".eml",
    "image/jpeg": ".jpg",
    "image/jpg": ".jpg",
    "image/pjpeg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
    "image/svg+xml": ".svg",
    "application/pdf": ".pdf",
    "application/pkcs7-signature": ".p7s",
    "application/x-pkcs7-signature": ".p7s",
    "application/pkcs7-mime": ".p7m",
    "application/x-pkcs7-mime": ".p7m",
    "application/pgp-signature": ".asc",
    "application/pgp-encrypted": ".asc",
    "application/pgp-keys": ".asc",
    "application/ms-tnef": ".dat",
    "application/octet-stream": ".bin",
    "audio/mpeg": ".mp3",
    "audio/wav": ".wav",
    "video/mp4": ".mp4",
}


def clean_filename(name: str) -> str:
    """The last part of the name, composed, visible and at most 200 bytes; empty if nothing is left.

    Invisible signs go before anything is looked at: a name is judged as it will be seen.
    """
    name = unicodedata.normalize("NFC", INVISIBLE.sub("", valid_text(decode_words(name))))
    name = SEPARATORS.split(name.rstrip("/\\ "))[-1]
    name = SPACES.sub(" ", name).strip(" .")
    for sign in '<>:"|?*':
        name = name.replace(sign, "_")
    return _shortened(name)


def default_filename(mime: str, number: int, title: str = "") -> str:
    """A name for a file that has none: the nested letter's subject, or its kind and number."""
    extension = EXTENSIONS.get(mime) or mimetypes.guess_extension(mime) or ".bin"
    title = clean_filename(title.replace("/", "_").replace("\\", "_"))
    main = mime.partition("/")[0]
    stem = title or f"{main if main in TELLING else 'file'}-{number}"
    return _shortened(f"{stem}{extension}")


def _shortened(name: str) -> str:
    if len(name.encode()) <= MAX_BYTES:
        return name
    extension = EXTENSION.search(name)
    tail = extension.group() if extension else ""
    stem = name[: len(name) - len(tail)].encode()[: MAX_BYTES - len(tail.encode())]
    return f"{stem.decode('utf-8', 'ignore').rstrip(' .')}{tail}"
