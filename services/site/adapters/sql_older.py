"""Which stories does a list's feed go on with, and in which archived feeds of months do their entries stand?

A page of a month has twenty stories, oldest first, so how many stories of its month are older than one says on which
page it is. While a month is being written anew that is off by one.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import Connection, func, select

from services.site.adapters.tables import documents, outlines, routes
from services.site.adapters.word_index import Narrowed, WordIndex
from services.site.domain.numbering import highest, lowest
from services.site.domain.older import PER_DOCUMENT, Older
from services.site.domain.query import Query
from services.site.domain.ranking import Candidate
from shared.database import Database

#: Stories of a month's page (services/render/domain/lists.py has the same measure).
PER_PAGE: Final = 20
#: No story has a lower number.
_LOWEST: Final = -(2**62)
_SECOND: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """A story, and the keys of the archived feeds in which its entry stands, or, not as likely, those beside them."""

    story_id: str
    likely: Sequence[str]
    beside: Sequence[str]


@dataclass(frozen=True, slots=True)
class Found:
    """The stories of a document, newest first; `feed` is the key of the list's own feed.

    `previous`, `next`, `last` are the numbers below which the documents beside it begin: None is the feed itself, and
    for `next` that there is none.
    """

    feed: str
    stories: Sequence[Wanted]
    previous: int | None
    next: int | None
    last: int | None


class SqlOlder:
    """Looks stories of lists up."""

    def __init__(self, database: Database, zone: ZoneInfo) -> None:
        """The site's database; `zone` decides to which month a story belongs."""
        self._database, self._zone = database, zone

    async def find(self, older: Older) -> Found | None:
        """What a document shows; None when there is no such list, or nothing of it is as old."""
        return await self._database.read(lambda connection: self._find(connection, older))

    def _find(self, connection: Connection, older: Older) -> Found | None:
        feed = _keys(connection, [older.feed_path]).get(older.feed_path)
        index = WordIndex(connection)
        until = None if older.until is None else (older.until + 1) / _SECOND
        narrowed = Narrowed((older.facet,), until=until, below=older.below)
        found = index.some(Query(), PER_DOCUMENT + 1, narrowed)
        if feed is None or not found:
            return None
        shown = found[:PER_DOCUMENT]
        return Found(
            feed=feed,
            stories=self._wanted(connection, _with(connection, shown, older.facet), older.form),
            previous=None if older.below is None else index.place(older.facet, older.below, PER_DOCUMENT),
            next=shown[-1].document if len(found) > PER_DOCUMENT else None,
            last=index.place(older.facet, _LOWEST, PER_DOCUMENT),
        )

    def _wanted(self, connection: Connection, found: Sequence[Candidate], form: str) -> Sequence[Wanted]:
        months: dict[str, list[Candidate]] = defaultdict(list)
        for one in found:
            months[f"{datetime.fromtimestamp(one.published, self._zone):%Y/%m}"].append(one)
        pages = {
            one.story_id: (month, numbers)
            for month, members in months.items()
            for one, numbers in zip(members, self._pages(connection, members), strict=True)
        }
        asked = {
            _path(month, number, form)
            for month, numbers in pages.values()
            for number in (None, *range(numbers.start - 1, numbers.stop + 1))
        }
        keys = _keys(connection, asked)

        def named(month: str, numbers: Iterable[int]) -> list[str]:
            """A month's newest page is at its own address."""
            own = keys.get(_path(month, None, form))
            found = [keys.get(_path(month, number, form), own) for number in numbers if number > 0]
            return [key for key in dict.fromkeys(found) if key]

        ordered = sorted(found, key=lambda one: (-one.published, -one.document))
        return [
            Wanted(one.story_id, named(month, numbers), named(month, (numbers.start - 1, numbers.stop)))
            for one in ordered
            for month, numbers in (pages[one.story_id],)
        ]

    def _pages(self, connection: Connection, members: Sequence[Candidate]) -> list[range]:
        """The pages of their month on which stories may be; of those of one moment nobody knows the order."""
        times = [one.published for one in members]
        first = datetime.fromtimestamp(min(times), self._zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        within = (outlines.c.document >= lowest(first.timestamp()), outlines.c.document < highest(max(times)))
        month = select(outlines.c.published).where(*within, outlines.c.published >= first.timestamp())
        before = select(func.count()).select_from(month.where(outlines.c.published < min(times)).subquery())
        older = connection.scalar(before) or 0
        between = month.where(outlines.c.published >= min(times), outlines.c.published <= max(times))
        beside = sorted(connection.scalars(between))
        places = ((older + bisect_left(beside, at), older + bisect_right(beside, at) - 1) for at in times)
        return [range(low // PER_PAGE + 1, high // PER_PAGE + 2) for low, high in places]


def _with(connection: Connection, found: Sequence[Candidate], facet: str) -> list[Candidate]:
    """Those that have just this facet: the index of words takes ways to write a name for one."""
    query = select(documents.c.id, documents.c.facets).where(documents.c.id.in_([one.document for one in found]))
    facets = {row.id: orjson.loads(row.facets) for row in connection.execute(query)}
    return [one for one in found if facet in facets.get(one.document, ())]


def _path(month: str, number: int | None, form: str) -> str:
    return f"/archive/{month}/{'' if number is None else f'page/{number}/'}feed/{form}"


def _keys(connection: Connection, paths: Iterable[str]) -> Mapping[str, Any]:
    query = select(routes.c.path, routes.c.key).where(routes.c.path.in_(list(paths)), routes.c.key.is_not(None))
    return {row.path: row.key for row in connection.execute(query)}
