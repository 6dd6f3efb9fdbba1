"""Files that come and go with letters: pictures, one-page PDFs, plain texts."""

from functools import cache
from pathlib import Path

from app.demo.pictures import draw

PAPERS = Path(__file__).parent / "papers"
MIMES = {".png": "image/png", ".pdf": "application/pdf", ".txt": "text/plain"}


@cache
def file_bytes(recipe: str, suffix: str) -> bytes:
    """What is in a file: a drawing for `.png`, a text of `papers/` for `.pdf` and `.txt`."""
    if suffix == ".png":
        return draw(recipe)
    text = (PAPERS / f"{recipe}.txt").read_text(encoding="utf-8")
    return pdf(text.splitlines()) if suffix == ".pdf" else text.encode()


def pdf(lines: list[str]) -> bytes:
    """One A4 page with these lines; its first is the heading (ISO 32000-1, 7.5).

    The built-in fonts know Western European letters only.
    """
    shown = [f"BT /F{2 if number == 0 else 1} {20 if number == 0 else 11} Tf 1 0 0 1 64 {_height(number)} Tm"
             f" ({_escaped(line)}) Tj ET" for number, line in enumerate(lines)]  # fmt: skip
    page = "\n".join(["0.8 w 64 752 m 531 752 l S", *shown]).encode("cp1252")
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R /F2 6 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(page), page),
        _font("Helvetica"),
        _font("Helvetica-Bold"),
    )
    return _assembled(objects)


def _assembled(objects: tuple[bytes, ...]) -> bytes:
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return bytes(
        out + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    )


def _font(name: str) -> bytes:
    return f"<< /Type /Font /Subtype /Type1 /BaseFont /{name} /Encoding /WinAnsiEncoding >>".encode()


def _height(number: int) -> int:
    return 766 if number == 0 else 738 - number * 17


def _escaped(line: str) -> str:
    return line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
