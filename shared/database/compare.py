"""Where do two databases of one service differ, and how does one become like the other?

A rebuild fills a second database beside the one that serves. Then rows are compared by what counts of them, and only
those that differ are written, in one transaction: readers see all of it or nothing.

Moved    ours was changed by somebody else between the comparison and the transaction; compare again
"""

from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Row, Table, delete, select, tuple_

from shared.database.database import Database
from shared.database.statements import Many


class Moved(Exception):  # noqa: N818 - an outcome with a name, as in LookupError
    """Ours has changed since it was compared."""


Key = tuple[Any, ...]
#: Has something come since theirs was made, so that it must be carried on first? Asked after ours was looked at: what
#: has changed ours before that is known by then, and what changes it later shows in it.
IsBehind = Callable[[], Awaitable[bool]]
#: Rows in the hands of Python at a time.
PAGE = 500


@dataclass(frozen=True)
class Compared:
    """A table and what counts of it.

    `ignoring`: columns that say nothing about what is shown (versions, clocks). `reading`: column → what counts of its
    value. `telling(row)`: what counts of a row, instead of these two. `counts(row)`: rows that count at all; those that
    do not are neither compared nor removed.
    """

    table: Table
    ignoring: frozenset[str] = frozenset()
    reading: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    telling: Callable[[Row[Any]], Any] | None = None
    counts: Callable[[Row[Any]], bool] | None = None

    def teller(self) -> Callable[[Row[Any]], Any]:
        """A function that gives what counts of a row."""
        if self.telling is not None:
            return self.telling
        seen = [place for place, column in enumerate(self.table.columns) if column.name not in self.ignoring]
        values = itemgetter(*seen) if len(seen) > 1 else lambda row: (row[seen[0]],)
        readings = [
            (seen.index(place), self.reading[column.name])
            for place, column in enumerate(self.table.columns)
            if column.name in self.reading
        ]
        if not readings:
            return values

        def tell(row: Row[Any]) -> Any:  # noqa: ANN401 - values of any type
            told = list(values(row))
            for place, read in readings:
                told[place] = read(told[place])
            return told

        return tell


@dataclass(frozen=True, slots=True)
class Differences:
    """Keys of rows that only the other database has, that only ours has, that both have and not alike."""

    compared: Compared
    missing: Sequence[Key]
    extra: Sequence[Key]
    changed: Sequence[Key]

    def __len__(self) -> int:
        """How many rows differ."""
        return len(self.missing) + len(self.extra) + len(self.changed)


async def differences(ours: Database, theirs: Database, compared: Compared) -> Differences:
    """Compare one table; in memory is a number for each row, never the rows."""
    here = await ours.read(lambda connection: _digests(connection, compared))
    there = await theirs.read(lambda connection: _digests(connection, compared))
    return Differences(
        compared,
        missing=[key for key in there if key not in here],
        extra=[key for key in here if key not in there],
        changed=[key for key, digest in there.items() if here.get(key, digest) != digest],
    )


async def rows_of(database: Database, table: Table, keys: Sequence[Key]) -> list[dict[str, Any]]:
    """The rows with these keys."""
    return await database.read(lambda connection: list(_rows(connection, table, keys)))


@dataclass(frozen=True, slots=True)
class Change:
    """What makes one table of ours like theirs."""

    table: Table
    rows: Sequence[dict[str, Any]]
    gone: Sequence[Key]


async def changes(theirs: Database, found: Iterable[Differences]) -> list[Change]:
    """The rows that are to be written, read from theirs."""
    return [
        Change(
            one.compared.table,
            await rows_of(theirs, one.compared.table, [*one.missing, *one.changed]),
            one.extra,
        )
        for one in found
    ]


def replace(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], gone: Collection[Key]) -> None:
    """Write rows over those with the same keys, and remove others."""
    columns = list(table.primary_key)
    Many.replacing(table, *(column.name for column in columns))(connection, rows)
    for page in _pages(list(gone)):
        connection.execute(delete(table).where(tuple_(*columns).in_(page)))


def _digests(connection: Connection, compared: Compared) -> dict[Key, bytes]:
    columns = list(compared.table.columns)
    places = [columns.index(column) for column in compared.table.primary_key]
    tell, counts = compared.teller(), compared.counts
    found: dict[Key, bytes] = {}
    for row in connection.execution_options(yield_per=PAGE).execute(select(compared.table)):
        if counts is None or counts(row):
            digest = blake2b(repr(tell(row)).encode(errors="surrogatepass"), digest_size=16).digest()
            found[tuple([row[place] for place in places])] = digest
    return found


def _rows(connection: Connection, table: Table, keys: Sequence[Key]) -> Iterator[dict[str, Any]]:
    columns = tuple_(*table.primary_key)
    for page in _pages(keys):
        yield from (dict(row) for row in connection.execute(select(table).where(columns.in_(page))).mappings())


def _pages(keys: Sequence[Key]) -> Iterable[Sequence[Key]]:
    return (keys[start : start + PAGE] for start in range(0, len(keys), PAGE))
