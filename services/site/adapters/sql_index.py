"""How are stories entered into the index of words, and taken out, on SQLite (FTS5) and PostgreSQL (tsvector) alike?

Both get the words of `domain.listing`, so they find the same. Indexing a story touches its own rows only.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Row, RowMapping, delete, insert, select, text, update

from services.site.adapters.sql_spelling import Spellings
from services.site.adapters.tables import documents, outlines
from services.site.domain.changes import Document
from services.site.domain.listing import FIELDS, listing, tsvector
from services.site.domain.numbering import number
from services.site.domain.ranking import outline
from shared.database import Many

#: Documents in the hands of Python at a time, when all are listed.
PAGE: Final = 500
_FILE, _OUTLINE = Many(lambda _: insert(documents)), Many(lambda _: insert(outlines))
_COLUMNS: Final = "rowid, marks, headline, dek, names, body"
_VALUES: Final = ":id, :marks, :headline, :dek, :names, :text"
_LIST_HERE: Final = Many(lambda _: text(f"INSERT INTO words({_COLUMNS}) VALUES({_VALUES})"))
_UNLIST_HERE: Final = Many(lambda _: text(f"INSERT INTO words(words, {_COLUMNS}) VALUES('delete', {_VALUES})"))
_LIST_THERE: Final = Many(
    lambda _: text(
        "INSERT INTO listed(document, published, words) VALUES(:id, :published, CAST(CAST(:words AS text) AS tsvector))"
    )
)


class SqlIndex:
    """Writes the index within somebody's transaction."""

    def __init__(self, connection: Connection) -> None:
        """The writer's connection."""
        self._connection = connection
        self._postgres = connection.dialect.name == "postgresql"
        self._spellings = Spellings(connection)

    def index(self, new: Sequence[Document], gone: Sequence[str], fresh: Collection[str]) -> None:
        """Enter documents and take others out; of those in `fresh` it is known that they were never in."""
        before = self._before([*(one.story_id for one in new if one.story_id not in fresh), *gone])
        known = [one for one in new if one.story_id in before]
        changed = [one for one in known if _differs(one, before[one.story_id])]
        other = {one.story_id for one in changed}
        left = [story_id for story_id in (*gone, *sorted(other)) if story_id in before]
        self._remove([before[story_id] for story_id in left])
        self._spellings.forget((before[story_id]._asdict() for story_id in left), map(_row, changed))
        self._add([one for one in new if one.story_id not in before or one.story_id in other])
        self._touch([one for one in known if one.story_id not in other])

    def again(self, new: Sequence[Document], gone: Sequence[str]) -> None:
        """Enter documents over whatever is there and take others out, trusting nothing; for repairs."""
        story_ids = [*(one.story_id for one in new), *gone]
        self._connection.execute(delete(documents).where(documents.c.story_id.in_(story_ids)))
        self._file(new)
        list_all(self._connection)

    def _before(self, story_ids: Sequence[str]) -> dict[str, Row[Any]]:
        if not story_ids:
            return {}
        found = self._connection.execute(select(documents).where(documents.c.story_id.in_(story_ids)))
        return {row.story_id: row for row in found}

    def _remove(self, rows: Sequence[Row[Any]]) -> None:
        if not rows:
            return
        ids = [row.id for row in rows]
        if self._postgres:
            gone = text("DELETE FROM listed WHERE document = ANY(:ids)")
            self._connection.execute(gone, {"ids": ids})
        else:
            # FTS5 without content of its own is told what it once was given.
            listed = sorted((row.id, _listing(row._asdict())) for row in rows)
            _UNLIST_HERE(self._connection, [{"id": key, **_spaced(fields)} for key, fields in listed])
        self._connection.execute(delete(outlines).where(outlines.c.document.in_(ids)))
        self._connection.execute(delete(documents).where(documents.c.id.in_(ids)))

    def _add(self, new: Sequence[Document]) -> None:
        if new:
            _list(self._connection, self._file(new))
            self._spellings.learn(_row(one) for one in new)

    def _file(self, new: Sequence[Document]) -> list[dict[str, Any]]:
        numbers = self._numbers(new)
        rows = [{"id": numbers[one.story_id], **_row(one)} for one in new]
        _FILE(self._connection, rows)
        return rows

    def _numbers(self, new: Sequence[Document]) -> dict[str, int]:
        """A free number for each; appliers take turns (see sql_changes), so what is free now stays free."""
        found: dict[str, int] = {}
        taken: set[int] = set()
        asking, again = list(new), 0
        while asking:
            wanted = {one.story_id: number(one.published, one.story_id, again) for one in asking}
            query = select(documents.c.id).where(documents.c.id.in_(set(wanted.values())))
            taken.update(self._connection.scalars(query))
            for story_id, place in wanted.items():
                if place not in taken:
                    found[story_id] = place
                    taken.add(place)
            asking, again = [one for one in asking if one.story_id not in found], again + 1
        return found

    def _touch(self, same: Iterable[Document]) -> None:
        for one in same:
            values = {"path": one.path, "card": orjson.dumps(one.card).decode()}
            self._connection.execute(update(documents).where(documents.c.story_id == one.story_id).values(values))


