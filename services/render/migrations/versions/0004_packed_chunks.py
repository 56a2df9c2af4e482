"""A sitemap file holds 50,000 stories and is joined from chunks of 1,000, which are kept as they stand in it."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    # Null until the chunk is made again, or its file is: then it is filled in.
    op.add_column("chunks", sa.Column("packed", sa.LargeBinary))


def downgrade() -> None:
    op.drop_column("chunks", "packed")
