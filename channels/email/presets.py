"""What large mail providers are called and where their servers are."""

from dataclasses import dataclass
from typing import Any

from channels.sign_ins.providers import GOOGLE, MICROSOFT, PASSWORD
from core.words import N_


@dataclass(frozen=True, slots=True)
class Preset:
    """A provider's servers, and what its users have to do before a mail program gets in."""

    name: str
    imap_host: str
    smtp_host: str
    smtp_port: int = 465
    smtp_security: str = "tls"
    authserv_ids: tuple[str, ...] = ()
    files_sent: bool = False
    advice: str = ""
    sign_in: str = PASSWORD

    @property
    def key(self) -> str:
        """Its name in an address."""
        named = self.name if self.sign_in == PASSWORD else f"{self.name} sign in"
        return named.lower().replace(" ", "-").replace(".", "-")

    def settings(self) -> dict[str, Any]:
        """The settings of a channel at this provider."""
        return {
            "imap_host": self.imap_host,
            "imap_port": 993,
            "imap_security": "tls",
            "smtp_host": self.smtp_host,
            "smtp_port": self.smtp_port,
            "smtp_security": self.smtp_security,
            "authserv_ids": list(self.authserv_ids),
            "sign_in": self.sign_in,
        }


PRESETS = (
    Preset(
        "Yandex",
        "imap.yandex.ru",
        "smtp.yandex.ru",
        advice=N_(
            "In Yandex Mail, allow mail programs to read by IMAP, then create an app password for “Mail” "
            "in Yandex ID and enter it here."
        ),
    ),
    Preset(
        "Mail.ru",
        "imap.mail.ru",
        "smtp.mail.ru",
        authserv_ids=("mxs.mail.ru",),
        advice=N_("In Mail.ru, create a password for external applications and enter it here."),
    ),
    Preset(
        "VK WorkSpace",
        "imap.mail.ru",
        "smtp.mail.ru",
        authserv_ids=("mxs.mail.ru",),
        advice=N_(
            "In VK WorkSpace, the administrator allows external applications; the mailbox's owner then "
            "creates a password for them and enters it here."
        ),
    ),
    Preset(
        "Gmail",
        "imap.gmail.com",
        "smtp.gmail.com",
        authserv_ids=("mx.google.com",),
        files_sent=True,
        advice=N_(
            "In the Google account, switch two-step verification on, then create an app password and "
            "enter it here."
        ),
    ),
    Preset(
        "Gmail",
        "imap.gmail.com",
        "smtp.gmail.com",
        authserv_ids=("mx.google.com",),
        files_sent=True,
        advice=N_(
            "Register this installation in the Google Cloud console once; then whoever owns the mailbox"
            " signs in at Google and allows it. No password is entered here."
        ),
        sign_in=GOOGLE.key,
    ),
    Preset(
        "Microsoft 365",
        "outlook.office365.com",
        "smtp.office365.com",
        587,
        "starttls",
        files_sent=True,
        advice=N_(
            "Register this installation in Microsoft Entra once; then whoever owns the mailbox signs in at"
            " Microsoft and allows it. No password is entered here."
        ),
        sign_in=MICROSOFT.key,
    ),
    Preset(
        "Outlook",
        "outlook.office365.com",
        "smtp.office365.com",
        587,
        "starttls",
        files_sent=True,
        advice=N_(
            "Microsoft lets mail programs in by password only where the organisation's administrator"
            " allows it."
        ),
    ),
)
FILES_SENT_ITSELF = frozenset(preset.smtp_host for preset in PRESETS if preset.files_sent)


def preset_at(host: str) -> Preset | None:
    """The provider whose server for incoming mail this is, of several by password the first."""
    there = (preset for preset in PRESETS if preset.imap_host == host.strip().lower())
    return next((preset for preset in there if preset.sign_in == PASSWORD), None)
