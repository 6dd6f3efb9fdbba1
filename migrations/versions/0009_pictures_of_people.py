"""What people look like, where their messenger says so."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two columns that may be empty, so that the release before this one goes on."""
    op.add_column("identities", sa.Column("picture_sha256", sa.Text()))
    op.add_column("identities", sa.Column("pictured_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    """Take them away again."""
    op.drop_column("identities", "pictured_at")
    op.drop_column("identities", "picture_sha256")
