"""Merges know what moved by table; a list of the addresses alone says nothing more."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Drop what nothing reads."""
    op.drop_column("customer_merges", "identity_ids")


def downgrade() -> None:
    """Write it anew from what moved."""
    op.add_column(
        "customer_merges",
        sa.Column("identity_ids", postgresql.ARRAY(sa.BigInteger()), nullable=False, server_default="{}"),
    )
    op.execute(
        "UPDATE customer_merges SET identity_ids = ARRAY("
        "SELECT jsonb_array_elements_text(moved -> 'identities')::bigint)"
    )
    op.alter_column("customer_merges", "identity_ids", server_default=None)
