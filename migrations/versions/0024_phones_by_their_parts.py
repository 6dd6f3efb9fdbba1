"""A phone is found by any part of it, as quickly as a name."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

NAME = "ix_customers_phone_trigrams"


def upgrade() -> None:
    """Index the phones of those who told one."""
    op.create_index(
        NAME,
        "customers",
        ["phone"],
        postgresql_using="gin",
        postgresql_ops={"phone": "gin_trgm_ops"},
        postgresql_where=sa.text("phone <> ''"),
    )


def downgrade() -> None:
    """As it was."""
    op.drop_index(NAME, "customers")
