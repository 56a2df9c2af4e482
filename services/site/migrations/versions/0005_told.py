"""When `/live` told of a story's revision: a comment that is approved changes its page, and is no news of the story."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("stories", sa.Column("told", sa.BigInteger, nullable=False, server_default="0"))
    op.execute("UPDATE stories SET told = changed")
    op.create_index("stories_told", "stories", ["told"])


def downgrade() -> None:
    op.drop_index("stories_told", "stories")
    op.drop_column("stories", "told")
