"""How are stories indexed, and found again, on SQLite (FTS5) and PostgreSQL (tsvector) alike?

Both get the words of `domain.words`, so they find the same. Indexing a story touches its own rows only.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Row, delete, func, insert, select, text, update

from services.site.adapters.tables import documents, facets
from services.site.domain.changes import Document
from services.site.domain.query import Query, fts5, tsquery
from services.site.domain.words import words
from shared.database import Database, Many

#: How much a word weighs in the headline, the dek, the names of sections, tags and authors, and the text.
WEIGHTS: Final = (10.0, 4.0, 3.0, 1.0)
#: A story's rank halves, beside a new one's, when it is this old.
HALF_LIFE_DAYS: Final = 60.0
PER_PAGE: Final = 20
LAST_PAGE: Final = 50
#: PostgreSQL keeps positions up to here; words behind it are still found.
_LAST_POSITION: Final = 16_383
_FIELDS: Final = ("headline", "dek", "names", "text")
_FILE, _SORT = Many(lambda _: insert(documents)), Many(lambda _: insert(facets))
_LIST_HERE = Many(
    lambda _: text("INSERT INTO words(rowid, headline, dek, names, body) VALUES(:id, :headline, :dek, :names, :text)")
)
_LIST_THERE = Many(lambda _: text("UPDATE documents SET words = CAST(CAST(:words AS text) AS tsvector) WHERE id = :id"))


@dataclass(frozen=True, slots=True)
class Wanted:
    """A search: words, facets that must all be there, a span of time (Unix seconds, `until` exclusive), a page."""

    query: Query
    facets: tuple[str, ...] = ()
    since: float | None = None
    until: float | None = None
    page: int = 1
    now: float = 0.0


@dataclass(frozen=True, slots=True)
class Hit:
    """A story that was found."""

    story_id: str
    path: str
    headline: str
    dek: str
    text: str
    card: Mapping[str, Any]
    published: float


class SqlIndex:
    """Writes the index within somebody's transaction."""

    def __init__(self, connection: Connection) -> None:
        """The writer's connection."""
        self._connection = connection
        self._postgres = connection.dialect.name == "postgresql"

    def index(self, new: Sequence[Document], gone: Sequence[str], fresh: Collection[str]) -> None:
        """Enter documents and take others out; of those in `fresh` it is known that they were never in."""
        before = self._before([*(one.story_id for one in new if one.story_id not in fresh), *gone])
        self._remove([before[story_id] for story_id in gone if story_id in before])
        sorted_as = self._facets(before.values())
        changed = [
            one
            for one in new
            if one.story_id not in before
            or _differs(one, before[one.story_id], sorted_as.get(before[one.story_id].id, set()))
        ]
        self._remove([before[one.story_id] for one in changed if one.story_id in before])
        self._add(changed)
        self._touch([one for one in new if one not in changed])

    def again(self, new: Sequence[Document], gone: Sequence[str]) -> None:
        """Enter documents over whatever is there and take others out, trusting nothing; for repairs."""
        story_ids = [*(one.story_id for one in new), *gone]
        if not story_ids:
            return
        ids = select(documents.c.id).where(documents.c.story_id.in_(story_ids))
        self._connection.execute(delete(facets).where(facets.c.document.in_(ids)))
        self._connection.execute(delete(documents).where(documents.c.story_id.in_(story_ids)))
        if not self._postgres:
            # FTS5 takes words out only when it is told which they were, and that is in doubt: the list is made anew.
            self._connection.execute(text("INSERT INTO words(words) VALUES('delete-all')"))
            for rows in self._connection.execution_options(yield_per=500).execute(select(documents)).partitions():
                _LIST_HERE(self._connection, [{"id": row.id, **_spaced(row._asdict())} for row in rows])
        self._add(new)

    def _before(self, story_ids: Sequence[str]) -> dict[str, Row[Any]]:
        if not story_ids:
            return {}
        found = self._connection.execute(select(documents).where(documents.c.story_id.in_(story_ids)))
        return {row.story_id: row for row in found}

    def _facets(self, rows: Collection[Row[Any]]) -> dict[int, set[str]]:
        found: dict[int, set[str]] = {}
        if rows:
            query = select(facets.c.document, facets.c.facet).where(facets.c.document.in_([row.id for row in rows]))
            for number, facet in self._connection.execute(query):
                found.setdefault(number, set()).add(facet)
        return found

    def _remove(self, rows: Sequence[Row[Any]]) -> None:
        if not rows:
            return
        ids = [row.id for row in rows]
        if not self._postgres:
            # FTS5 without content of its own is told what it once was given.
            statement = text(
                "INSERT INTO words(words, rowid, headline, dek, names, body) "
                "VALUES('delete', :id, :headline, :dek, :names, :text)"
            )
            self._connection.execute(statement, [{"id": row.id, **_spaced(row._asdict())} for row in rows])
        self._connection.execute(delete(facets).where(facets.c.document.in_(ids)))
        self._connection.execute(delete(documents).where(documents.c.id.in_(ids)))

    def _add(self, new: Sequence[Document]) -> None:
        if not new:
            return
        # Appliers take turns (see sql_changes), so the next free numbers are ours.
        last = self._connection.scalar(select(func.coalesce(func.max(documents.c.id), 0))) or 0
        numbered = list(enumerate(new, last + 1))
        _FILE(self._connection, [{"id": number, **_row(one)} for number, one in numbered])
        facets = [{"facet": facet, "document": number} for number, one in numbered for facet in sorted(one.facets)]
        _SORT(self._connection, facets)
        if self._postgres:
            _LIST_THERE(self._connection, [{"id": number, "words": tsvector(one)} for number, one in numbered])
        else:
            _LIST_HERE(self._connection, [{"id": number, **_spaced(_row(one))} for number, one in numbered])

    def _touch(self, same: Iterable[Document]) -> None:
        for one in same:
            values = {"path": one.path, "card": orjson.dumps(one.card).decode(), "published": one.published}
            self._connection.execute(update(documents).where(documents.c.story_id == one.story_id).values(values))


