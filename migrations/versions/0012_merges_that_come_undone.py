"""What a merge of two customers moved, so that undoing it moves back exactly that."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Merges of the release before this one moved identities only."""
    op.add_column(
        "customer_merges", sa.Column("moved", postgresql.JSONB(), server_default="{}", nullable=False)
    )
    op.add_column(
        "customer_merges", sa.Column("filled", postgresql.JSONB(), server_default="{}", nullable=False)
    )
    op.execute(
        "UPDATE customer_merges SET moved = jsonb_build_object('identities', to_jsonb(identity_ids))"
        " WHERE undone_at IS NULL"
    )
    op.create_index("ix_tasks_customer", "tasks", ["customer_id"])


def downgrade() -> None:
    """Take them away again."""
    op.drop_index("ix_tasks_customer", "tasks")
    op.drop_column("customer_merges", "filled")
    op.drop_column("customer_merges", "moved")
