"""What a customer's card says besides the name, and what brought the person."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_TEXTS = ("phone", "email", "company", "search_query", "first_channel")


def upgrade() -> None:
    """Columns with a default, so that the release before this one goes on; who is known keeps its first moment."""
    for name in _TEXTS:
        op.add_column("customers", sa.Column(name, sa.Text(), server_default="", nullable=False))
    op.add_column("customers", sa.Column("first_contact_at", sa.DateTime(timezone=True)))
    op.execute("""
        UPDATE customers SET first_channel = ch.kind, first_contact_at = customers.created_at
        FROM (SELECT DISTINCT ON (customer_id) customer_id, channel_id FROM dialogs ORDER BY customer_id, id) d
        JOIN channels ch ON ch.id = d.channel_id WHERE d.customer_id = customers.id
    """)
    op.create_index("ix_customers_kind", "customers", ["kind"], postgresql_where=sa.text("kind <> 'client'"))


def downgrade() -> None:
    """Take them away again."""
    op.drop_index("ix_customers_kind", "customers")
    op.drop_column("customers", "first_contact_at")
    for name in reversed(_TEXTS):
        op.drop_column("customers", name)
