"""People, channels and labels as the API says them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access import visible_dialogs
from app.sentences import health_sentence
from channels.adapter import Capabilities
from channels.registry import capabilities_of, file_links_of
from core.files import LARGEST_FILE
from inbox.models import Dialog
from people.models import Agent, Customer, CustomerIdentity
from people.preferences import preferences_of
from people.queries import identities_of
from people.touches import sources_of
from tags.models import Tag

MOST_DIALOGS = 50


def agent_json(agent: Agent) -> dict[str, Any]:
    """A person of the team."""
    return {
        "id": agent.id,
        "name": agent.name,
        "email": agent.email,
        "role": agent.role,
        "availability": agent.availability,
        "active": agent.active,
        "avatar": None,
    }


def preferences_json(agent: Agent) -> dict[str, Any]:
    """How a person likes the screen."""
    return preferences_of(agent.settings).model_dump(mode="json")


def with_abilities(channel: dict[str, Any]) -> dict[str, Any]:
    """A channel's row as the composer needs it: why it is not well, and what it can do."""
    code, detail = channel.pop("health_code"), channel.pop("health_detail")
    own, by = capabilities_of(channel["kind"]), channel.pop("answers_kind")
    able = capabilities_of(by)
    links = file_links_of(by, channel.pop("answers_settings"))
    return {
        **channel,
        "health_text": health_sentence(code, detail, channel["kind"]),
        "quotes": quotes_below(by, channel["quotes"]),
        "capabilities": {
            **capabilities_json(able),
            "can_initiate": own.can_initiate if own else False,
            **({"attachment_bytes": links.largest} if links is not None else {}),
            "links_above": links.above if links is not None else 0,
        },
    }


def quotes_below(kind: str, setting: bool | None) -> bool:
    """Whether answers of a channel carry what they answer below, unless their writer says otherwise."""
    able = capabilities_of(kind)
    return able is not None and able.quotes and setting is not False


def signs(kind: str) -> bool:
    """Whether a signature stands below what is written on a channel of this kind."""
    able = capabilities_of(kind)
    return able is not None and able.signatures


def capabilities_json(able: Capabilities | None) -> dict[str, Any]:
    """What the composer may offer; nothing for a channel nobody can speak."""
    return {
        "html": able.html if able else "none",
        "subject": able.subject if able else False,
        "recipients": able.recipients if able else False,
        "answers": able.answers if able else False,
        "max_text": able.max_text if able else 0,
        "max_attachments": able.max_attachments if able else 0,
        "attachment_bytes": min(able.attachment_bytes, LARGEST_FILE) if able else 0,
        "send_key": able.send_key if able else "enter",
        "can_initiate": able.can_initiate if able else False,
        "signatures": able.signatures if able else False,
        "replies": able.replies if able else False,
        "edit_window": able.edit_window if able else None,
        "delete_window": able.delete_window if able else None,
    }


def tag_json(tag: Tag) -> dict[str, Any]:
    """A label."""
    return {"id": tag.id, "name": tag.name, "weight": tag.weight, "colour": tag.colour}


def customer_json(session: Session, customer: Customer, *, agent: Agent) -> dict[str, Any]:
    """A card, with those of the customer's dialogs that this person may see."""
    identities = session.scalars(identities_of(customer))
    dialogs = session.execute(
        visible_dialogs(session, agent)
        .with_only_columns(Dialog.id, Dialog.subject, Dialog.state, Dialog.last_message_at)
        .where(Dialog.customer_id == customer.id)
        .order_by(Dialog.last_message_at.desc())
        .limit(MOST_DIALOGS)
    )
    sources = sources_of(session, customer)
    return card_json(
        customer,
        [_identity_json(each) for each in identities],
        [dict(each._mapping) for each in dialogs],
        asdict(sources) if sources is not None else None,
    )


def card_json(
    customer: Customer,
    identities: Sequence[Mapping[str, Any]],
    dialogs: Sequence[Mapping[str, Any]],
    sources: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """A card with the addresses, dialogs and ways to us that were found for it."""
    return {
        "id": customer.id,
        "name": customer.name,
        "kind": customer.kind,
        "identities": identities,
        "phones": [each["address"] for each in identities if each["kind"] == "phone"],
        "local_time_zone": customer.zone,
        "first_seen_at": customer.created_at,
        "first_channel": customer.first_channel,
        "first_contact_at": customer.first_contact_at,
        "phone": customer.phone,
        "email": customer.email,
        "company": customer.company,
        "search_query": customer.search_query,
        "fields": customer.fields,
        "dialogs": dialogs,
        "notes": customer.notes,
        "sources": sources,
    }


def _identity_json(identity: CustomerIdentity) -> dict[str, Any]:
    return {
        "id": identity.id,
        "kind": identity.kind,
        "address": identity.shown,
        "verified": identity.verified,
        "reachable": identity.reachable,
        "blocked": identity.blocked_at is not None,
        "picture": picture_of(identity),
    }


def picture_of(identity: CustomerIdentity) -> str | None:
    """Where the picture of whoever has this address is fetched from."""
    sha256 = identity.picture_sha256
    return f"/pictures/{identity.id}/{sha256[:12]}" if sha256 else None


def team_names(session: Session) -> dict[int, str]:
    """The name of everybody who works or worked here."""
    return dict(session.execute(select(Agent.id, Agent.name)).all())
