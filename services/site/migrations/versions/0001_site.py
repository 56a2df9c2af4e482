"""Routes, stories, redirects, pictures in use, corrections, search and comments."""

import sqlalchemy as sa
from alembic import op

from shared.database import Instant

revision = "0001"
down_revision = None


def upgrade() -> None:
    _addresses()
    _search()
    _comments()


def _addresses() -> None:
    counters = op.create_table(
        "counters",
        sa.Column("name", sa.String(20), primary_key=True),
        sa.Column("value", sa.BigInteger, nullable=False),
    )
    op.bulk_insert(counters, [{"name": "changed", "value": 0}])
    op.create_table(
        "routes",
        sa.Column("path", sa.Text, primary_key=True),
        sa.Column("key", sa.Text),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("story_id", sa.String(36)),
        sa.Column("last_modified", sa.BigInteger, nullable=False),
        sa.Column("changed", sa.BigInteger, nullable=False),
    )
    op.create_index("routes_changed", "routes", ["changed"])
    op.create_index("routes_story", "routes", ["story_id"])
    op.create_table(
        "stories",
        sa.Column("story_id", sa.String(36), primary_key=True),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("comments_version", sa.Integer, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("action", sa.String(8), nullable=False),
        sa.Column("headline", sa.Text, nullable=False),
        sa.Column("comments_open", sa.Boolean, nullable=False),
        sa.Column("note", sa.Text),
        sa.Column("changed_at", Instant, nullable=False),
        sa.Column("changed", sa.BigInteger, nullable=False),
    )
    op.create_index("stories_path", "stories", ["path"])
    op.create_index("stories_changed", "stories", ["changed"])
    op.create_table(
        "redirects",
        sa.Column("path", sa.Text, primary_key=True),
        sa.Column("story_id", sa.String(36), nullable=False),
    )
    op.create_index("redirects_story", "redirects", ["story_id"])
    op.create_table(
        "media",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("story_id", sa.String(36), primary_key=True),
        sa.Column("stem", sa.Text, nullable=False),
        sa.Column("live", sa.Boolean, nullable=False),
    )
    op.create_index("media_stem", "media", ["stem"])
    op.create_index("media_story", "media", ["story_id"])
    op.create_table(
        "corrections",
        sa.Column("story_id", sa.String(36), primary_key=True),
        sa.Column("revision", sa.Integer, primary_key=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("at", Instant, nullable=False),
    )
    op.create_index("corrections_at", "corrections", ["at"])


def _search() -> None:
    op.create_table(
        "documents",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("story_id", sa.String(36), nullable=False, unique=True),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("headline", sa.Text, nullable=False),
        sa.Column("dek", sa.Text, nullable=False),
        sa.Column("names", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("card", sa.Text, nullable=False),
        sa.Column("published", sa.Float, nullable=False),
    )
    op.create_index("documents_published", "documents", ["published"])
    op.create_table(
        "facets",
        sa.Column("facet", sa.Text, primary_key=True),
        sa.Column("document", sa.Integer, primary_key=True),
    )
    op.create_index("facets_document", "facets", ["document"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE documents ADD COLUMN words tsvector")
        op.execute("CREATE INDEX documents_words ON documents USING gin (words) WITH (fastupdate = on)")
    else:
        # The words come folded and separated by blanks, so the plainest tokenizer reads them as they are; without
        # content of its own: `documents` has the text.
        op.execute(
            "CREATE VIRTUAL TABLE words USING fts5(headline, dek, names, body, content='', tokenize='ascii', "
            "prefix='4 6')"
        )


def _comments() -> None:
    op.create_table(
        "comments",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("story_id", sa.String(36), nullable=False),
        sa.Column("parent", sa.Integer),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("website", sa.Text),
        sa.Column("comment", sa.Text, nullable=False),
        sa.Column("status", sa.String(8), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("at", Instant, nullable=False),
    )
    op.create_index("comments_story", "comments", ["story_id", "status"])
    op.create_index("comments_status", "comments", ["status", "id"])
    op.create_index("comments_digest", "comments", ["digest"])
    op.create_table(
        "discussions",
        sa.Column("story_id", sa.String(36), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("settled", sa.Boolean, nullable=False),
        sa.Column("repeat_at", Instant, nullable=False),
    )
    op.create_index("discussions_open", "discussions", ["settled", "repeat_at"])


def downgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        op.execute("DROP TABLE words")
    for table in ("discussions", "comments", "facets", "documents", "corrections", "media", "redirects", "stories"):
        op.drop_table(table)
    op.drop_table("routes")
    op.drop_table("counters")
