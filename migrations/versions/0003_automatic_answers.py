"""What automatic answers need to know: whom a machine may answer, and where it must not."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, with a default for a release that does not know them, and find recipients fast."""
    op.add_column("messages", sa.Column("answerable", sa.Boolean(), server_default="true", nullable=False))
    op.add_column("dialogs", sa.Column("automation_off_until", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_recipients_address", "recipients", [sa.literal_column("lower(address)"), "id"])


def downgrade() -> None:
    """Take them away again."""
    op.drop_index("ix_recipients_address", "recipients")
    op.drop_column("dialogs", "automation_off_until")
    op.drop_column("messages", "answerable")
