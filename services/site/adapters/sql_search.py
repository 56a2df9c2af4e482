"""How are stories found, and what is suggested when there are none?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Row, select

from services.site.adapters.sql_spelling import spelt
from services.site.adapters.tables import documents
from services.site.adapters.word_index import EVERYTHING, Narrowed, WordIndex
from services.site.domain.listing import has_phrases
from services.site.domain.query import Query, typed
from services.site.domain.ranking import Candidate, ranked
from services.site.domain.spelling import written
from shared.database import Database

PER_PAGE: Final = 20
LAST_PAGE: Final = 50
#: So many stories can be leafed through; when there are more nobody counts them.
MOST: Final = PER_PAGE * LAST_PAGE
#: So much of a story is read to see how it writes a word.
READ: Final = 5_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """A search: words, and what narrows it down; a page; the time, beside which stories are old.

    `newest`: the page is of the newest of what is found, as in a feed, not of the best.
    """

    query: Query
    narrowed: Narrowed = EVERYTHING
    page: int = 1
    now: float = 0.0
    newest: bool = False


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


@dataclass(frozen=True, slots=True)
class Found:
    """How many stories there are, `MOST` standing for as many or more; a page of them, best first."""

    total: int
    hits: list[Hit]


@dataclass(frozen=True, slots=True)
class Suggested:
    """What else could be asked: other words, as one types them; the search without what narrows it down."""

    text: str | None = None
    anywhere: bool = False


class SqlSearch:
    """Finds stories."""

    def __init__(self, database: Database) -> None:
        """The site's database."""
        self._database = database

    async def find(self, wanted: Wanted) -> Found:
        """What there is; without words newest first."""
        return await self._database.read(lambda connection: _find(connection, wanted))

    async def suggest(self, wanted: Wanted) -> Suggested:
        """What to ask instead of a question that finds nothing."""
        return await self._database.read(lambda connection: _suggest(connection, wanted))


def _find(connection: Connection, wanted: Wanted) -> Found:
    found = _candidates(WordIndex(connection), wanted)
    page = slice((wanted.page - 1) * PER_PAGE, wanted.page * PER_PAGE)
    if wanted.newest:
        shown = ranked(ranked(found, Query(), wanted.now)[page], wanted.query, wanted.now)
    else:
        shown = ranked(found, wanted.query, wanted.now)[:MOST][page]
    return Found(min(len(found), MOST), _hits(connection, shown))


def _candidates(index: WordIndex, wanted: Wanted) -> list[Candidate]:
    found = index.some(wanted.query, MOST, wanted.narrowed)
    if not wanted.query.wanted or (len(found) < MOST and not has_phrases(wanted.query)):
        return found  # these are all
    known = {one.document for one in found}
    heads = index.some(wanted.query, MOST, wanted.narrowed, scope="head")
    return found + [one for one in heads if one.document not in known]


def _hits(connection: Connection, found: list[Candidate]) -> list[Hit]:
    if not found:
        return []
    rows = connection.execute(select(documents).where(documents.c.id.in_([one.document for one in found])))
    known = {row.id: row for row in rows}
    # On PostgreSQL one may have been withdrawn since it was found.
    return [_hit(known[one.document]) for one in found if one.document in known]


def _hit(row: Row[Any]) -> Hit:
    card = orjson.loads(row.card)
    return Hit(row.story_id, row.path, row.headline, row.dek, row.text, card, row.published)


def _suggest(connection: Connection, wanted: Wanted) -> Suggested:
    index = WordIndex(connection)
    narrowed = wanted.narrowed != EVERYTHING
    if narrowed and wanted.query.terms and index.some(wanted.query, 1):
        return Suggested(anywhere=True)
    better = spelt(connection, index, wanted.query)
    if better is None:
        return Suggested()
    for within in (wanted.narrowed, EVERYTHING) if narrowed else (wanted.narrowed,):
        if first := index.some(better, 1, within):
            return Suggested(_typed(connection, better, first), anywhere=within != wanted.narrowed)
    return Suggested()


def _typed(connection: Connection, query: Query, found: list[Candidate]) -> str:
    """The query with its words as a story that it finds writes them."""
    hits = _hits(connection, found)
    return typed(query, written(" ".join(f"{hit.headline} {hit.dek} {hit.text[:READ]}" for hit in hits)))
