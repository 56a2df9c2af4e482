"""The index: stories, lists, references, tombstones, comments, what is to be rendered again."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

TEXT, KEY, STORY, BIG = sa.Text, sa.String(250), sa.String(36), sa.BigInteger


def upgrade() -> None:
    op.create_table(
        "stories",
        sa.Column("story_id", STORY, primary_key=True),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("comments_version", BIG, nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.Column("ordinal", BIG, nullable=False),
        sa.Column("path", TEXT, nullable=False),
        sa.Column("published_at", BIG, nullable=False),
        sa.Column("accepted_at", BIG, nullable=False),
        sa.Column("updated_at", BIG, nullable=False),
        sa.Column("headline", TEXT, nullable=False),
        sa.Column("priority", sa.String(10), nullable=False),
        sa.Column("language", sa.String(40), nullable=False),
        sa.Column("sponsored", sa.Boolean, nullable=False),
        sa.Column("thumb", TEXT),
        sa.Column("doc", sa.LargeBinary),
        sa.Column("comments", sa.LargeBinary),
    )
    op.create_index("stories_ordinal", "stories", ["state", "ordinal"])
    op.create_table(
        "memberships",
        sa.Column("list_key", KEY, primary_key=True),
        sa.Column("story_id", STORY, primary_key=True),
        sa.Column("here", sa.Boolean, nullable=False),
        sa.Column("sort_at", BIG, nullable=False),
        sa.Column("ordinal", BIG, nullable=False),
    )
    op.create_index("memberships_order", "memberships", ["list_key", "here", "sort_at", "ordinal", "story_id"])
    op.create_index("memberships_story", "memberships", ["story_id"])
    op.create_table(
        "lists",
        sa.Column("key", KEY, primary_key=True),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("name_ordinal", BIG, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("pages", sa.Integer, nullable=False),
        sa.Column("version", BIG, nullable=False),
    )
    op.create_table(
        "chunks",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("changed_at", BIG),
    )
    _beside()


def _beside() -> None:
    for name, other in (("refs", "target"), ("addresses", "address")):
        op.create_table(
            name,
            sa.Column(other, TEXT, primary_key=True),
            sa.Column("story_id", STORY, primary_key=True),
        )
        op.create_index(f"{name}_story", name, ["story_id"])
    op.create_table(
        "tombstones",
        sa.Column("list_key", KEY, primary_key=True),
        sa.Column("story_id", STORY, primary_key=True),
        sa.Column("path", TEXT, nullable=False),
        sa.Column("killed_at", BIG, nullable=False),
        sa.Column("note", TEXT, nullable=False),
        sa.Column("sort_at", BIG, nullable=False),
        sa.Column("ordinal", BIG, nullable=False),
    )
    op.create_index("tombstones_age", "tombstones", ["killed_at"])
    op.create_index("tombstones_story", "tombstones", ["story_id"])
    op.create_table(
        "comments",
        sa.Column("story_id", STORY, primary_key=True),
        sa.Column("comment_id", BIG, primary_key=True),
        sa.Column("at", BIG, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_index("comments_age", "comments", ["at", "comment_id"])
    op.create_table(
        "dirty",
        sa.Column("what", sa.String(10), primary_key=True),
        sa.Column("key", KEY, primary_key=True),
        sa.Column("due", BIG, nullable=False),
        sa.Column("mark", BIG, nullable=False),
        sa.Column("since", BIG),
    )
    op.create_index("dirty_due", "dirty", ["due"])
    op.create_table(
        "thumbs",
        sa.Column("image", sa.String(200), primary_key=True),
        sa.Column("thumb", TEXT, nullable=False),
    )
    op.create_table(
        "counters",
        sa.Column("name", sa.String(20), primary_key=True),
        sa.Column("value", BIG, nullable=False),
    )


def downgrade() -> None:
    for table in (
        *("counters", "thumbs", "dirty", "comments", "tombstones", "addresses", "refs"),
        *("chunks", "lists", "memberships", "stories"),
    ):
        op.drop_table(table)
