"""Proofs of work that were used while Valkey was away."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One small table; its rows live for an hour."""
    op.create_table(
        "spent_challenges",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_spent_challenges")),
    )


def downgrade() -> None:
    """Take it away again."""
    op.drop_table("spent_challenges")
