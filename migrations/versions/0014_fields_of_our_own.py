"""Fields that a team adds to the cards of customers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The definitions, and the values in one column of each card."""
    op.create_table(
        "custom_fields",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("choices", postgresql.JSONB(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "type IN ('text', 'number', 'date', 'choice', 'yes_no')", name=op.f("ck_custom_fields_type")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custom_fields")),
        sa.UniqueConstraint("name", name=op.f("uq_custom_fields_name")),
    )
    op.add_column("customers", sa.Column("fields", postgresql.JSONB(), server_default="{}", nullable=False))


def downgrade() -> None:
    """Take them away again, with what was written in them."""
    op.drop_column("customers", "fields")
    op.drop_table("custom_fields")
