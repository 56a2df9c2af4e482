"""Channels that send nothing until they are resumed."""

import sqlalchemy as sa
from alembic import op

from shared.database import Instant

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "pauses",
        sa.Column("channel", sa.String(8), primary_key=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("since", Instant, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("pauses")
