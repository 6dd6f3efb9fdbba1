"""What messengers know: versions, albums, reactions, cards, files that lie outside, small calls, links."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)
_JSON = postgresql.JSONB()


def upgrade() -> None:
    """Add columns with defaults for a release that does not know them, and the tables."""
    _change_messages()
    _change_others()
    _make_tables_of_messages()
    _make_start_links()
    _make_errands()


def downgrade() -> None:
    """Take it all away again."""
    for table in (
        "rate_marks",
        "errands",
        "start_links",
        "remote_files",
        "message_names",
        "message_revisions",
    ):
        op.drop_table(table)
    op.drop_column("dialogs", "unreachable_since")
    op.drop_column("dialogs", "reply_until")
    op.drop_index("ix_message_parts_client_key", table_name="message_parts")
    op.drop_column("message_parts", "client_key")
    op.drop_index("ix_arrivals_group", table_name="arrivals")
    op.drop_column("arrivals", "group_key")
    for name in ("place", "facts", "kind"):
        op.drop_column("attachments", name)
    op.drop_index("ix_messages_group", table_name="messages")
    op.drop_constraint(op.f("fk_messages_reply_to_id"), "messages")
    for name in ("via", "reactions", "forwards", "cards", "quote", "reply_to_id", "group_key"):
        op.drop_column("messages", name)
    op.drop_column("messages", "deleted_at")
    op.drop_column("messages", "edited_at")


def _change_messages() -> None:
    op.add_column("messages", sa.Column("edited_at", _TIME, nullable=True))
    op.add_column("messages", sa.Column("deleted_at", _TIME, nullable=True))
    op.add_column("messages", sa.Column("group_key", sa.Text(), nullable=True))
    op.add_column("messages", sa.Column("reply_to_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_messages_reply_to_id"), "messages", "messages", ["reply_to_id"], ["id"])
    op.add_column("messages", sa.Column("quote", sa.Text(), server_default="", nullable=False))
    for name in ("cards", "forwards", "reactions"):
        op.add_column("messages", sa.Column(name, _JSON, server_default="[]", nullable=False))
    op.add_column("messages", sa.Column("via", sa.Text(), nullable=True))
    op.create_index(
        "ix_messages_group",
        "messages",
        ["channel_id", "group_key"],
        postgresql_where=sa.text("group_key IS NOT NULL"),
    )


def _change_others() -> None:
    op.add_column("attachments", sa.Column("kind", sa.Text(), server_default="", nullable=False))
    op.add_column("attachments", sa.Column("facts", _JSON, server_default="{}", nullable=False))
    op.add_column("attachments", sa.Column("place", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("arrivals", sa.Column("group_key", sa.Text(), nullable=True))
    op.create_index(
        "ix_arrivals_group",
        "arrivals",
        ["channel_id", "group_key"],
        postgresql_where=sa.text("state = 'fetched' AND group_key IS NOT NULL"),
    )
    op.add_column("message_parts", sa.Column("client_key", sa.Text(), nullable=True))
    op.create_index(
        "ix_message_parts_client_key",
        "message_parts",
        ["client_key"],
        postgresql_where=sa.text("client_key IS NOT NULL"),
    )
    op.add_column("dialogs", sa.Column("reply_until", _TIME, nullable=True))
    op.add_column("dialogs", sa.Column("unreachable_since", _TIME, nullable=True))


def _make_tables_of_messages() -> None:
    op.create_table(
        "message_revisions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=True),
        sa.Column("cards", _JSON, nullable=False),
        sa.Column("said_at", _TIME, nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_message_revisions_message_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_revisions")),
    )
    op.create_index("ix_message_revisions_message", "message_revisions", ["message_id", "said_at"])
    op.create_table(
        "message_names",
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_message_names_channel_id")),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_message_names_message_id")),
        sa.PrimaryKeyConstraint("channel_id", "key", name=op.f("pk_message_names")),
    )
    op.create_index("ix_message_names_message", "message_names", ["message_id"])
    op.create_table(
        "remote_files",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("ref", _JSON, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("mime", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("facts", _JSON, nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("due_at", _TIME, nullable=False),
        sa.Column("lease_until", _TIME, nullable=True),
        sa.Column("attachment_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", _TIME, nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'fetched', 'too_large', 'gone', 'failed')",
            name=op.f("ck_remote_files_state"),
        ),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_remote_files_message_id")),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_remote_files_channel_id")),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachments.id"], name=op.f("fk_remote_files_attachment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remote_files")),
    )
    op.create_index("ix_remote_files_message", "remote_files", ["message_id"])
    op.create_index(
        "ix_remote_files_due", "remote_files", ["due_at", "id"], postgresql_where=sa.text("state = 'waiting'")
    )


def _make_start_links() -> None:
    op.create_table(
        "start_links",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.Column("used_at", _TIME, nullable=True),
        sa.Column("identity_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_start_links_channel_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_start_links_customer_id")),
        sa.ForeignKeyConstraint(["made_by"], ["agents.id"], name=op.f("fk_start_links_made_by")),
        sa.ForeignKeyConstraint(["identity_id"], ["identities.id"], name=op.f("fk_start_links_identity_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_start_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_start_links_token_hash")),
    )
    op.create_index("ix_start_links_customer", "start_links", ["customer_id"])


def _make_errands() -> None:
    op.create_table(
        "errands",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("payload", _JSON, nullable=False),
        sa.Column("due_at", _TIME, nullable=False),
        sa.Column("until", _TIME, nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("lease_until", _TIME, nullable=True),
        sa.Column("lease_token", sa.Text(), nullable=True),
        sa.Column("created_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_errands_channel_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_errands")),
        sa.UniqueConstraint("channel_id", "kind", "key", name=op.f("uq_errands_channel_id_kind_key")),
    )
    op.create_index("ix_errands_due", "errands", ["due_at", "id"])
    op.create_table(
        "rate_marks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rate_marks")),
    )
    op.create_index("ix_rate_marks_key", "rate_marks", ["key", "at"])