class SqlSearch:
    """Finds stories."""

    def __init__(self, database: Database) -> None:
        """The site's database."""
        self._database = database

    async def find(self, wanted: Wanted) -> tuple[int, list[Hit]]:
        """How many there are in all, and one page of them, best first; without words newest first."""
        return await self._database.read(lambda connection: _find(connection, wanted))


def tsvector(document: Document) -> str:
    """A document as PostgreSQL's text form of a tsvector: `'word':3A,17D`."""
    found: dict[str, list[str]] = {}
    position = 0
    for letter, name in zip("ABCD", _FIELDS, strict=True):
        for word in words(getattr(document, name)):
            position += 1
            places = found.setdefault(word, [])
            if len(places) < 255:  # noqa: PLR2004 - PostgreSQL keeps no more of a word
                places.append(f"{min(position, _LAST_POSITION)}{letter}")
        position += 1  # no phrase reaches from one field into the next
    return " ".join(f"'{word}':{','.join(dict.fromkeys(places))}" for word, places in found.items())


def _find(connection: Connection, wanted: Wanted) -> tuple[int, list[Hit]]:
    postgres = connection.dialect.name == "postgresql"
    where, values = _conditions(wanted)
    source = "documents d"
    # Stories of one push share their time: what decides then is nothing that depends on which of them came here first.
    order = "d.published DESC, d.story_id"
    if wanted.query.terms:
        if postgres:
            where.append("d.words @@ CAST(CAST(:match AS text) AS tsquery)")
            rank = "ts_rank('{0.1,0.3,0.4,1.0}', d.words, CAST(CAST(:match AS text) AS tsquery))"
            values["match"] = tsquery(wanted.query)
        else:
            source = "words JOIN documents d ON d.id = words.rowid"
            where.append("words MATCH :match")
            rank = f"-bm25(words, {', '.join(map(str, WEIGHTS))})"
            values["match"] = fts5(wanted.query)
        values |= {"now": wanted.now, "half": HALF_LIFE_DAYS * 86_400}
        now = "CAST(:now AS double precision)"
        age = f"CASE WHEN d.published < {now} THEN {now} - d.published ELSE 0 END"
        # bm25 of a word that most stories have is about 0: the floor leaves order to the age then.
        order = f"(({rank}) + 0.000001) / (1 + {age} / CAST(:half AS double precision)) DESC, {order}"
    condition = " AND ".join(where) or "1 = 1"
    total = connection.scalar(text(f"SELECT count(*) FROM {source} WHERE {condition}"), values) or 0  # noqa: S608 - parts are ours
    statement = f"SELECT d.* FROM {source} WHERE {condition} ORDER BY {order} LIMIT :limit OFFSET :offset"  # noqa: S608 - parts are ours
    page = {"limit": PER_PAGE, "offset": (wanted.page - 1) * PER_PAGE}
    return int(total), [_hit(row) for row in connection.execute(text(statement), values | page)]


def _conditions(wanted: Wanted) -> tuple[list[str], dict[str, Any]]:
    where: list[str] = []
    values: dict[str, Any] = {}
    for number, facet in enumerate(wanted.facets):
        where.append(f"d.id IN (SELECT document FROM facets WHERE facet = :facet{number})")  # noqa: S608 - a number
        values[f"facet{number}"] = facet
    for name, sign, bound in (("since", ">=", wanted.since), ("until", "<", wanted.until)):
        if bound is not None:
            where.append(f"d.published {sign} CAST(:{name} AS double precision)")
            values[name] = bound
    return where, values


def _hit(row: Row[Any]) -> Hit:
    card = orjson.loads(row.card)
    return Hit(row.story_id, row.path, row.headline, row.dek, row.text, card, row.published)


def _row(document: Document) -> dict[str, Any]:
    return {
        "story_id": document.story_id,
        "path": document.path,
        "headline": document.headline,
        "dek": document.dek,
        "names": document.names,
        "text": document.text,
        "card": orjson.dumps(document.card).decode(),
        "published": document.published,
    }


def _spaced(row: Mapping[str, Any]) -> dict[str, str]:
    return {name: " ".join(words(row[name])) for name in _FIELDS}


def _differs(document: Document, before: Row[Any], sorted_as: set[str]) -> bool:
    """Is another word, or another facet, in it? A name that was a section and is a tag now is the same word."""
    return sorted_as != document.facets or any(getattr(document, name) != getattr(before, name) for name in _FIELDS)
