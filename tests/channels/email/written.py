"""Letters written by hand for tests, from the few lines that matter."""

from pathlib import Path

LETTERS = Path(__file__).parents[2] / "letters"


def letter(*, body: str | bytes = "", **fields: str) -> bytes:
    """A letter of these fields, `_` standing for `-` in their names, and this body after an empty line."""
    told = {"From": "Mia <mia@ok.example>", "To": "Ann <support@desk.example>", "Subject": "Your order"}
    told |= {name.replace("_", "-"): value for name, value in fields.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in told.items() if value)
    return head.encode() + b"\r\n" + (body.replace("\n", "\r\n").encode() if isinstance(body, str) else body)


def parts(kind: str, *bodies: str, boundary: str = "=_b", **parameters: str) -> dict[str, str]:
    """The Content-Type and body of a multipart; each part is its fields, an empty line and its content."""
    more = "".join(f'; {name}="{value}"' for name, value in parameters.items())
    body = "".join(f"--{boundary}\n{part}\n" for part in bodies) + f"--{boundary}--\n"
    return {
        "MIME_Version": "1.0",
        "Content_Type": f'multipart/{kind}{more}; boundary="{boundary}"',
        "body": body,
    }


def part(mime: str, content: str = "", **fields: str) -> str:
    """One part of a multipart."""
    head = f"Content-Type: {mime}\n" + "".join(
        f"{name.replace('_', '-')}: {value}\n" for name, value in fields.items()
    )
    return f"{head}\n{content}"


def nested(kind: str, *bodies: str, boundary: str, **parameters: str) -> str:
    """A multipart as a part of another."""
    told = parts(kind, *bodies, boundary=boundary, **parameters)
    return f"Content-Type: {told['Content_Type']}\n\n{told['body']}"
