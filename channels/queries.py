"""What there is of channels, to choose among."""

from sqlalchemy import Select, select

from inbox.models import Channel


def mailboxes() -> Select[Channel]:
    """The mailboxes that letters can leave by, the oldest first; none of a demonstration."""
    return select(Channel).where(Channel.kind == "email", Channel.demo.is_(False)).order_by(Channel.id)
