"""Kills that wait (after a restore) are found without a walk through all that waits."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_THESE = sa.text("state = 'queued' AND action = 'kill'")


def upgrade() -> None:
    op.create_index(
        "revisions_queued_kills", "revisions", ["action", "position"], postgresql_where=_THESE, sqlite_where=_THESE
    )


def downgrade() -> None:
    op.drop_index("revisions_queued_kills", "revisions")
