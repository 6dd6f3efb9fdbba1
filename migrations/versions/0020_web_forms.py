"""Forms, the versions people filled in, and what is set apart besides the words of blocked senders."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What is suspected has no sender yet: nobody's card is made for a robot."""
    op.create_table(
        "web_forms",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("draft", postgresql.JSONB(), nullable=False),
        sa.Column("version", sa.BigInteger()),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_web_forms_channel_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_forms")),
        sa.UniqueConstraint("channel_id", name=op.f("uq_web_forms_channel_id")),
        sa.UniqueConstraint("key", name=op.f("uq_web_forms_key")),
    )
    op.create_table(
        "web_form_versions",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("form_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("definition", postgresql.JSONB(), nullable=False),
        sa.Column("published_by", sa.BigInteger()),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["form_id"], ["web_forms.id"], name=op.f("fk_web_form_versions_form_id")),
        sa.ForeignKeyConstraint(
            ["published_by"], ["agents.id"], name=op.f("fk_web_form_versions_published_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_form_versions")),
        sa.UniqueConstraint("form_id", "number", name=op.f("uq_web_form_versions_form_id_number")),
    )
    op.alter_column("blocked_messages", "identity_id", nullable=True)
    op.add_column("blocked_messages", sa.Column("sender", sa.Text(), server_default="", nullable=False))
    op.add_column(
        "blocked_messages",
        sa.Column("signs", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
    )


def downgrade() -> None:
    """Take it away again, with what was set apart as suspicious; its arrivals stay."""
    op.drop_column("blocked_messages", "signs")
    op.drop_column("blocked_messages", "sender")
    op.execute("DELETE FROM blocked_messages WHERE identity_id IS NULL")
    op.alter_column("blocked_messages", "identity_id", nullable=False)
    op.drop_table("web_form_versions")
    op.drop_table("web_forms")
