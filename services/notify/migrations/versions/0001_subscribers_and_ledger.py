"""Subscribers, endpoints, notices, the ledger."""

import sqlalchemy as sa
from alembic import op

from shared.database import Instant

revision = "0001"
down_revision = None

Number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
PENDING, SENDING, CARRIED = (
    sa.text("state = 'pending'"),
    sa.text("state = 'sending'"),
    sa.text("carrier_id IS NOT NULL"),
)


def upgrade() -> None:
    op.create_table("secrets", sa.Column("name", sa.String(40), primary_key=True), sa.Column("value", sa.LargeBinary))
    op.create_table(
        "directory",
        sa.Column("key_hash", sa.String(64), primary_key=True),
        sa.Column("publisher", sa.String(200), nullable=False),
        sa.Column("scopes", sa.String(40), nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "subscribers",
        sa.Column("id", Number, primary_key=True, autoincrement=True),
        sa.Column("address", sa.String(320), unique=True),
        sa.Column("email", sa.String(320)),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("confirmed_at", Instant),
        sa.Column("ended_at", Instant),
    )
    op.create_table(
        "subscriptions",
        sa.Column("subscriber_id", Number, primary_key=True),
        sa.Column("kind", sa.String(10), primary_key=True),
        sa.Column("slug", sa.String(200), primary_key=True),
        sa.Column("digest", sa.SmallInteger, nullable=False),
    )
    op.create_index("subscriptions_topic", "subscriptions", ["kind", "slug"])
    op.create_table(
        "tokens",
        sa.Column("hash", sa.String(64), primary_key=True),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("address", sa.String(320), nullable=False),
        sa.Column("email", sa.String(320), nullable=False),
        sa.Column("topics", sa.Text, nullable=False),
        sa.Column("cadence", sa.String(10), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("expires_at", Instant, nullable=False),
        sa.Column("used_at", Instant),
    )
    op.create_index("tokens_address", "tokens", ["address", "created_at"])
    op.create_table(
        "endpoints",
        sa.Column("id", Number, primary_key=True, autoincrement=True),
        sa.Column("public_id", sa.String(40), nullable=False, unique=True),
        sa.Column("publisher", sa.String(200), nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("events", sa.Text, nullable=False),
        sa.Column("topics", sa.Text, nullable=False),
        sa.Column("secret", sa.String(80), nullable=False),
        sa.Column("old_secret", sa.String(80)),
        sa.Column("old_until", Instant),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "attempts",
        sa.Column("id", Number, primary_key=True, autoincrement=True),
        sa.Column("endpoint_id", Number, nullable=False),
        sa.Column("webhook_id", sa.String(80), nullable=False),
        sa.Column("event", sa.String(40), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("status", sa.Integer),
        sa.Column("ms", sa.Integer, nullable=False),
        sa.Column("outcome", sa.String(12), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
    )
    op.create_index("attempts_endpoint", "attempts", ["endpoint_id", "id"])
    op.create_table(
        "stories",
        sa.Column("id", Number, primary_key=True, autoincrement=True),
        sa.Column("story_id", sa.String(36), nullable=False, unique=True),
        sa.Column("planned", sa.Integer, nullable=False),
        sa.Column("cancelled_below", sa.Integer, nullable=False),
        sa.Column("topics", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("reported", sa.BigInteger, nullable=False),
    )
    op.create_index(
        "stories_unreported",
        "stories",
        ["id"],
        sqlite_where=sa.text("version > reported"),
        postgresql_where=sa.text("version > reported"),
    )
    op.create_table(
        "notices",
        sa.Column("id", Number, primary_key=True, autoincrement=True),
        sa.Column("story", Number),
        sa.Column("revision", sa.Integer),
        sa.Column("action", sa.String(10), nullable=False),
        sa.Column("planned_at", Instant, nullable=False),
        sa.Column("content", sa.Text),
        sa.Column("event", sa.LargeBinary),
    )
    op.create_index("notices_revision", "notices", ["story", "revision"], unique=True)
    op.create_table(
        "deliveries",
        sa.Column("id", Number, primary_key=True, autoincrement=True),
        sa.Column("notice_id", Number, nullable=False),
        sa.Column("story", Number),
        sa.Column("revision", sa.Integer),
        sa.Column("channel", sa.String(8), nullable=False),
        sa.Column("recipient", Number),
        sa.Column("lane", sa.SmallInteger, nullable=False),
        sa.Column("digest", sa.SmallInteger, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due_at", Instant, nullable=False),
        sa.Column("lease_until", Instant),
        sa.Column("token", sa.String(24)),
        sa.Column("parent_id", Number),
        sa.Column("carrier_id", Number),
        sa.Column("fresh", sa.Boolean, nullable=False),
        sa.Column("maybe_duplicate", sa.Boolean, nullable=False),
        sa.Column("changed_at", Instant, nullable=False),
    )
    op.create_index("deliveries_recipient", "deliveries", ["story", "revision", "channel", "recipient"], unique=True)
    op.create_index(
        "deliveries_due", "deliveries", ["channel", "lane", "due_at"], sqlite_where=PENDING, postgresql_where=PENDING
    )
    op.create_index("deliveries_sending", "deliveries", ["lease_until"], sqlite_where=SENDING, postgresql_where=SENDING)
    op.create_index(
        "deliveries_waiting", "deliveries", ["channel", "recipient"], sqlite_where=PENDING, postgresql_where=PENDING
    )
    op.create_index("deliveries_carried", "deliveries", ["carrier_id"], sqlite_where=CARRIED, postgresql_where=CARRIED)
    op.create_table(
        "kills",
        sa.Column("story", Number, primary_key=True),
        sa.Column("revision", sa.Integer, primary_key=True),
        sa.Column("channel", sa.String(8), primary_key=True),
        sa.Column("receipt", sa.String(36), nullable=False),
        sa.Column("open", sa.Boolean, nullable=False),
    )
    op.create_index("kills_open", "kills", ["story"], sqlite_where=sa.text("open"), postgresql_where=sa.text("open"))


def downgrade() -> None:
    for table in (
        "kills",
        "deliveries",
        "notices",
        "stories",
        "attempts",
        "endpoints",
        "tokens",
        "subscriptions",
        "subscribers",
        "directory",
        "secrets",
    ):
        op.drop_table(table)