def list_all(connection: Connection) -> None:
    """List every document anew, as if nothing were listed."""
    # FTS5 takes words out only when it is told which they were, and that is in doubt.
    empty = "DELETE FROM listed" if connection.dialect.name == "postgresql" else _EMPTY
    connection.execute(text(empty))
    connection.execute(delete(outlines))
    spellings = Spellings(connection)
    spellings.empty()
    last: int | None = None
    while rows := _page(connection, last):
        _list(connection, rows)
        spellings.learn(rows)
        last = rows[-1]["id"]


def document_of(row: RowMapping) -> Document:
    """What a row of `documents` is about."""
    return Document(
        row["story_id"], row["path"], row["headline"], row["dek"], row["names"], row["text"],
        orjson.loads(row["card"]), frozenset(orjson.loads(row["facets"])), row["published"],
    )  # fmt: skip


_EMPTY: Final = "INSERT INTO words(words) VALUES('delete-all')"


def _page(connection: Connection, last: int | None) -> list[dict[str, Any]]:
    query = select(documents).order_by(documents.c.id).limit(PAGE)
    found = connection.execute(query if last is None else query.where(documents.c.id > last))
    return [dict(row) for row in found.mappings()]


def _list(connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write the words and the outlines of documents that are filed."""
    # FTS5 writes what it holds in memory whenever a number is not above the one before.
    ordered = sorted(rows, key=lambda row: int(row["id"]))
    listings = [_listing(row) for row in ordered]
    _OUTLINE(
        connection,
        [
            {
                "document": row["id"],
                "story_id": row["story_id"],
                "published": row["published"],
                "outline": outline(fields),
            }
            for row, fields in zip(ordered, listings, strict=True)
        ],
    )
    if connection.dialect.name == "postgresql":
        told = ({"id": row["id"], "published": row["published"]} for row in ordered)
        words = [{**one, "words": tsvector(fields)} for one, fields in zip(told, listings, strict=True)]
        _LIST_THERE(connection, words)
    else:
        ids = (row["id"] for row in ordered)
        _LIST_HERE(connection, [{"id": key, **_spaced(fields)} for key, fields in zip(ids, listings, strict=True)])


def _listing(row: Mapping[str, Any]) -> dict[str, list[str]]:
    return listing(row, orjson.loads(row["facets"]))


def _spaced(fields: Mapping[str, Sequence[str]]) -> dict[str, str]:
    return {name: " ".join(words) for name, words in fields.items()}


def _row(document: Document) -> dict[str, Any]:
    return {
        "story_id": document.story_id,
        "path": document.path,
        "headline": document.headline,
        "dek": document.dek,
        "names": document.names,
        "facets": orjson.dumps(sorted(document.facets)).decode(),
        "published": document.published,
        "card": orjson.dumps(document.card).decode(),
        "text": document.text,
    }


def _differs(document: Document, before: Row[Any]) -> bool:
    """Is another word, another facet or time in it? A name that was a section and is a tag now is the same word."""
    after = _row(document)
    return any(after[name] != getattr(before, name) for name in (*FIELDS, "facets", "published"))
