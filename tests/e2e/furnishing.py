"""A desk as it looks on a working day, for pictures and for looking at every screen."""

from dataclasses import asdict
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from channels.email.checking import GOOD
from channels.email.records import check_records
from channels.models import Arrival, ArrivalState, BlockedMessage, ChannelCheck
from channels.webform.actions import change_form, publish_form
from channels.webform.starting import start_form
from core.clock import now
from inbox.actions import NewComment, assign, change_channel, comment, mark_read, merge_customers
from inbox.models import Channel, Dialog, State
from people.actions import block_identity, change_customer, make_field, set_fields, start_session
from people.models import Agent, Customer, Role, Workspace
from people.queries import identities_of
from tests.makers import make_agent, make_channel, make_dialog, make_message, make_tag, make_team

LANGUAGES = ("ru", "en", "es")
FORM, CHAT = "furnished", "furnished-chat"
_LETTERS = {
    "ru": [
        ("Мария Ким", "Размер не подошёл", "Здравствуйте! Кроссовки малы, можно обменять на 39?"),
        ("Иван Петров", "Где посылка 20417?", "Добрый день. Курьер обещал вчера, но никто не приехал."),
        ("ООО «Север»", "Счёт на оплату", "Пришлите, пожалуйста, счёт на 40 комплектов и сроки поставки."),
        ("Ольга", "", "Спасибо, всё пришло!"),
    ],
    "en": [
        ("Max Miller", "Parcel 20417", "Hello, the courier was to come yesterday, but nobody came."),
        ("Emma Brown", "Refund", "I sent the lamp back last week. When will I get my money?"),
    ],
    "es": [("Lucía Gómez", "Cambio de talla", "¡Hola! ¿Puedo cambiar la chaqueta por una talla M?")],
}


def furnish(session: Session) -> dict[str, str]:
    """Fill an empty installation; a signed-in browser's cookie for each language."""
    session.merge(Workspace(id=1, name="Лавка"))
    owners = {
        "ru": make_agent(session, "Анна Смирнова", role=Role.OWNER, language="ru"),
        "en": make_agent(session, "Ben Carter", role=Role.ADMIN, language="en"),
        "es": make_agent(session, "Carmen Ruiz", role=Role.ADMIN, language="es"),
    }
    make_team(session, *owners.values(), name="Доставка")
    _dialogs(session, owners)
    _people(session, owners["ru"])
    _form(session, owners["ru"])
    _chat(session)
    cookies = {
        language: start_session(session, agent, address="127.0.0.1", user_agent="Firefox on Linux")
        for language, agent in owners.items()
    }
    session.commit()
    return cookies


def _checked(channel: Channel) -> ChannelCheck:
    """A test that went well but for what the domain publishes."""
    zone = {
        "lavka.example.org": ["v=spf1 mx ~all"],
        "_dmarc.lavka.example.org": ["v=DMARC1; p=none; rua=mailto:post@lavka.example.org"],
    }
    records = check_records("lavka.example.org", _Zone(zone), smtp_host="smtp.yandex.ru")
    return ChannelCheck(
        channel_id=channel.id,
        state="ok",
        done_at=now(),
        steps=[["imap.login", True, GOOD["login"]], ["smtp.login", True, GOOD["login"]]],
        warnings=[],
        facts={
            "folders": {"INBOX": 2412, "Sent": 1820, "Spam": 17},
            "waiting": {"all": 2412, "7": 31, "30": 140, "90": 402, "365": 1605},
            "records": [asdict(each) for each in records],
        },
    )


class _Zone:
    def __init__(self, records: dict[str, list[str]]) -> None:
        self._records = records

    def texts(self, name: str, seconds: float = 5.0) -> list[str]:
        """The records of a name."""
        return self._records.get(name, [])


def _dialogs(session: Session, owners: dict[str, Agent]) -> None:
    support = make_channel(session, name="Поддержка", address="help@lavka.test", kind="email", enabled=False)
    make_channel(session, name="Опт", address="opt@lavka.test", kind="email", enabled=False)
    session.add(_checked(support))
    _bot(session)
    tag = make_tag(session, "Срочно", weight=10)
    anna, ben = owners["ru"], owners["en"]
    made: list[Dialog] = []
    for letters in _LETTERS.values():
        for name, subject, text in letters:
            made.append(
                make_dialog(session, support, text, customer=name, subject=subject, envelope=_from(name))
            )
    first = made[0]
    make_message(session, first, "Москва, Лесная 5. И спасибо за быстрый ответ!", customer="Мария Ким")
    note = NewComment("Постоянный клиент, обмен за наш счёт.", mentions=[ben.id])
    comment(session, first, agent=anna, new=note)
    mark_read(session, first, agent=anna, message_id=first.last_received_id or 0)
    assign(session, made[1], agent=ben, assignee=anna)
    for state, number in ((State.SNOOZED, 3), (State.COMPLETED, 6)):
        text = "Напомните мне на следующей неделе." if number == 3 else "Gracias, todo bien."
        until = now() + timedelta(hours=20)
        make_dialog(session, support, text, customer=f"Клиент {number}", state=state, agent=anna, until=until)
    session.execute(
        update(Dialog).where(Dialog.id == made[1].id).values(tag_ids=[tag.id], tag_weight=tag.weight)
    )
    session.commit()


