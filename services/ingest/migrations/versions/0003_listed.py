"""In which lists a story stood. Of stories that are there already only what comes from now on is known."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("stories", sa.Column("listed", sa.Text, nullable=False, server_default="[]"))


def downgrade() -> None:
    op.drop_column("stories", "listed")
