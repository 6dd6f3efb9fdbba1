"""Visitors of the chat on a site, their browsers, and what lies in their chats."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Four tables: visitors, tokens, lines, files."""
    _visitors()
    op.create_table(
        "webchat_tokens",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("visitor_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(
            ["visitor_id"],
            ["webchat_visitors.id"],
            name=op.f("fk_webchat_tokens_visitor_id_webchat_visitors"),
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_webchat_tokens")),
    )
    op.create_index(op.f("ix_webchat_tokens_visitor_id"), "webchat_tokens", ["visitor_id"])
    _lines()
    _files()


def downgrade() -> None:
    """Take them away again, with all that was said."""
    for table in ("webchat_files", "webchat_lines", "webchat_tokens", "webchat_visitors"):
        op.drop_table(table)


def _visitors() -> None:
    op.create_table(
        "webchat_visitors",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text()),
        sa.Column("proven", postgresql.JSONB(), nullable=False),
        sa.Column("told", postgresql.JSONB(), nullable=False),
        sa.Column("consent_at", sa.DateTime(timezone=True)),
        sa.Column("worked_at", sa.DateTime(timezone=True)),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("page", postgresql.JSONB(), nullable=False),
        sa.Column("touches", postgresql.JSONB(), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.Column("last_rev", sa.BigInteger(), nullable=False),
        sa.Column("read_seq", sa.BigInteger(), nullable=False),
        sa.Column("agent_read_seq", sa.BigInteger(), nullable=False),
        sa.Column("unread_since", sa.DateTime(timezone=True)),
        sa.Column("typing_until", sa.DateTime(timezone=True)),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("merged_into", sa.BigInteger()),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk_webchat_visitors_channel_id_channels")
        ),
        sa.ForeignKeyConstraint(
            ["merged_into"],
            ["webchat_visitors.id"],
            name=op.f("fk_webchat_visitors_merged_into_webchat_visitors"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webchat_visitors")),
        sa.UniqueConstraint("channel_id", "user_id", name=op.f("uq_webchat_visitors_channel_id_user_id")),
        sa.UniqueConstraint("key", name=op.f("uq_webchat_visitors_key")),
    )
    op.create_index(
        "ix_webchat_visitors_unread",
        "webchat_visitors",
        ["unread_since", "id"],
        postgresql_where=sa.text("unread_since IS NOT NULL"),
    )
    op.create_index(
        "ix_webchat_visitors_silent",
        "webchat_visitors",
        ["last_seen_at"],
        postgresql_where=sa.text("last_seq = 0"),
    )


def _lines() -> None:
    op.create_table(
        "webchat_lines",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("visitor_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("rev", sa.BigInteger(), nullable=False),
        sa.Column("client_id", sa.Text()),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text()),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True)),
        sa.Column("deleted_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("origin IN ('visitor', 'agent', 'system')", name=op.f("ck_webchat_lines_origin")),
        sa.ForeignKeyConstraint(
            ["visitor_id"], ["webchat_visitors.id"], name=op.f("fk_webchat_lines_visitor_id_webchat_visitors")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webchat_lines")),
        sa.UniqueConstraint("key", name=op.f("uq_webchat_lines_key")),
        sa.UniqueConstraint("visitor_id", "client_id", name=op.f("uq_webchat_lines_visitor_id_client_id")),
        sa.UniqueConstraint("visitor_id", "seq", name=op.f("uq_webchat_lines_visitor_id_seq")),
    )
    op.create_index(
        "ix_webchat_lines_changed",
        "webchat_lines",
        ["visitor_id", "rev"],
        postgresql_where=sa.text("rev > 0"),
    )


def _files() -> None:
    op.create_table(
        "webchat_files",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("visitor_id", sa.BigInteger(), nullable=False),
        sa.Column("client_id", sa.Text()),
        sa.Column("line_id", sa.BigInteger()),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("mime", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("is_image", sa.Boolean(), nullable=False),
        sa.Column("width", sa.BigInteger()),
        sa.Column("height", sa.BigInteger()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["line_id"], ["webchat_lines.id"], name=op.f("fk_webchat_files_line_id_webchat_lines")
        ),
        sa.ForeignKeyConstraint(
            ["visitor_id"], ["webchat_visitors.id"], name=op.f("fk_webchat_files_visitor_id_webchat_visitors")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webchat_files")),
        sa.UniqueConstraint("visitor_id", "client_id", name=op.f("uq_webchat_files_visitor_id_client_id")),
    )
    op.create_index(op.f("ix_webchat_files_line_id"), "webchat_files", ["line_id"])
