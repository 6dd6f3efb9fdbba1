"""What each command asked for, so that a repeat with other words is noticed."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A digest; the older commands have none and are answered as before."""
    op.add_column("commands", sa.Column("told", sa.Text()))


def downgrade() -> None:
    """Take it away again."""
    op.drop_column("commands", "told")
