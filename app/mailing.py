"""Our own letters: invitations and new passwords, in the language of whoever gets them."""

import structlog
from flask import render_template
from flask_babel import gettext

from app.aside import run_aside
from app.languages import speaking
from core.config import Settings, get_settings
from core.db import transaction
from core.outside.faults import OutsideFault
from core.outside.mail import SystemMail, SystemSmtp, plain_value, send_system_mail
from core.words import N_
from people.notices import notify

_log = structlog.get_logger("mailing")

_SUBJECTS = {
    "invitation": N_("%(name)s invites you to %(workspace)s"),
    "reset": N_("A new password for %(workspace)s"),
}


def mail_works() -> bool:
    """Whether there is a server for our own letters; until then links are shown to administrators."""
    return smtp_of(get_settings()) is not None


def smtp_of(settings: Settings) -> SystemSmtp | None:
    """The server for our own letters."""
    if not settings.system_smtp_host or not settings.system_smtp_from:
        return None
    password = settings.system_smtp_password
    return SystemSmtp(
        host=settings.system_smtp_host,
        sender=settings.system_smtp_from,
        port=settings.system_smtp_port,
        security=settings.system_smtp_security,
        username=settings.system_smtp_username,
        password=password.get_secret_value() if password else None,
    )


def send_link(
    kind: str,
    recipient: str,
    link: str,
    *,
    language: str,
    workspace: str,
    name: str = "",
    sender_id: int | None,
) -> None:
    """Write a letter with a link and send it beside the request; if it fails, the one who sent it is told."""
    smtp = smtp_of(get_settings())
    if smtp is None:
        return
    words = {"workspace": plain_value(workspace), "name": plain_value(name)}
    with speaking(language):
        mail = SystemMail(
            recipient=recipient,
            subject=str(gettext(_SUBJECTS[kind], **words)),
            text=render_template(f"mail/{kind}.txt", link=link, **words),
        )
    run_aside(lambda: _send(mail, smtp, sender_id))


def _send(mail: SystemMail, smtp: SystemSmtp, sender_id: int | None) -> None:
    try:
        send_system_mail(mail, smtp, base_url=get_settings().base_url)
    except OutsideFault as fault:
        _log.warning("letter_failed", fault=str(fault))
        if sender_id is not None:
            with transaction() as session:
                notify(session, sender_id, "mail.failed", "team", address=mail.recipient, reason=str(fault))
