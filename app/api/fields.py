"""Fields that a team adds to its customers' cards."""

from typing import Any

from app.api.commands import NoQuery
from app.api.endpoints import Work, reads
from app.api.shapes import FieldsShape
from people.queries import custom_fields


@reads("/customer-fields", answer=FieldsShape)
def read_fields(work: Work, asked: NoQuery) -> dict[str, Any]:
    """The fields on customers' cards that are in use; what is written in them comes with each card."""
    return {
        "fields": [
            {"id": each.id, "name": each.name, "type": each.type, "choices": each.choices}
            for each in work.session.scalars(custom_fields())
        ]
    }
