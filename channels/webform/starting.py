"""Good forms to begin with: a question, a call back, an order, in the words of three languages."""

from typing import Any

from sqlalchemy.orm import Session

from channels.queries import mailboxes
from channels.webform.actions import answer_by, create_form, publish_form
from channels.webform.definition import Kind, Language, first_draft
from channels.webform.models import WebForm
from channels.webform.settings_form import SITES
from inbox.actions import confirm_outbound
from inbox.models import Channel
from people.models import Agent


def start_form(
    session: Session, *, agent: Agent | None, kind: Kind, language: Language, sites: str = ""
) -> WebForm:
    """A whole form in one go: published, and answered by the mailbox if there is just one."""
    draft = starting_draft(kind, language)
    name = draft["titles"][language]
    form = create_form(session, agent=agent, name=name, kind=kind, draft=draft, settings={SITES: sites})
    confirm_outbound(session, form.channel, agent=agent)
    found = session.scalars(mailboxes().where(Channel.enabled).limit(2)).all()
    if len(found) == 1:
        answer_by(session, form, agent=agent, mailbox=found[0])
    publish_form(session, form, agent=agent)
    return form


def starting_draft(kind: Kind, language: Language) -> dict[str, Any]:
    """A form that can go on a page as it is; its words are there in every language, it speaks one."""
    return {**first_draft(kind, _TITLES[kind]), "languages": [language], **_WORDS[kind]}


_TITLES: dict[Kind, dict[Language, str]] = {
    "question": {"ru": "Задать вопрос", "en": "Ask a question", "es": "Hacer una pregunta"},
    "callback": {"ru": "Заказать звонок", "en": "Ask for a call", "es": "Pedir una llamada"},
    "order": {"ru": "Оформить заказ", "en": "Place an order", "es": "Hacer un pedido"},
}
_WORDS: dict[Kind, dict[str, dict[Language, str]]] = {
    "question": {
        "introductions": {
            "ru": "Напишите, что вас интересует, и мы ответим на почту.",
            "en": "Tell us what you would like to know, and we will answer by e-mail.",
            "es": "Cuéntenos qué desea saber y le responderemos por correo.",
        },
        "buttons": {"ru": "Отправить вопрос", "en": "Send the question", "es": "Enviar la pregunta"},
        "thanks": {
            "ru": "Спасибо! Мы получили ваш вопрос и скоро ответим.",
            "en": "Thank you! We have your question and will answer soon.",
            "es": "¡Gracias! Hemos recibido su pregunta y responderemos pronto.",
        },
    },
    "callback": {
        "introductions": {
            "ru": "Оставьте номер, и мы перезвоним в рабочее время.",
            "en": "Leave your number, and we will call you back during working hours.",
            "es": "Deje su número y le llamaremos en horario de atención.",
        },
        "buttons": {"ru": "Жду звонка", "en": "Call me", "es": "Llámenme"},
        "thanks": {
            "ru": "Спасибо! Мы скоро вам позвоним.",
            "en": "Thank you! We will call you soon.",
            "es": "¡Gracias! Le llamaremos pronto.",
        },
    },
    "order": {
        "introductions": {
            "ru": "Скажите, что вам нужно. Мы проверим наличие и подтвердим заказ.",
            "en": "Tell us what you need. We will see whether it is there and confirm the order.",
            "es": "Díganos qué necesita. Comprobaremos si hay existencias y confirmaremos el pedido.",
        },
        "buttons": {"ru": "Отправить заказ", "en": "Send the order", "es": "Enviar el pedido"},
        "thanks": {
            "ru": "Спасибо! Заказ у нас, мы свяжемся с вами, чтобы его подтвердить.",
            "en": "Thank you! We have your order and will get in touch to confirm it.",
            "es": "¡Gracias! Tenemos su pedido y nos pondremos en contacto para confirmarlo.",
        },
    },
}
