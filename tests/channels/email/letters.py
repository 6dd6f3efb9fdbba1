"""Small letters for tests."""

from email.message import EmailMessage
from email.policy import SMTP


def make_letter(
    text: str = "Where is my parcel?",
    *,
    subject: str = "Parcel",
    sender: str = "Max <max@customer.test>",
    to: str = "support@helpdesk.test",
    message_id: str = "",
    **headers: str,
) -> bytes:
    """A letter as a customer's program would write it; header names have _ in place of -."""
    letter = EmailMessage(policy=SMTP.clone(max_line_length=900))
    letter["From"] = sender
    letter["To"] = to
    letter["Subject"] = subject
    letter["Date"] = "Wed, 10 Mar 2027 09:00:00 +0000"
    if message_id:
        letter["Message-ID"] = message_id
    for name, value in headers.items():
        letter[name.replace("_", "-")] = value
    letter.set_content(text)
    return letter.as_bytes()
