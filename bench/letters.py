"""Letters as customers write them: a third are replies, a tenth bring files, half have HTML."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime

from bench.words import Writer

DOMAIN = "customer.test"


def letters(count: int, to: str, seed: int = 1) -> Iterator[bytes]:
    """So many letters to one address, the same for the same seed."""
    writer = Writer(seed)
    began = datetime.now(UTC) - timedelta(seconds=count)
    for number in range(count):
        yield _letter(writer, number, to, began + timedelta(seconds=number)).as_bytes()


def _letter(writer: Writer, number: int, to: str, at: datetime) -> EmailMessage:
    chance = writer.chance
    answered = chance.randrange(number) if number and chance.random() < 1 / 3 else None
    customer = (answered if answered is not None else number) % 3_000
    letter = EmailMessage()
    letter["Message-ID"] = _name(number)
    letter["Date"] = format_datetime(at)
    letter["From"] = f"{writer.name()} <customer{customer}@{DOMAIN}>"
    letter["To"] = to
    letter["Subject"] = writer.subject() if answered is None else f"Re: {writer.subject()}"
    if answered is not None:
        letter["In-Reply-To"] = letter["References"] = _name(answered)
    text = writer.text(shortest=30, longest=120)
    quoted = f"\n\nOn Monday somebody wrote:\n> {writer.text()}\n" if answered is not None else "\n"
    letter.set_content(text + quoted)
    if chance.random() < 0.5:
        html = f"<div>{text}</div><br><div style='color:#555'>{writer.text()}</div>"
        letter.add_alternative(f"<html><body>{html}</body></html>", subtype="html")
    if chance.random() < 0.1:
        content = chance.randbytes(chance.randint(2_000, 60_000))
        letter.add_attachment(content, maintype="application", subtype="pdf", filename="Счёт № 1.pdf")
    return letter


def _name(number: int) -> str:
    return f"<bench-{number}@{DOMAIN}>"
