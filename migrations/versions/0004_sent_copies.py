"""Copies of what left, to be filed outside."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make their table."""
    op.create_table(
        "sent_copies",
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_sent_copies_channel_id")),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_sent_copies_message_id")),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_sent_copies")),
    )
    op.create_index("ix_sent_copies_due", "sent_copies", ["due_at"])


def downgrade() -> None:
    """Take it away again."""
    op.drop_table("sent_copies")
