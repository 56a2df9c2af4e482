"""Rebuilds and audits, and how far they are."""

import sqlalchemy as sa
from alembic import op

from shared.database import Instant

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "rebuilds",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("mode", sa.String(10), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("phase", sa.String(20), nullable=False),
        sa.Column("done", sa.Integer, nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("findings", sa.Text, nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("started_at", Instant, nullable=False),
        sa.Column("changed_at", Instant, nullable=False),
    )
    op.create_index("rebuilds_started", "rebuilds", ["started_at"])


def downgrade() -> None:
    op.drop_table("rebuilds")
