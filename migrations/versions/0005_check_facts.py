"""What the test of a channel found besides its steps: folders, records of the domain."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, with a default for a release that does not know it."""
    op.add_column(
        "channel_checks",
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
    )


def downgrade() -> None:
    """Take it away again."""
    op.drop_column("channel_checks", "facts")
