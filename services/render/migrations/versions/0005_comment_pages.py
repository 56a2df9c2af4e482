"""On which page of its story's comments each stands that the site's feed shows; the feed keeps no others."""

import sqlalchemy as sa
from alembic import op

from services.render.adapters.commenting import enter_comments
from services.render.domain.stored_form import unpack_comments

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("comments", sa.Column("page", sa.Integer, nullable=False, server_default="1"))
    connection = op.get_bind()
    talked = sa.text("SELECT story_id, comments FROM stories WHERE state = 'live' AND comments IS NOT NULL")
    for story_id, packed in connection.execute(talked).all():
        enter_comments(connection, story_id, unpack_comments(bytes(packed)))


def downgrade() -> None:
    op.drop_column("comments", "page")
