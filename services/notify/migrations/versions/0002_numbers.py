"""The place of each revision among the changes."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "numbers",
        sa.Column("story_id", sa.String(36), primary_key=True),
        sa.Column("revision", sa.Integer, primary_key=True),
        sa.Column("seq", sa.BigInteger, nullable=False),
    )
    op.create_index("numbers_seq", "numbers", ["seq"])


def downgrade() -> None:
    op.drop_table("numbers")
