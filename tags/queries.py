"""Labels to choose from."""

from sqlalchemy import Select, func, select

from tags.models import Tag


def all_tags() -> Select[Tag]:
    """Every label, heaviest first, then by name."""
    return select(Tag).order_by(Tag.weight.desc(), func.lower(Tag.name))
