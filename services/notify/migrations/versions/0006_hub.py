"""The WebSub hub: what was asked of it, and who is told."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from shared.database import Instant

revision = "0006"
down_revision = "0005"

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _feed() -> list[sa.Column[Any]]:
    return [
        sa.Column("callback", sa.Text, nullable=False),
        sa.Column("host", sa.String(255), nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("slug", sa.String(200), nullable=False),
        sa.Column("form", sa.String(4), nullable=False),
        sa.Column("secret", sa.String(200)),
    ]


def upgrade() -> None:
    op.create_table(
        "hub_asks",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("number", sa.String(16), nullable=False),
        sa.Column("mode", sa.String(12), nullable=False),
        *_feed(),
        sa.Column("lease_seconds", sa.Integer, nullable=False),
        sa.Column("asked_at", Instant, nullable=False),
        sa.Column("due_at", Instant, nullable=False),
    )
    op.create_table(
        "hub_subscriptions",
        sa.Column("id", _NUMBER, primary_key=True, autoincrement=True),
        sa.Column("key", sa.String(64), nullable=False, unique=True),
        *_feed(),
        sa.Column("since", Instant, nullable=False),
        sa.Column("expires_at", Instant, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("next_at", Instant, nullable=False),
        sa.Column("busy_until", Instant, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("hub_subscriptions_topic", "hub_subscriptions", ["kind", "slug"])
    op.create_index("hub_subscriptions_host", "hub_subscriptions", ["host"])
    op.create_index("hub_subscriptions_expires", "hub_subscriptions", ["expires_at"])


def downgrade() -> None:
    op.drop_table("hub_subscriptions")
    op.drop_table("hub_asks")
