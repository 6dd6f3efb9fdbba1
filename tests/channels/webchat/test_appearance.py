"""What an administrator sets for a chat, as fields and as settings; nonsense is refused at its field."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from channels.webchat.appearance import set_appearance, settings_from, told_of
from channels.webchat.prechat import fields_of
from core.errors import Invalid
from tests.makers import make_agent, make_channel


def filled(**given: Any) -> dict[str, Any]:
    """The fields of a new chat, changed."""
    return {**told_of({}), **given}


def test_what_is_kept_stands_in_the_fields_again() -> None:
    told = filled(
        colour="#AA3300",
        title_es="Hola",
        ask_name="may",
        ask_email="must",
        own_1="Order",
        own_2="Size",
        own_2_kind="select",
        own_2_options="S\nM\n",
        own_2_must=True,
        consent_text="I agree",
        consent_url="https://shop.example/privacy",
        reply_time="Within an hour",
    )
    kept = settings_from(told)
    assert told_of(kept) == {**told, "colour": "#aa3300", "own_2_options": "S\nM"}
    assert settings_from(told_of(kept)) == kept


def test_the_usual_questions_are_asked_in_the_visitors_language() -> None:
    kept = settings_from(filled(ask_email="must"))
    assert [each["label"] for each in fields_of(kept, "es-MX")] == ["Su correo"]
    assert [each["label"] for each in fields_of(kept, "de")] == ["Ваша почта"]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"colour": "red"}, "colour"),
        ({"colour": "#12345"}, "colour"),
        ({"side": "top"}, "side"),
        ({"theme": "blue"}, "theme"),
        ({"default_language": "de"}, "default_language"),
        ({"consent_url": "javascript:alert(1)"}, "consent_url"),
        ({"consent_url": 'https://shop.example/"><script>'}, "consent_url"),
        ({"title_ru": "x" * 501}, "title_ru"),
        ({"own_1": "Size", "own_1_kind": "select"}, "own_1_options"),
        ({"own_1": "Size", "own_1_kind": "file"}, "own_1_kind"),
    ],
)
def test_nonsense_is_refused_at_its_field(given: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        settings_from(filled(**given))
    assert refused.value.field == field


def test_letters_leave_by_a_mailbox_and_by_nothing_else(session: Session) -> None:
    ann = make_agent(session, "Ann", role="owner")
    chat, bot = make_channel(session, kind="webchat"), make_channel(session, kind="telegram")
    with pytest.raises(Invalid):
        set_appearance(session, chat, agent=ann, told=filled(), mailbox=bot)
    mailbox = make_channel(session, kind="email", address="support@helpdesk.test")
    set_appearance(session, chat, agent=ann, told=filled(), mailbox=mailbox)
    assert chat.settings["letters_by"] == mailbox.id
    set_appearance(session, chat, agent=ann, told=filled(), mailbox=None)
    assert chat.settings["letters_by"] is None