def _people(session: Session, owner: Agent) -> None:
    """The first card with all a card can have: own fields, another merged into it, one that fits, a block."""
    size = make_field(session, agent=owner, name="Размер", type_="choice", choices=["38", "39", "40"])
    club = make_field(session, agent=owner, name="В клубе", type_="yes_no", choices=[])
    first, other, third = session.scalars(select(Customer).order_by(Customer.id).limit(3)).all()
    change_customer(
        session, first, agent=owner, phone="+7 912 345-67-89", company="ООО «Вершина»", zone="Asia/Omsk"
    )
    change_customer(session, third, agent=owner, phone="+7 912 345-67-89")
    set_fields(session, first, {size.id: "39", club.id: "yes"}, agent=owner)
    merge_customers(session, other, first, agent=owner)
    pest = session.scalars(identities_of(third)).one()
    block_identity(session, pest, agent=owner)
    channel = session.scalars(select(Channel).order_by(Channel.id)).first()
    assert channel is not None
    arrival = Arrival(channel_id=channel.id, event_key="kept", order_key="kept", state=ArrivalState.BLOCKED)
    session.add(arrival)
    session.flush()
    session.add(
        BlockedMessage(
            arrival_id=arrival.id,
            channel_id=channel.id,
            identity_id=pest.id,
            subject="Раскрутим ваш сайт",
            text="Только сегодня: первое место в поиске за 3000 рублей.",
            files=1,
            said_at=now(),
        )
    )


def _form(session: Session, owner: Agent) -> None:
    """A form for orders, in two languages, that a stranger finds at `/f/furnished`."""
    form = start_form(session, agent=owner, kind="order", language="ru", sites="lavka.example")
    change_channel(session, form.channel, agent=owner, settings={"key": FORM, "colour": "#8a4b2f"})
    form.key = FORM
    consent = {
        "ru": "Согласен на обработку моих данных, чтобы получить ответ.",
        "en": "I agree that my data are kept to answer me.",
    }
    choice = {
        "name": "delivery",
        "type": "select",
        "labels": {"ru": "Доставка", "en": "Delivery"},
        "options": ["Курьер", "Почта", "Самовывоз"],
        "hints": {"ru": "По Москве курьер бесплатный."},
    }
    photo = {"name": "photo", "type": "file", "labels": {"ru": "Фото образца", "en": "A photo"}}
    fields = [*form.draft["fields"], choice, photo]
    told = {**form.draft, "fields": fields, "languages": ["ru", "en"], "consent": consent}
    change_form(session, form, agent=owner, definition=told)
    publish_form(session, form, agent=owner)
    session.commit()


def _chat(session: Session) -> None:
    """A chat on the site that asks for a name, and writes to those who have left."""
    words = {"ru": {"title": "Лавка на связи", "greeting": "Здравствуйте! Подскажем с размером и доставкой."}}
    asked = {"name": "name", "label": "Как вас зовут?", "kind": "text", "required": False}
    support = session.scalars(select(Channel).where(Channel.kind == "email").order_by(Channel.id)).first()
    assert support is not None
    make_channel(
        session,
        name="Чат на сайте",
        kind="webchat",
        settings={
            "key": CHAT,
            "sites": "lavka.example\n*.lavka.example",
            "colour": "#8a4b2f",
            "texts": words,
            "prechat": [asked],
            "reply_time": "Отвечаем за час",
            "letters_by": support.id,
        },
    )
    session.commit()


def _bot(session: Session) -> None:
    """A bot whose token is refused, and what came by it that nobody could read."""
    bot = make_channel(session, name="Бот в MAX", address="@lavka_bot", kind="max", enabled=False)
    bot.settings = {"api_base": "https://platform-api2.max.ru", "mode": "poll"}
    bot.health, bot.health_code, bot.health_detail = "broken", "token_refused", "401 verify.token"
    update = {"update_type": "message_created", "message": {"body": {"text": "<b>" * 400 + "\u202eтекст"}}}
    for number in range(3):
        session.add(
            Arrival(
                channel_id=bot.id,
                event_key=f"message_created:{number}" * 6,
                order_key="7",
                payload=update,
                state=ArrivalState.QUARANTINED if number else ArrivalState.FETCHED,
                reason="unreadable: timestamp is missing",
                attempts=2,
                due_at=now() + timedelta(days=1),
            )
        )


def _from(name: str) -> dict[str, object]:
    return {"from": {"address": f"{name.lower()}@customer.test", "name": name}, "to": [], "cc": []}
