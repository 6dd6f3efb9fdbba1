"""Where customers came from the first time and the last."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One row for each card that a browser told about."""
    op.create_table(
        "customer_touches",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("first", postgresql.JSONB(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last", postgresql.JSONB(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_customer_touches_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_touches")),
    )
    op.create_index("ix_customer_touches_customer", "customer_touches", ["customer_id", "id"])


def downgrade() -> None:
    """Take it away again."""
    op.drop_table("customer_touches")
