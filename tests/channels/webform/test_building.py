"""Forms are built, published in versions that never change, and taken from the net again."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.webform.actions import (
    change_form,
    create_form,
    form_of_channel,
    form_with_key,
    publish_form,
    unpublish_form,
    version_of,
)
from channels.webform.answers import LONGEST_LINE, read_answers
from channels.webform.definition import Definition, definition_of, is_web_address
from channels.webform.models import WebFormVersion
from channels.webform.suspicion import is_suspicious, signs_in
from core.errors import Invalid
from core.events import Event
from tests.makers import make_agent

TITLE = {"en": "Ask us"}
FIELD = {"name": "message", "type": "long_text", "labels": {"en": "Question"}}


def built(*fields: dict[str, Any], **more: Any) -> Definition:
    return definition_of({"titles": TITLE, "fields": list(fields) or [FIELD], **more})


@pytest.mark.parametrize("kind", ["question", "callback", "order"])
def test_a_new_form_begins_with_the_fields_that_such_a_form_has(session: Session, kind: Any) -> None:
    form = create_form(session, agent=make_agent(session), name="Ask us", kind=kind, titles=TITLE)
    definition = definition_of(form.draft)
    assert definition.kind == kind
    assert any(each.required for each in definition.fields)
    assert form.version is None
    assert form.channel.settings["key"] == form.key
    assert form_with_key(session, form.key) is form
    assert form_of_channel(session, form.channel) is form


def test_what_is_published_never_changes_and_the_same_is_not_published_twice(session: Session) -> None:
    ann = make_agent(session)
    form = create_form(session, agent=ann, name="Ask us", titles=TITLE)
    first = publish_form(session, form, agent=ann)
    assert publish_form(session, form, agent=ann) is first
    change_form(session, form, agent=ann, definition={"titles": {"en": "Ask again"}, "fields": [FIELD]})
    assert version_of(session, form) is first
    second = publish_form(session, form, agent=ann)
    assert (first.number, second.number, form.version) == (1, 2, 2)
    assert first.definition["titles"] == TITLE
    assert second.published_by == ann.id
    unpublish_form(session, form, agent=ann)
    assert version_of(session, form) is None
    assert version_of(session, form, 1) is first
    assert len(session.scalars(select(WebFormVersion)).all()) == 2
    kinds = [kind for kind in session.scalars(select(Event.kind)) if kind.startswith("form.")]
    assert kinds == ["form.published", "form.changed", "form.published", "form.unpublished"]


@pytest.mark.parametrize(
    ("told", "place"),
    [
        ({"fields": []}, "fields"),
        ({"fields": [FIELD, FIELD]}, "fields"),
        ({"fields": [{**FIELD, "name": "website_url"}]}, "fields"),
        ({"fields": [{**FIELD, "name": "consent"}]}, "fields"),
        ({"fields": [{**FIELD, "name": "_next"}]}, "fields.0.name"),
        ({"fields": [{**FIELD, "type": "select"}]}, "fields.0.options"),
        ({"fields": [{**FIELD, "goes_to": "email"}]}, "fields.0.goes_to"),
        ({"fields": [{**FIELD, "labels": {}}]}, "words"),
        ({"fields": [{**FIELD, "labels": {"fr": "Question"}}]}, "fields.0.labels.fr.[key]"),
        ({"languages": []}, "languages"),
        ({"thank_you": "javascript:alert(1)"}, "address"),
        ({"unknown": 1}, "unknown"),
    ],
)
def test_what_does_not_hold_together_is_refused_by_its_place(told: dict[str, Any], place: str) -> None:
    with pytest.raises(Invalid) as refused:
        definition_of({"titles": TITLE, "fields": [FIELD], **told})
    assert refused.value.field == place


def test_words_that_lack_a_language_are_said_in_one_that_has_them() -> None:
    definition = built(languages=["ru", "es"], titles={"es": "Pregunta"})
    assert definition.said(definition.titles, "ru") == "Pregunta"
    assert definition.said(definition.thanks, "ru") == ""
    assert definition.language_for("en") == "ru"


@pytest.mark.parametrize(
    "address",
    [
        "javascript:x",
        "//evil.test",
        "https:///x",
        "https://x.test:0",
        "http://a b",
        'http://x"',
        "ftp://x.test",
        "",
    ],
)
def test_what_is_no_page_leads_nowhere(address: str) -> None:
    assert not is_web_address(address)


@pytest.mark.parametrize(
    ("type_", "typed", "value"),
    [
        ("text", " a\tb\u202e ", "a b"),
        ("email", "max@customer.test", "max@customer.test"),
        ("phone", "8 (912) 345-67-89", "+79123456789"),
        ("number", "1 234,5", 1234.5),
        ("number", "-2", -2),
        ("date", "2024-02-29", "2024-02-29"),
        ("checkbox", "yes", True),
        ("checkbox", "", False),
        ("long_text", "one\r\ntwo", "one\ntwo"),
    ],
)
def test_what_is_typed_is_kept_as_what_it_is(type_: str, typed: str, value: object) -> None:
    answers = read_answers(built({**FIELD, "type": type_}), {"message": [typed]}, region="RU")
    assert (answers.values["message"], answers.errors) == (value, {})


@pytest.mark.parametrize(
    ("type_", "typed"),
    [
        ("text", "x" * (LONGEST_LINE + 1)),
        ("email", "max@"),
        ("phone", "112"),
        ("number", "many"),
        ("number", "9" * 16),
        ("date", "2023-02-29"),
        ("date", "20240229"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(type_: str, typed: str) -> None:
    answers = read_answers(built({**FIELD, "type": type_}), {"message": [typed]}, region="RU")
    assert set(answers.errors) == {"message"}
    assert answers.values == {}
    assert answers.typed["message"] == typed


@given(
    st.sampled_from(["text", "long_text", "email", "phone", "number", "checkbox", "date"]),
    st.text(max_size=80) | st.text("0123456789+-. ()", max_size=30),
)
def test_whatever_is_typed_is_read(type_: str, typed: str) -> None:
    answers = read_answers(built({**FIELD, "type": type_}), {"message": [typed]}, region="ES")
    assert "\0" not in str(answers.values) + str(answers.typed)
    assert set(answers.errors) <= {"message"}


def test_links_weigh_little_and_many_of_them_much() -> None:
    assert signs_in("See https://shop.example/boots, do you have them in 42?", "Max") == ["links"]
    assert signs_in("https://x.example", "Max") == ["links", "only_links"]
    assert signs_in("a " + "http://x.example " * 5 + "and so much more to say", "Max") == ["many_links"]
    assert not is_suspicious(["links", "no_proof"], "normal")
    assert is_suspicious(["links", "no_proof"], "strict")
    assert is_suspicious(["honeypot"], "lenient")
    assert is_suspicious(["many_links", "no_proof"], "what nobody set")
