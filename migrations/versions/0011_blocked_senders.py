"""Senders who are blocked, and what they wrote since."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The release before this one blocks nobody and reads arrivals as ever."""
    op.add_column("identities", sa.Column("blocked_at", sa.DateTime(timezone=True)))
    op.add_column("identities", sa.Column("blocked_by", sa.BigInteger()))
    op.create_foreign_key(op.f("fk_identities_blocked_by"), "identities", "agents", ["blocked_by"], ["id"])
    op.create_index(
        "ix_identities_blocked",
        "identities",
        ["blocked_at"],
        postgresql_where=sa.text("blocked_at IS NOT NULL"),
    )
    op.add_column("arrivals", sa.Column("let_in", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.drop_constraint(op.f("ck_arrivals_state"), "arrivals")
    op.create_check_constraint(
        op.f("ck_arrivals_state"),
        "arrivals",
        "state IN ('fetched', 'read', 'duplicate', 'ignored', 'quarantined', 'blocked')",
    )
    op.create_table(
        "blocked_messages",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("arrival_id", sa.BigInteger(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("identity_id", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("files", sa.BigInteger(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("restored_at", sa.DateTime(timezone=True)),
        sa.Column("restored_by", sa.BigInteger()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["arrival_id"], ["arrivals.id"], name=op.f("fk_blocked_messages_arrival_id")),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_blocked_messages_channel_id")),
        sa.ForeignKeyConstraint(
            ["identity_id"], ["identities.id"], name=op.f("fk_blocked_messages_identity_id")
        ),
        sa.ForeignKeyConstraint(["restored_by"], ["agents.id"], name=op.f("fk_blocked_messages_restored_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blocked_messages")),
    )
    op.create_index("ix_blocked_messages_arrival_id", "blocked_messages", ["arrival_id"])
    op.create_index("ix_blocked_messages_identity_id", "blocked_messages", ["identity_id"])


def downgrade() -> None:
    """What was blocked waits as parked, so that nothing is lost."""
    op.drop_table("blocked_messages")
    op.execute("UPDATE arrivals SET state = 'quarantined', reason = 'blocked' WHERE state = 'blocked'")
    op.drop_constraint(op.f("ck_arrivals_state"), "arrivals")
    op.create_check_constraint(
        op.f("ck_arrivals_state"),
        "arrivals",
        "state IN ('fetched', 'read', 'duplicate', 'ignored', 'quarantined')",
    )
    op.drop_column("arrivals", "let_in")
    op.drop_index("ix_identities_blocked", "identities")
    op.drop_column("identities", "blocked_by")
    op.drop_column("identities", "blocked_at")
