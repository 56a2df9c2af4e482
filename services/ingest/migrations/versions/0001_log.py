"""The log of revisions, the stories' standing, addresses, terms, publishers and receipts."""

import sqlalchemy as sa
from alembic import op

from shared.database import Instant

revision = "0001"
down_revision = None

_BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    _publishers()
    _stories()
    _revisions()
    op.create_table(
        "paths",
        sa.Column("path", sa.Text, primary_key=True),
        sa.Column("story_id", sa.String(36), nullable=False),
    )
    op.create_table(
        "terms",
        sa.Column("kind", sa.String(10), primary_key=True),
        sa.Column("slug", sa.String(80), primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
    )
    op.create_table(
        "confirmations",
        sa.Column("receipt", sa.String(36), primary_key=True),
        sa.Column("channel", sa.String(10), primary_key=True),
        sa.Column("outcome", sa.String(12), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("at", Instant, nullable=False),
    )


def _publishers() -> None:
    op.create_table(
        "publishers",
        sa.Column("slug", sa.String(80), primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("scopes", sa.String(40), nullable=False),
        sa.Column("key_hash", sa.String(64), nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
    )
    op.create_index("publishers_key", "publishers", ["key_hash"], unique=True)
    op.create_table(
        "counters",
        sa.Column("name", sa.String(20), primary_key=True),
        sa.Column("value", sa.BigInteger, nullable=False),
    )


def _stories() -> None:
    op.create_table(
        "stories",
        sa.Column("story_id", sa.String(36), primary_key=True),
        sa.Column("publisher", sa.String(80), nullable=False),
        sa.Column("external_id", sa.String(200), nullable=False),
        sa.Column("ordinal", sa.BigInteger, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("content_revision", sa.Integer, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("slug", sa.String(80), nullable=False),
        sa.Column("former", sa.Text, nullable=False),
        sa.Column("expires_at", Instant),
        sa.Column("live_revision", sa.Integer),
        sa.Column("live_at", Instant),
    )
    _partial("stories_expiry", "stories", "expires_at")


def _revisions() -> None:
    op.create_table(
        "revisions",
        sa.Column("position", _BIG, primary_key=True, autoincrement=True),
        sa.Column("story_id", sa.String(36), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("publisher", sa.String(80), nullable=False),
        sa.Column("external_id", sa.String(200), nullable=False),
        sa.Column("ordinal", sa.BigInteger, nullable=False),
        sa.Column("action", sa.String(10), nullable=False),
        sa.Column("content", sa.LargeBinary),
        sa.Column("notify", sa.Boolean, nullable=False),
        sa.Column("note", sa.Text),
        sa.Column("kind", sa.String(20)),
        sa.Column("reason", sa.Text),
        sa.Column("receipt", sa.String(36)),
        sa.Column("accepted_at", Instant, nullable=False),
        sa.Column("release_at", Instant),
        sa.Column("published_at", Instant, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("redirects", sa.Text, nullable=False),
        sa.Column("announce_until", Instant),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("claimed_at", Instant),
        sa.Column("emitted_ms", sa.BigInteger),
        sa.Column("sends", sa.Integer, nullable=False),
        sa.Column("live_at", Instant),
        sa.Column("planned_at", Instant),
        sa.Column("seq", sa.BigInteger),
        sa.Column("told", sa.String(10)),
    )
    op.create_index("revisions_story", "revisions", ["story_id", "revision"], unique=True)
    op.create_index("revisions_state", "revisions", ["state", "position"])
    _partial("revisions_seq", "revisions", "seq", unique=True)
    _partial("revisions_receipt", "revisions", "receipt", unique=True)
    _partial("revisions_release", "revisions", "release_at")


def _partial(name: str, table: str, column: str, *, unique: bool = False) -> None:
    """An index of the few rows that have the column at all."""
    where = sa.text(f"{column} IS NOT NULL")
    op.create_index(name, table, [column], unique=unique, postgresql_where=where, sqlite_where=where)


def downgrade() -> None:
    for table in ("confirmations", "terms", "paths", "revisions", "stories", "counters", "publishers"):
        op.drop_table(table)
