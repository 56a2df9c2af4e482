"""A revision says what it changed for readers, so that a page's history can name it."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("revisions", sa.Column("changed", sa.Text))


def downgrade() -> None:
    op.drop_column("revisions", "changed")
