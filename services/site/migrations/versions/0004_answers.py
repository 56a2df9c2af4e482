"""Who asked to hear of answers to a comment, which answers are owed to them, and what words a comment is made of."""

import sqlalchemy as sa
from alembic import op

from shared.database import Instant

revision = "0004"
down_revision = "0003"

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    asked = sa.Column("wants_answers", sa.Boolean, nullable=False, server_default=sa.false())
    op.add_column("comments", asked)
    op.add_column("comments", sa.Column("words", sa.String(64), nullable=False, server_default=""))
    op.create_index("comments_words", "comments", ["words", "at"])
    op.create_table(
        "answers",
        sa.Column("comment", _NUMBER, primary_key=True, autoincrement=False),
        sa.Column("story_id", sa.String(36), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("settled", sa.Boolean, nullable=False),
        sa.Column("owed_at", Instant, nullable=False),
        sa.Column("repeat_at", Instant, nullable=False),
    )
    op.create_index("answers_open", "answers", ["settled", "repeat_at"])
    op.create_index("answers_story", "answers", ["story_id"])


def downgrade() -> None:
    op.drop_table("answers")
    op.drop_index("comments_words", "comments")
    op.drop_column("comments", "words")
    op.drop_column("comments", "wants_answers")
