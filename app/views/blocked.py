"""Senders nobody listens to, and what they wrote: seen, restored, unblocked."""

from flask import request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from app.access import Whom, blocked_for, identity_for, open_to, visible_blocked, visible_customers
from app.identity import me
from app.pages import done, page
from app.views.customers import customers
from channels.models import BlockedMessage
from channels.restoring import restore_blocked
from core.db import transaction
from people import actions as people
from people.models import Customer, CustomerIdentity
from people.queries import blocked_identities

PAGE = 50
MOST_SENDERS = 200


@customers.get("/blocked")
@open_to(Whom.TEAM)
def blocked() -> Response:
    """Show what blocked senders wrote, the newest first, and who they are."""
    before = request.args.get("before", "")
    with transaction() as session:
        agent = me(session)
        wanted = visible_blocked(session, agent)
        if before.isdecimal() and len(before) < 19:
            wanted = wanted.where(BlockedMessage.id < int(before))
        found = session.scalars(wanted.limit(PAGE + 1)).all()
        seen = visible_customers(session, agent).with_only_columns(Customer.id)
        senders = session.scalars(
            blocked_identities().where(CustomerIdentity.customer_id.in_(seen)).limit(MOST_SENDERS)
        ).all()
        return page(
            "customers/blocked.html",
            messages=found[:PAGE],
            has_more=len(found) > PAGE,
            senders=senders,
            may_act=agent.may_reply,
        )


@customers.post("/identities/<int:identity_id>/block")
@open_to(Whom.WRITERS)
def block(identity_id: int) -> Response:
    """Stop listening to an address."""
    with transaction() as session:
        agent = me(session)
        identity = identity_for(session, agent, identity_id)
        people.block_identity(session, identity, agent=agent)
        card = url_for("customers.card", customer_id=identity.customer_id)
    return done(card, gettext("Blocked. What comes from this address is kept apart."))


@customers.post("/identities/<int:identity_id>/unblock")
@open_to(Whom.WRITERS)
def unblock(identity_id: int) -> Response:
    """Listen to an address again."""
    with transaction() as session:
        agent = me(session)
        identity = identity_for(session, agent, identity_id)
        people.unblock_identity(session, identity, agent=agent)
        card = url_for("customers.card", customer_id=identity.customer_id)
    return done(card, gettext("Unblocked. What comes from now on opens dialogs."))


@customers.post("/blocked/<int:blocked_id>/restore")
@open_to(Whom.WRITERS)
def restore(blocked_id: int) -> Response:
    """Let in what a blocked sender wrote."""
    with transaction() as session:
        agent = me(session)
        restore_blocked(session, blocked_for(session, agent, blocked_id), agent=agent)
    return done(url_for("customers.blocked"), gettext("Restored. It appears in the feed in a moment."))
