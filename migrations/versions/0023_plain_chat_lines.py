"""Lines of a chat are a visitor's or the team's, and nobody measured the pictures in them."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

ORIGIN = "ck_webchat_lines_origin"


def upgrade() -> None:
    """Drop what nothing writes or reads."""
    op.drop_column("webchat_files", "width")
    op.drop_column("webchat_files", "height")
    op.drop_constraint(op.f(ORIGIN), "webchat_lines")
    op.create_check_constraint(op.f(ORIGIN), "webchat_lines", "origin IN ('visitor', 'agent')")


def downgrade() -> None:
    """As it was."""
    op.drop_constraint(op.f(ORIGIN), "webchat_lines")
    op.create_check_constraint(op.f(ORIGIN), "webchat_lines", "origin IN ('visitor', 'agent', 'system')")
    op.add_column("webchat_files", sa.Column("width", sa.BigInteger()))
    op.add_column("webchat_files", sa.Column("height", sa.BigInteger()))
