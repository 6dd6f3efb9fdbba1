"""Finding cards that may be one person's, and remembering which are not."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Indexes to compare by, and the pairs that somebody refused."""
    op.create_index("ix_customers_phone", "customers", ["phone"], postgresql_where=sa.text("phone <> ''"))
    op.create_index(
        "ix_customers_email", "customers", [sa.text("lower(email)")], postgresql_where=sa.text("email <> ''")
    )
    op.create_index("ix_customers_name", "customers", [sa.text("lower(name)")])
    op.create_table(
        "refused_matches",
        sa.Column("first_id", sa.BigInteger(), nullable=False),
        sa.Column("second_id", sa.BigInteger(), nullable=False),
        sa.Column("agent_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("first_id < second_id", name=op.f("ck_refused_matches_ordered")),
        sa.ForeignKeyConstraint(["first_id"], ["customers.id"], name=op.f("fk_refused_matches_first_id")),
        sa.ForeignKeyConstraint(["second_id"], ["customers.id"], name=op.f("fk_refused_matches_second_id")),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_refused_matches_agent_id")),
        sa.PrimaryKeyConstraint("first_id", "second_id", name=op.f("pk_refused_matches")),
    )
    op.create_index("ix_refused_matches_second_id", "refused_matches", ["second_id"])


def downgrade() -> None:
    """Take them away again."""
    op.drop_table("refused_matches")
    op.drop_index("ix_customers_name", "customers")
    op.drop_index("ix_customers_email", "customers")
    op.drop_index("ix_customers_phone", "customers")
