"""Documents are numbered by the time of publication; ranking and spelling have tables of their own.

What was listed before is listed anew: the words that a text has follow other rules.
"""

import json

import sqlalchemy as sa
from alembic import op

from services.site.adapters.sql_index import list_all
from services.site.domain.numbering import number

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    postgres = op.get_bind().dialect.name == "postgresql"
    op.rename_table("documents", "documents_before")
    op.rename_table("facets", "facets_before")
    if postgres:
        # Its indices keep their names, which the new table wants.
        op.execute("ALTER INDEX documents_pkey RENAME TO documents_before_pkey")
        op.execute("ALTER TABLE documents_before DROP CONSTRAINT documents_story_id_key")
    else:
        op.execute("DROP TABLE words")
    op.drop_index("documents_published", "documents_before")
    _tables()
    if postgres:
        _postgres()
    else:
        # The words come folded and separated by blanks, so the plainest tokenizer reads them as they are; without
        # content of its own: `documents` has the text.
        op.execute(
            "CREATE VIRTUAL TABLE words USING fts5(marks, headline, dek, names, body, content='', tokenize='ascii')"
        )
    _copy(op.get_bind())
    list_all(op.get_bind())
    op.drop_table("facets_before")
    op.drop_table("documents_before")


def _tables() -> None:
    op.create_table(
        "documents",
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("story_id", sa.String(36), nullable=False, unique=True),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("headline", sa.Text, nullable=False),
        sa.Column("dek", sa.Text, nullable=False),
        sa.Column("names", sa.Text, nullable=False),
        sa.Column("facets", sa.Text, nullable=False),
        sa.Column("published", sa.Float, nullable=False),
        sa.Column("card", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_table(
        "outlines",
        sa.Column("document", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("story_id", sa.String(36), nullable=False),
        sa.Column("published", sa.Float, nullable=False),
        sa.Column("outline", sa.Text, nullable=False),
    )
    op.create_table(
        "spellings",
        sa.Column("fragment", sa.Text, primary_key=True),
        sa.Column("word", sa.Text, primary_key=True),
        sqlite_with_rowid=False,
    )


def _copy(connection: sa.Connection) -> None:
    """Every document under its new number, its facets in its own row."""
    facets: dict[int, list[str]] = {}
    for facet, document in connection.execute(sa.text("SELECT facet, document FROM facets_before")):
        facets.setdefault(document, []).append(facet)
    taken: set[int] = set()
    insert = sa.text(
        "INSERT INTO documents(id, story_id, path, headline, dek, names, facets, published, card, text) "
        "SELECT :number, story_id, path, headline, dek, names, :facets, published, card, text "
        "FROM documents_before WHERE id = :before"
    )
    before = connection.execute(sa.text("SELECT id, story_id, published FROM documents_before ORDER BY id")).all()
    for row in before:
        again = 0
        while (place := number(row.published, row.story_id, again)) in taken:
            again += 1
        taken.add(place)
        told = json.dumps(sorted(facets.get(row.id, [])), ensure_ascii=False, separators=(",", ":"))
        connection.execute(insert, {"number": place, "facets": told, "before": row.id})


def _postgres() -> None:
    op.execute(
        "CREATE TABLE listed "
        "(document bigint PRIMARY KEY, published double precision NOT NULL, words tsvector NOT NULL)"
    )
    # Rows of sixty bytes, the words beside them: of half of all stories the newest are found in some milliseconds.
    op.execute("ALTER TABLE listed SET (toast_tuple_target = 128)")
    # What is not merged into the index yet is read whole by every search.
    op.execute(
        "CREATE INDEX listed_words ON listed USING gin (words) WITH (fastupdate = on, gin_pending_list_limit = 512)"
    )


def downgrade() -> None:
    raise NotImplementedError("the index of words of before cannot read what is there now; restore a backup")
