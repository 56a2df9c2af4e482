"""Receipts are owed work: an open one has a time at which it is looked at. A channel's word may not be its last."""

import sqlalchemy as sa
from alembic import op

from shared.database import Instant

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "receipts",
        sa.Column("receipt", sa.String(36), primary_key=True),
        sa.Column("story_id", sa.String(36), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("opened_at", Instant, nullable=False),
        sa.Column("waits_for", sa.String(10), nullable=False),
        sa.Column("asked", sa.Integer, nullable=False),
        sa.Column("due_at", Instant),
        sa.Column("ended", sa.String(10)),
        sa.Column("ended_at", Instant),
    )
    open_ = sa.text("due_at IS NOT NULL")
    op.create_index("receipts_due", "receipts", ["due_at"], postgresql_where=open_, sqlite_where=open_)
    op.add_column("confirmations", sa.Column("retrying", sa.Boolean, nullable=False, server_default=sa.false()))
    # Kills that are on their way while we change are looked at like new ones; older receipts stay as they are.
    op.execute(
        "INSERT INTO receipts (receipt, story_id, revision, opened_at, waits_for, asked, due_at)"
        " SELECT receipt, story_id, revision, accepted_at, 'ourselves', 0, accepted_at FROM revisions"
        " WHERE action = 'kill' AND receipt IS NOT NULL AND state IN ('queued', 'emitted', 'live')"
    )


def downgrade() -> None:
    op.drop_column("confirmations", "retrying")
    op.drop_table("receipts")
