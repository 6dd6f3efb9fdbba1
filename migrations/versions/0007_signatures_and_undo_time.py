"""What stands below the letters of a team, and how long answers are held."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both, with a default for a release that does not know them; channels may leave their time open."""
    op.add_column("teams", sa.Column("signature", sa.Text(), server_default="", nullable=False))
    op.add_column(
        "workspace", sa.Column("undo_seconds", sa.BigInteger(), server_default="10", nullable=False)
    )
    op.create_check_constraint(
        op.f("ck_workspace_undo_seconds"), "workspace", "undo_seconds BETWEEN 0 AND 60"
    )
    op.alter_column("channels", "undo_seconds", nullable=True)


def downgrade() -> None:
    """Take them away again; every channel has its own time as before."""
    op.execute("UPDATE channels SET undo_seconds = 10 WHERE undo_seconds IS NULL")
    op.alter_column("channels", "undo_seconds", nullable=False)
    op.drop_constraint(op.f("ck_workspace_undo_seconds"), "workspace")
    op.drop_column("workspace", "undo_seconds")
    op.drop_column("teams", "signature")
