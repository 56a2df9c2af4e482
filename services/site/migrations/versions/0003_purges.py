"""What a CDN has to forget is owed until it has heard."""

import sqlalchemy as sa
from alembic import op

from shared.database import Instant

revision = "0003"
down_revision = "0002"

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "purges",
        sa.Column("id", _NUMBER, primary_key=True, autoincrement=True),
        sa.Column("urgent", sa.Boolean, nullable=False),
        sa.Column("paths", sa.Text, nullable=False),
        sa.Column("kills", sa.Text, nullable=False),
        sa.Column("owed_at", Instant, nullable=False),
        sa.Column("due_at", Instant, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
    )
    op.create_index("purges_due", "purges", ["due_at"])


def downgrade() -> None:
    op.drop_table("purges")
