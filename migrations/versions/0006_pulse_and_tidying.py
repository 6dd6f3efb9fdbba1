"""How channels fare, and what is to be put away outside after it was read."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the columns, the index by time, and the table."""
    op.add_column("channels", sa.Column("last_login_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("channels", sa.Column("silence_told_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_arrivals_arrived", "arrivals", ["channel_id", "arrived_at"])
    op.create_table(
        "tidyings",
        sa.Column("arrival_id", sa.BigInteger(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["arrival_id"], ["arrivals.id"], name=op.f("fk_tidyings_arrival_id")),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_tidyings_channel_id")),
        sa.PrimaryKeyConstraint("arrival_id", name=op.f("pk_tidyings")),
    )
    op.create_index("ix_tidyings_due", "tidyings", ["due_at"])


def downgrade() -> None:
    """Take it all away again."""
    op.drop_table("tidyings")
    op.drop_index("ix_arrivals_arrived", table_name="arrivals")
    op.drop_column("channels", "silence_told_at")
    op.drop_column("channels", "last_login_at")
