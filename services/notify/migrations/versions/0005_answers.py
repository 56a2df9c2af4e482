"""People who hear of answers to their comments, and the answers that were noted."""

import sqlalchemy as sa
from alembic import op

from shared.database import Instant

revision = "0005"
down_revision = "0004"

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "correspondents",
        sa.Column("id", _NUMBER, primary_key=True, autoincrement=True),
        sa.Column("address", sa.String(320), unique=True),
        sa.Column("email", sa.String(320)),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("asked_at", Instant, nullable=False),
        sa.Column("changed_at", Instant, nullable=False),
    )
    op.create_table(
        "answered",
        sa.Column("comment", _NUMBER, primary_key=True, autoincrement=False),
        sa.Column("at", Instant, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("answered")
    op.drop_table("correspondents")
