"""The fence and what was emitted, the inverted index, addresses and who wants them, fetched pictures."""

import sqlalchemy as sa
from alembic import op

from shared.database import Instant

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "stories",
        sa.Column("story_id", sa.String(36), primary_key=True),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("ordinal", sa.BigInteger, nullable=False),
        sa.Column("blob", sa.LargeBinary),
        sa.Column("keys", sa.Text, nullable=False),
        sa.Column("addresses", sa.Text, nullable=False),
        sa.Column("wanted", sa.Text, nullable=False),
        sa.Column("explicit", sa.Text, nullable=False),
        sa.Column("moved", sa.Text, nullable=False),
    )
    op.create_index("ix_stories_ordinal", "stories", ["ordinal"])
    for name, width, extra in (
        ("keys", 100, []),
        ("addresses", 32, [sa.Column("story_id", sa.String(36), nullable=False)]),
        ("wants", 32, []),
    ):
        op.create_table(
            name,
            sa.Column("key", sa.String(width), primary_key=True),
            sa.Column("ordinal", sa.BigInteger, primary_key=True, autoincrement=False),
            *extra,
            sqlite_with_rowid=False,
        )
    op.create_table(
        "media",
        sa.Column("url_key", sa.String(32), primary_key=True),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("key", sa.String(80)),
        sa.Column("content_type", sa.String(20)),
        sa.Column("width", sa.Integer),
        sa.Column("height", sa.Integer),
        sa.Column("bytes", sa.Integer),
        sa.Column("missing", sa.Text),
        sa.Column("at", Instant, nullable=False),
    )


def downgrade() -> None:
    for name in ("media", "wants", "addresses", "keys", "stories"):
        op.drop_table(name)
