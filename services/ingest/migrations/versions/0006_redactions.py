"""Stories whose content was overwritten, and which services have done the same."""

import sqlalchemy as sa
from alembic import op

from shared.database import Instant

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "redactions",
        sa.Column("story_id", sa.String(36), primary_key=True),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("lists", sa.Text, nullable=False),
        sa.Column("pictures", sa.Text, nullable=False),
        sa.Column("settled_at", Instant),
        sa.Column("told_at", Instant),
        sa.Column("done_at", Instant),
    )
    op.create_table(
        "redacted",
        sa.Column("story_id", sa.String(36), primary_key=True),
        sa.Column("service", sa.String(10), primary_key=True),
        sa.Column("at", Instant, nullable=False),
    )


def downgrade() -> None:
    for table in ("redacted", "redactions"):
        op.drop_table(table)
