"""The ground."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make every table of the first release."""
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.create_table(
        "agents",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("availability", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("settings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("two_factor_secret", sa.LargeBinary(), nullable=True),
        sa.Column("two_factor_used_step", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "availability IN ('online', 'break', 'away')", name=op.f("ck_agents_availability")
        ),
        sa.CheckConstraint(
            "role IN ('owner', 'admin', 'supervisor', 'agent', 'collaborator')", name=op.f("ck_agents_role")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agents")),
    )
    op.create_index("uq_agents_email", "agents", [sa.literal_column("lower(email)")], unique=True)
    op.create_index(
        "uq_agents_owner", "agents", ["role"], unique=True, postgresql_where=sa.text("role = 'owner'")
    )
    op.create_table(
        "customers",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=True),
        sa.Column("merged_into", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.CheckConstraint("kind IN ('client', 'partner', 'visitor')", name=op.f("ck_customers_kind")),
        sa.ForeignKeyConstraint(["merged_into"], ["customers.id"], name=op.f("fk_customers_merged_into")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customers")),
    )
    op.create_index(
        "ix_customers_name_trigrams",
        "customers",
        ["name"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"name": "gin_trgm_ops"},
    )
    op.create_table(
        "event_counter",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_counter")),
    )
    op.create_table(
        "events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", "created_at", name=op.f("pk_events")),
        postgresql_partition_by="RANGE (created_at)",
    )
    op.create_index("ix_events_seq", "events", ["seq"], unique=False)
    op.create_index("ix_events_topic", "events", ["topic", "id"], unique=False)
    op.create_index(
        "ix_events_unnumbered", "events", ["id"], unique=False, postgresql_where=sa.text("seq IS NULL")
    )
    op.create_table(
        "tags",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("weight", sa.BigInteger(), nullable=False),
        sa.Column("colour", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("weight BETWEEN 0 AND 1000", name=op.f("ck_tags_weight")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tags")),
    )
    op.create_index("uq_tags_name", "tags", [sa.literal_column("lower(name)")], unique=True)
    op.create_table(
        "teams",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_teams")),
        sa.UniqueConstraint("name", name=op.f("uq_teams_name")),
    )
    op.create_table(
        "working_hours",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("weekly", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("exceptions", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_working_hours")),
        sa.UniqueConstraint("name", name=op.f("uq_working_hours_name")),
    )
    op.create_table(
        "workspace",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("languages", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("outbound_stopped", sa.Boolean(), nullable=False),
        sa.Column("comment_on_handover", sa.Boolean(), nullable=False),
        sa.Column("retention_days", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_workspace_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workspace")),
    )
    op.create_table(
        "agent_sessions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("agent_id", sa.BigInteger(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("user_agent", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_agent_sessions_agent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agent_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_agent_sessions_token_hash")),
    )
    op.create_index(op.f("ix_agent_sessions_agent_id"), "agent_sessions", ["agent_id"], unique=False)
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("agent_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_api_tokens_agent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_tokens_token_hash")),
    )
    op.create_index(op.f("ix_api_tokens_agent_id"), "api_tokens", ["agent_id"], unique=False)
    op.create_table(
        "audience_members",
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("agent_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_audience_members_agent_id")),
        sa.PrimaryKeyConstraint("audience", "agent_id", name=op.f("pk_audience_members")),
    )
    op.create_index(op.f("ix_audience_members_agent_id"), "audience_members", ["agent_id"], unique=False)
    op.create_table(
        "channels",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("team_id", sa.BigInteger(), nullable=True),
        sa.Column("settings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("secrets", sa.LargeBinary(), nullable=True),
        sa.Column("undo_seconds", sa.BigInteger(), nullable=False),
        sa.Column("outbound_confirmed", sa.Boolean(), nullable=False),
        sa.Column("health", sa.Text(), nullable=False),
        sa.Column("health_code", sa.Text(), nullable=False),
        sa.Column("health_detail", sa.Text(), nullable=False),
        sa.Column("health_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("errors_in_row", sa.BigInteger(), nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cursor", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("lease_holder", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_arrival_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.CheckConstraint("health IN ('ok', 'degraded', 'broken')", name=op.f("ck_channels_health")),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_channels_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channels")),
    )
    op.create_table(
        "commands",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("agent_id", sa.BigInteger(), nullable=False),
        sa.Column("answer", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_commands_agent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commands")),
    )
    op.create_index(op.f("ix_commands_created_at"), "commands", ["created_at"], unique=False)
    op.create_table(
        "customer_merges",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("merged_id", sa.BigInteger(), nullable=False),
        sa.Column("into_id", sa.BigInteger(), nullable=False),
        sa.Column("identity_ids", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("agent_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_customer_merges_agent_id")),
        sa.ForeignKeyConstraint(["into_id"], ["customers.id"], name=op.f("fk_customer_merges_into_id")),
        sa.ForeignKeyConstraint(["merged_id"], ["customers.id"], name=op.f("fk_customer_merges_merged_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_merges")),
    )
    op.create_index(op.f("ix_customer_merges_into_id"), "customer_merges", ["into_id"], unique=False)
    op.create_index(op.f("ix_customer_merges_merged_id"), "customer_merges", ["merged_id"], unique=False)
    op.create_table(
        "identities",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column("reachable", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_identities_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identities")),
        sa.UniqueConstraint("kind", "key", name=op.f("uq_identities_kind_key")),
    )
    op.create_index(op.f("ix_identities_customer_id"), "identities", ["customer_id"], unique=False)
    op.create_index(
        "ix_identities_key_trigrams",
        "identities",
        ["key"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"key": "gin_trgm_ops"},
    )
    op.create_table(
        "notifications",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("agent_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_notifications_agent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notifications")),
    )
    op.create_index("ix_notifications_topic", "notifications", ["agent_id", "topic"], unique=False)
    op.create_index(
        "ix_notifications_unread",
        "notifications",
        ["agent_id", "id"],
        unique=False,
        postgresql_where=sa.text("read_at IS NULL"),
    )
    op.create_table(
        "one_time_links",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("agent_id", sa.BigInteger(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("invited_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "purpose IN ('first_owner', 'invitation', 'reset')", name=op.f("ck_one_time_links_purpose")
        ),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_one_time_links_agent_id")),
        sa.ForeignKeyConstraint(["invited_by"], ["agents.id"], name=op.f("fk_one_time_links_invited_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_one_time_links_token_hash")),
    )
    op.create_table(
        "team_members",
        sa.Column("team_id", sa.BigInteger(), nullable=False),
        sa.Column("agent_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_team_members_agent_id")),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_team_members_team_id")),
        sa.PrimaryKeyConstraint("team_id", "agent_id", name=op.f("pk_team_members")),
    )
    op.create_table(
        "dialogs",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("thread_key", sa.Text(), nullable=True),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("is_group", sa.Boolean(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("snooze_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("snooze_mode", sa.Text(), nullable=True),
        sa.Column("snoozed_by", sa.BigInteger(), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_by", sa.BigInteger(), nullable=True),
        sa.Column("assignee_id", sa.BigInteger(), nullable=True),
        sa.Column("team_id", sa.BigInteger(), nullable=True),
        sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_message_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_message_id", sa.BigInteger(), nullable=True),
        sa.Column("last_received_id", sa.BigInteger(), nullable=True),
        sa.Column("last_direction", sa.Text(), nullable=False),
        sa.Column("last_author", sa.Text(), nullable=False),
        sa.Column("preview", sa.Text(), nullable=False),
        sa.Column("tag_ids", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("tag_weight", sa.BigInteger(), nullable=False),
        sa.Column("failed_count", sa.BigInteger(), nullable=False),
        sa.Column("open_tasks", sa.BigInteger(), nullable=False),
        sa.Column("spam", sa.Boolean(), nullable=False),
        sa.Column("sla_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reopen_count", sa.BigInteger(), nullable=False),
        sa.Column("episode_id", sa.BigInteger(), nullable=True),
        sa.Column("merged_into", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column(
            "feed_rank",
            sa.BigInteger(),
            sa.Computed("CASE WHEN waiting_since IS NULL THEN 1 ELSE -tag_weight END", persisted=True),
            nullable=False,
        ),
        sa.Column(
            "feed_at",
            sa.DateTime(timezone=True),
            sa.Computed("coalesce(waiting_since, last_message_at)", persisted=True),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(state = 'completed') = (completed_at IS NOT NULL)", name=op.f("ck_dialogs_completed_has_time")
        ),
        sa.CheckConstraint(
            "(state = 'snoozed') = (snooze_until IS NOT NULL)", name=op.f("ck_dialogs_snoozed_has_time")
        ),
        sa.CheckConstraint("state IN ('open', 'snoozed', 'completed')", name=op.f("ck_dialogs_state")),
        sa.CheckConstraint("tag_weight >= 0", name=op.f("ck_dialogs_tag_weight")),
        sa.ForeignKeyConstraint(["assignee_id"], ["agents.id"], name=op.f("fk_dialogs_assignee_id")),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_dialogs_channel_id")),
        sa.ForeignKeyConstraint(["completed_by"], ["agents.id"], name=op.f("fk_dialogs_completed_by")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_dialogs_customer_id")),
        sa.ForeignKeyConstraint(["merged_into"], ["dialogs.id"], name=op.f("fk_dialogs_merged_into")),
        sa.ForeignKeyConstraint(["snoozed_by"], ["agents.id"], name=op.f("fk_dialogs_snoozed_by")),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_dialogs_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dialogs")),
        sa.UniqueConstraint("channel_id", "thread_key", name=op.f("uq_dialogs_channel_id_thread_key")),
    )
    op.create_index(
        "ix_dialogs_completed",
        "dialogs",
        ["completed_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'completed'"),
    )
    op.create_index(
        "ix_dialogs_completed_assignee",
        "dialogs",
        ["assignee_id", "completed_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'completed'"),
    )
    op.create_index(
        "ix_dialogs_completed_channel",
        "dialogs",
        ["channel_id", "completed_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'completed'"),
    )
    op.create_index("ix_dialogs_customer", "dialogs", ["customer_id", "last_message_at"], unique=False)
    op.create_index(
        "ix_dialogs_feed",
        "dialogs",
        ["feed_rank", "feed_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        "ix_dialogs_feed_assignee",
        "dialogs",
        ["assignee_id", "feed_rank", "feed_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        "ix_dialogs_feed_channel",
        "dialogs",
        ["channel_id", "feed_rank", "feed_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        "ix_dialogs_snoozed",
        "dialogs",
        ["snooze_until", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'snoozed'"),
    )
    op.create_index("ix_dialogs_tag_ids", "dialogs", ["tag_ids"], unique=False, postgresql_using="gin")
    op.create_table(
        "comments",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("dialog_id", sa.BigInteger(), nullable=False),
        sa.Column("origin_dialog_id", sa.BigInteger(), nullable=False),
        sa.Column("agent_id", sa.BigInteger(), nullable=True),
        sa.Column("client_uuid", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("mentions", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_comments_agent_id")),
        sa.ForeignKeyConstraint(["dialog_id"], ["dialogs.id"], name=op.f("fk_comments_dialog_id")),
        sa.ForeignKeyConstraint(
            ["origin_dialog_id"], ["dialogs.id"], name=op.f("fk_comments_origin_dialog_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comments")),
        sa.UniqueConstraint("client_uuid", name=op.f("uq_comments_client_uuid")),
    )
    op.create_index("ix_comments_dialog", "comments", ["dialog_id", "id"], unique=False)
    op.create_table(
        "dialog_merges",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("merged_id", sa.BigInteger(), nullable=False),
        sa.Column("into_id", sa.BigInteger(), nullable=False),
        sa.Column("agent_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_dialog_merges_agent_id")),
        sa.ForeignKeyConstraint(["into_id"], ["dialogs.id"], name=op.f("fk_dialog_merges_into_id")),
        sa.ForeignKeyConstraint(["merged_id"], ["dialogs.id"], name=op.f("fk_dialog_merges_merged_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dialog_merges")),
    )
    op.create_index(op.f("ix_dialog_merges_into_id"), "dialog_merges", ["into_id"], unique=False)
    op.create_index(op.f("ix_dialog_merges_merged_id"), "dialog_merges", ["merged_id"], unique=False)
    op.create_table(
        "drafts",
        sa.Column("dialog_id", sa.BigInteger(), nullable=False),
        sa.Column("agent_id", sa.BigInteger(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=True),
        sa.Column("extra", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("mode IN ('reply', 'comment')", name=op.f("ck_drafts_mode")),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_drafts_agent_id")),
        sa.ForeignKeyConstraint(["dialog_id"], ["dialogs.id"], name=op.f("fk_drafts_dialog_id")),
        sa.PrimaryKeyConstraint("dialog_id", "agent_id", "mode", name=op.f("pk_drafts")),
    )
    op.create_table(
        "episodes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("dialog_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_answered_by", sa.BigInteger(), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_by", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["completed_by"], ["agents.id"], name=op.f("fk_episodes_completed_by")),
        sa.ForeignKeyConstraint(["dialog_id"], ["dialogs.id"], name=op.f("fk_episodes_dialog_id")),
        sa.ForeignKeyConstraint(
            ["first_answered_by"], ["agents.id"], name=op.f("fk_episodes_first_answered_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_episodes")),
        sa.UniqueConstraint("dialog_id", "number", name=op.f("uq_episodes_dialog_id_number")),
    )
    op.create_index(
        "ix_episodes_completed",
        "episodes",
        ["completed_at"],
        unique=False,
        postgresql_where=sa.text("completed_at IS NOT NULL"),
    )
    op.create_table(
        "read_marks",
        sa.Column("dialog_id", sa.BigInteger(), nullable=False),
        sa.Column("agent_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_read_marks_agent_id")),
        sa.ForeignKeyConstraint(["dialog_id"], ["dialogs.id"], name=op.f("fk_read_marks_dialog_id")),
        sa.PrimaryKeyConstraint("dialog_id", "agent_id", name=op.f("pk_read_marks")),
    )
    op.create_table(
        "taggings",
        sa.Column("dialog_id", sa.BigInteger(), nullable=False),
        sa.Column("tag_id", sa.BigInteger(), nullable=False),
        sa.Column("agent_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_taggings_agent_id")),
        sa.ForeignKeyConstraint(["dialog_id"], ["dialogs.id"], name=op.f("fk_taggings_dialog_id")),
        sa.ForeignKeyConstraint(["tag_id"], ["tags.id"], name=op.f("fk_taggings_tag_id")),
        sa.PrimaryKeyConstraint("dialog_id", "tag_id", name=op.f("pk_taggings")),
    )
    op.create_index(op.f("ix_taggings_tag_id"), "taggings", ["tag_id"], unique=False)
    op.create_table(
        "messages",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("dialog_id", sa.BigInteger(), nullable=False),
        sa.Column("origin_dialog_id", sa.BigInteger(), nullable=False),
        sa.Column("episode_id", sa.BigInteger(), nullable=True),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("klass", sa.Text(), nullable=False),
        sa.Column("agent_id", sa.BigInteger(), nullable=True),
        sa.Column("identity_id", sa.BigInteger(), nullable=True),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("client_uuid", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("visible_text", sa.Text(), nullable=True),
        sa.Column("html", sa.Text(), nullable=True),
        sa.Column("has_remote", sa.Boolean(), nullable=False),
        sa.Column("envelope", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("warnings", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("defects", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("raw_sha256", sa.Text(), nullable=True),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("delivery", sa.Text(), nullable=True),
        sa.Column("leave_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_token", sa.Text(), nullable=True),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("error_detail", sa.Text(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "search",
            postgresql.TSVECTOR(),
            sa.Computed(
                "to_tsvector('russian', left(subject || ' ' || text, 100000)) || to_tsvector('simple', left(subject || ' ' || text, 100000))",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(direction = 'out') = (delivery IS NOT NULL)", name=op.f("ck_messages_out_has_delivery")
        ),
        sa.CheckConstraint("direction IN ('in', 'out')", name=op.f("ck_messages_direction")),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_messages_agent_id")),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_messages_channel_id")),
        sa.ForeignKeyConstraint(["dialog_id"], ["dialogs.id"], name=op.f("fk_messages_dialog_id")),
        sa.ForeignKeyConstraint(["episode_id"], ["episodes.id"], name=op.f("fk_messages_episode_id")),
        sa.ForeignKeyConstraint(["identity_id"], ["identities.id"], name=op.f("fk_messages_identity_id")),
        sa.ForeignKeyConstraint(
            ["origin_dialog_id"], ["dialogs.id"], name=op.f("fk_messages_origin_dialog_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("channel_id", "key", name=op.f("uq_messages_channel_id_key")),
        sa.UniqueConstraint("client_uuid", name=op.f("uq_messages_client_uuid")),
    )
    op.create_index("ix_messages_dialog", "messages", ["dialog_id", "id"], unique=False)
    op.create_index(
        "ix_messages_leaving",
        "messages",
        ["leave_at", "id"],
        unique=False,
        postgresql_where=sa.text("delivery IN ('held', 'queued')"),
    )
    op.create_index("ix_messages_origin", "messages", ["origin_dialog_id", "id"], unique=False)
    op.create_index(
        "ix_messages_pending",
        "messages",
        ["dialog_id", "id"],
        unique=False,
        postgresql_where=sa.text("delivery IN ('held', 'queued', 'sending')"),
    )
    op.create_index("ix_messages_search", "messages", ["search"], unique=False, postgresql_using="gin")
    op.create_index(
        "ix_messages_sending",
        "messages",
        ["lease_until"],
        unique=False,
        postgresql_where=sa.text("delivery = 'sending'"),
    )
    op.create_table(
        "arrivals",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("event_key", sa.Text(), nullable=False),
        sa.Column("order_key", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("raw_sha256", sa.Text(), nullable=True),
        sa.Column("raw_size", sa.BigInteger(), nullable=True),
        sa.Column("content_hash", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('fetched', 'read', 'duplicate', 'ignored', 'quarantined')",
            name=op.f("ck_arrivals_state"),
        ),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_arrivals_channel_id")),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_arrivals_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_arrivals")),
        sa.UniqueConstraint("channel_id", "event_key", name=op.f("uq_arrivals_channel_id_event_key")),
    )
    op.create_index("ix_arrivals_content", "arrivals", ["channel_id", "content_hash"], unique=False)
    op.create_index(
        "ix_arrivals_due",
        "arrivals",
        ["due_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'fetched'"),
    )
    op.create_index("ix_arrivals_message", "arrivals", ["message_id"], unique=False)
    op.create_index(
        "ix_arrivals_order",
        "arrivals",
        ["channel_id", "order_key", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'fetched'"),
    )
    op.create_index(
        "ix_arrivals_parked",
        "arrivals",
        ["channel_id", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'quarantined'"),
    )
    op.create_table(
        "attachments",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("comment_id", sa.BigInteger(), nullable=True),
        sa.Column("uploaded_by", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("mime", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("inline", sa.Boolean(), nullable=False),
        sa.Column("cid", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name=op.f("fk_attachments_comment_id")),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_attachments_message_id")),
        sa.ForeignKeyConstraint(["uploaded_by"], ["agents.id"], name=op.f("fk_attachments_uploaded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
    )
    op.create_index("ix_attachments_comment", "attachments", ["comment_id"], unique=False)
    op.create_index("ix_attachments_message", "attachments", ["message_id"], unique=False)
    op.create_index("ix_attachments_sha256", "attachments", ["sha256"], unique=False)
    op.create_table(
        "message_parts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("raw_sha256", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("keys", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('queued', 'sending', 'sent', 'failed', 'uncertain')",
            name=op.f("ck_message_parts_state"),
        ),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_message_parts_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_parts")),
        sa.UniqueConstraint("key", name=op.f("uq_message_parts_key")),
        sa.UniqueConstraint("message_id", "number", name=op.f("uq_message_parts_message_id_number")),
    )
    op.create_table(
        "recipients",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("delivery", sa.Text(), nullable=False),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("error_detail", sa.Text(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("role IN ('to', 'cc', 'bcc')", name=op.f("ck_recipients_role")),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_recipients_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recipients")),
    )
    op.create_index("ix_recipients_message", "recipients", ["message_id"], unique=False)
    op.create_table(
        "tasks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("assignee_id", sa.BigInteger(), nullable=False),
        sa.Column("creator_id", sa.BigInteger(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("dialog_id", sa.BigInteger(), nullable=True),
        sa.Column("customer_id", sa.BigInteger(), nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("wakes_dialog", sa.Boolean(), nullable=False),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("overdue_told_for", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("(state = 'open') = (closed_at IS NULL)", name=op.f("ck_tasks_closed_has_time")),
        sa.CheckConstraint("state IN ('open', 'done', 'cancelled')", name=op.f("ck_tasks_state")),
        sa.ForeignKeyConstraint(["assignee_id"], ["agents.id"], name=op.f("fk_tasks_assignee_id")),
        sa.ForeignKeyConstraint(["closed_by"], ["agents.id"], name=op.f("fk_tasks_closed_by")),
        sa.ForeignKeyConstraint(["creator_id"], ["agents.id"], name=op.f("fk_tasks_creator_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_tasks_customer_id")),
        sa.ForeignKeyConstraint(["dialog_id"], ["dialogs.id"], name=op.f("fk_tasks_dialog_id")),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_tasks_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tasks")),
    )
    op.create_index(
        "ix_tasks_assignee",
        "tasks",
        ["assignee_id", "due_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index("ix_tasks_dialog", "tasks", ["dialog_id"], unique=False)
    op.create_index(
        "ix_tasks_due", "tasks", ["due_at", "id"], unique=False, postgresql_where=sa.text("state = 'open'")
    )
    op.create_table(
        "thread_references",
        sa.Column("key_hash", sa.Text(), nullable=False),
        sa.Column("dialog_id", sa.BigInteger(), nullable=False),
        sa.Column("own", sa.Boolean(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["dialog_id"], ["dialogs.id"], name=op.f("fk_thread_references_dialog_id")),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_thread_references_message_id")
        ),
        sa.PrimaryKeyConstraint("key_hash", "dialog_id", name=op.f("pk_thread_references")),
    )
    op.create_index("ix_thread_references_dialog", "thread_references", ["dialog_id"], unique=False)
    op.execute("CREATE TABLE events_default PARTITION OF events DEFAULT")
    op.execute("INSERT INTO event_counter (id, last_seq) VALUES (1, 0)")


def downgrade() -> None:
    """Take them away again."""
    op.drop_index("ix_thread_references_dialog", table_name="thread_references")
    op.drop_table("thread_references")
    op.drop_index("ix_tasks_due", table_name="tasks", postgresql_where=sa.text("state = 'open'"))
    op.drop_index("ix_tasks_dialog", table_name="tasks")
    op.drop_index("ix_tasks_assignee", table_name="tasks", postgresql_where=sa.text("state = 'open'"))
    op.drop_table("tasks")
    op.drop_index("ix_recipients_message", table_name="recipients")
    op.drop_table("recipients")
    op.drop_table("message_parts")
    op.drop_index("ix_attachments_sha256", table_name="attachments")
    op.drop_index("ix_attachments_message", table_name="attachments")
    op.drop_index("ix_attachments_comment", table_name="attachments")
    op.drop_table("attachments")
    op.drop_index(
        "ix_arrivals_parked", table_name="arrivals", postgresql_where=sa.text("state = 'quarantined'")
    )
    op.drop_index("ix_arrivals_order", table_name="arrivals", postgresql_where=sa.text("state = 'fetched'"))
    op.drop_index("ix_arrivals_message", table_name="arrivals")
    op.drop_index("ix_arrivals_due", table_name="arrivals", postgresql_where=sa.text("state = 'fetched'"))
    op.drop_index("ix_arrivals_content", table_name="arrivals")
    op.drop_table("arrivals")
    op.drop_index(
        "ix_messages_sending", table_name="messages", postgresql_where=sa.text("delivery = 'sending'")
    )
    op.drop_index("ix_messages_search", table_name="messages", postgresql_using="gin")
    op.drop_index(
        "ix_messages_pending",
        table_name="messages",
        postgresql_where=sa.text("delivery IN ('held', 'queued', 'sending')"),
    )
    op.drop_index("ix_messages_origin", table_name="messages")
    op.drop_index(
        "ix_messages_leaving",
        table_name="messages",
        postgresql_where=sa.text("delivery IN ('held', 'queued')"),
    )
    op.drop_index("ix_messages_dialog", table_name="messages")
    op.drop_table("messages")
    op.drop_index(op.f("ix_taggings_tag_id"), table_name="taggings")
    op.drop_table("taggings")
    op.drop_table("read_marks")
    op.drop_index(
        "ix_episodes_completed", table_name="episodes", postgresql_where=sa.text("completed_at IS NOT NULL")
    )
    op.drop_table("episodes")
    op.drop_table("drafts")
    op.drop_index(op.f("ix_dialog_merges_merged_id"), table_name="dialog_merges")
    op.drop_index(op.f("ix_dialog_merges_into_id"), table_name="dialog_merges")
    op.drop_table("dialog_merges")
    op.drop_index("ix_comments_dialog", table_name="comments")
    op.drop_table("comments")
    op.drop_index("ix_dialogs_tag_ids", table_name="dialogs", postgresql_using="gin")
    op.drop_index("ix_dialogs_snoozed", table_name="dialogs", postgresql_where=sa.text("state = 'snoozed'"))
    op.drop_index("ix_dialogs_feed_channel", table_name="dialogs", postgresql_where=sa.text("state = 'open'"))
    op.drop_index(
        "ix_dialogs_feed_assignee", table_name="dialogs", postgresql_where=sa.text("state = 'open'")
    )
    op.drop_index("ix_dialogs_feed", table_name="dialogs", postgresql_where=sa.text("state = 'open'"))
    op.drop_index("ix_dialogs_customer", table_name="dialogs")
    op.drop_index(
        "ix_dialogs_completed_channel", table_name="dialogs", postgresql_where=sa.text("state = 'completed'")
    )
    op.drop_index(
        "ix_dialogs_completed_assignee", table_name="dialogs", postgresql_where=sa.text("state = 'completed'")
    )
    op.drop_index(
        "ix_dialogs_completed", table_name="dialogs", postgresql_where=sa.text("state = 'completed'")
    )
    op.drop_table("dialogs")
    op.drop_table("team_members")
    op.drop_table("one_time_links")
    op.drop_index(
        "ix_notifications_unread", table_name="notifications", postgresql_where=sa.text("read_at IS NULL")
    )
    op.drop_index("ix_notifications_topic", table_name="notifications")
    op.drop_table("notifications")
    op.drop_index(
        "ix_identities_key_trigrams",
        table_name="identities",
        postgresql_using="gin",
        postgresql_ops={"key": "gin_trgm_ops"},
    )
    op.drop_index(op.f("ix_identities_customer_id"), table_name="identities")
    op.drop_table("identities")
    op.drop_index(op.f("ix_customer_merges_merged_id"), table_name="customer_merges")
    op.drop_index(op.f("ix_customer_merges_into_id"), table_name="customer_merges")
    op.drop_table("customer_merges")
    op.drop_index(op.f("ix_commands_created_at"), table_name="commands")
    op.drop_table("commands")
    op.drop_table("channels")
    op.drop_index(op.f("ix_audience_members_agent_id"), table_name="audience_members")
    op.drop_table("audience_members")
    op.drop_index(op.f("ix_api_tokens_agent_id"), table_name="api_tokens")
    op.drop_table("api_tokens")
    op.drop_index(op.f("ix_agent_sessions_agent_id"), table_name="agent_sessions")
    op.drop_table("agent_sessions")
    op.drop_table("workspace")
    op.drop_table("working_hours")
    op.drop_table("teams")
    op.drop_index("uq_tags_name", table_name="tags")
    op.drop_table("tags")
    op.drop_index("ix_events_unnumbered", table_name="events", postgresql_where=sa.text("seq IS NULL"))
    op.drop_index("ix_events_topic", table_name="events")
    op.drop_index("ix_events_seq", table_name="events")
    op.drop_table("events")
    op.drop_table("event_counter")
    op.drop_index(
        "ix_customers_name_trigrams",
        table_name="customers",
        postgresql_using="gin",
        postgresql_ops={"name": "gin_trgm_ops"},
    )
    op.drop_table("customers")
    op.drop_index("uq_agents_owner", table_name="agents", postgresql_where=sa.text("role = 'owner'"))
    op.drop_index("uq_agents_email", table_name="agents")
    op.drop_table("agents")
