"""What is answered to visitors who are gone is carried to them by letters, each line once."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Lines that are there already wait for no letter."""
    op.add_column("webchat_visitors", sa.Column("unlettered_since", sa.DateTime(timezone=True)))
    op.create_index(
        "ix_webchat_visitors_unlettered",
        "webchat_visitors",
        ["unlettered_since", "id"],
        postgresql_where=sa.text("unlettered_since IS NOT NULL"),
    )
    op.add_column("webchat_lines", sa.Column("letter_id", sa.BigInteger()))
    op.create_foreign_key(
        op.f("fk_webchat_lines_letter_id"), "webchat_lines", "messages", ["letter_id"], ["id"]
    )
    op.create_index(
        "ix_webchat_lines_letter",
        "webchat_lines",
        ["letter_id"],
        postgresql_where=sa.text("letter_id IS NOT NULL"),
    )


def downgrade() -> None:
    """Take it away again; the letters stay."""
    op.drop_index("ix_webchat_lines_letter", table_name="webchat_lines")
    op.drop_column("webchat_lines", "letter_id")
    op.drop_index("ix_webchat_visitors_unlettered", table_name="webchat_visitors")
    op.drop_column("webchat_visitors", "unlettered_since")
