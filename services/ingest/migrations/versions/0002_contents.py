"""What was pushed lies beside the log: a revision changes its state three times, each time its whole row is written."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "contents",
        sa.Column("position", _BIG, primary_key=True, autoincrement=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    op.execute("INSERT INTO contents SELECT position, content FROM revisions WHERE content IS NOT NULL")
    op.drop_column("revisions", "content")
    op.drop_index("revisions_state", "revisions")
    # With the size, so that the room in the window is known without a look at the revisions.
    op.create_index("revisions_state", "revisions", ["state", "position", "size"])


def downgrade() -> None:
    op.drop_index("revisions_state", "revisions")
    op.create_index("revisions_state", "revisions", ["state", "position"])
    op.add_column("revisions", sa.Column("content", sa.LargeBinary))
    op.execute(
        "UPDATE revisions SET content = (SELECT content FROM contents WHERE contents.position = revisions.position)"
    )
    op.drop_table("contents")
