"""Since when a comment is spam or in the trash; what was before counts from now."""

import sqlalchemy as sa
from alembic import op

from shared import clock
from shared.database import Instant

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("comments", sa.Column("thrown_at", Instant))
    comments = sa.table("comments", sa.column("status"), sa.column("digest"), sa.column("thrown_at", Instant))
    kept = comments.c.status.in_(("spam", "trash")) & (comments.c.digest != "")
    op.execute(comments.update().where(kept).values(thrown_at=clock.now()))
    op.create_index("comments_thrown", "comments", ["status", "thrown_at"])


def downgrade() -> None:
    op.drop_index("comments_thrown", "comments")
    op.drop_column("comments", "thrown_at")
