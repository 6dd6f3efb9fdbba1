"""Mailboxes that somebody signs in for at a provider."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The release before this one knows passwords only and looks at none of this."""
    op.create_table(
        "sign_ins",
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("holds_for", sa.Text(), nullable=False),
        sa.Column("tokens", sa.LargeBinary()),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("renew_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signed_in_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("refused_at", sa.DateTime(timezone=True)),
        sa.Column("refused_detail", sa.Text(), nullable=False),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True)),
        sa.Column("lease_token", sa.Text()),
        sa.Column("lease_until", sa.DateTime(timezone=True)),
        sa.Column("leaving_at", sa.DateTime(timezone=True)),
        sa.Column("revoke_url", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_sign_ins_channel_id")),
        sa.PrimaryKeyConstraint("channel_id", name=op.f("pk_sign_ins")),
    )
    op.create_table(
        "sign_in_attempts",
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("holds_for", sa.Text(), nullable=False),
        sa.Column("redirect_uri", sa.Text(), nullable=False),
        sa.Column("state_hash", sa.Text(), nullable=False),
        sa.Column("browser", sa.BigInteger(), nullable=False),
        sa.Column("agent_id", sa.BigInteger(), nullable=False),
        sa.Column("kept", sa.LargeBinary()),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True)),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True)),
        sa.Column("lease_until", sa.DateTime(timezone=True)),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_sign_in_attempts_agent_id")),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_sign_in_attempts_channel_id")),
        sa.PrimaryKeyConstraint("channel_id", name=op.f("pk_sign_in_attempts")),
        sa.UniqueConstraint("state_hash", name=op.f("uq_sign_in_attempts_state_hash")),
    )


def downgrade() -> None:
    """Whoever signed in does so again."""
    op.drop_table("sign_in_attempts")
    op.drop_table("sign_ins")
