"""Who shares a key with whom, who holds an address, who asks for one? Plain functions on a connection."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ColumnElement, Connection, Delete, Select, Table, bindparam, delete, select, text

from services.enrich.adapters.tables import addresses, keys, stories, wants
from services.enrich.domain.related import WINDOW
from shared.database import Many

#: SQLite takes 32,766 parameters a statement, PostgreSQL as many.
CHUNK = 5_000
#: Stories whose ordinals differ by no more than this are asked about in one statement.
NEAR = 256

# Every key is bounded by itself: a walk of an index of some 32 entries each, in one statement on both databases.
_BEFORE = text(
    "SELECT k.key, k.ordinal FROM json_each(:wanted) AS w CROSS JOIN keys AS k WHERE k.key = w.key"
    " AND k.ordinal < :last AND k.ordinal >= COALESCE((SELECT o.ordinal FROM keys AS o WHERE o.key = w.key"
    " AND o.ordinal < :first ORDER BY o.ordinal DESC LIMIT 1 OFFSET :others), 0)"
).bindparams(bindparam("wanted", type_=JSON))
_AFTER = text(
    "SELECT DISTINCT k.ordinal FROM json_each(:wanted) AS w CROSS JOIN keys AS k WHERE k.key = w.key"
    " AND k.ordinal > :ordinal AND k.ordinal <= COALESCE((SELECT o.ordinal FROM keys AS o WHERE o.key = w.key"
    " AND o.ordinal > :ordinal ORDER BY o.ordinal LIMIT 1 OFFSET :others), k.ordinal)"
).bindparams(bindparam("wanted", type_=JSON))


def _dropping(table: Table, _: Connection) -> Delete:
    return delete(table).where(table.c.key == bindparam("a_key"), table.c.ordinal == bindparam("an_ordinal"))


_TABLES = (keys, addresses, wants)
_ADD = {table: Many.adding(table) for table in _TABLES}
_DROP = {table: Many(partial(_dropping, table)) for table in _TABLES}


def holders(connection: Connection, wanted: Mapping[int, Sequence[str]]) -> dict[int, dict[str, list[int]]]:
    """For each ordinal and each of its keys, the newest `WINDOW` stories before it that have the key.

    Stories that follow each other, as those of a batch do, are answered together: what is before the first of them is
    before all of them, and what lies between is little.
    """
    found: dict[int, dict[str, list[int]]] = {}
    for together in _neighbours(sorted(wanted)):
        having: dict[str, list[int]] = {key: [] for ordinal in together for key in wanted[ordinal]}
        bounds = {"wanted": dict.fromkeys(having, 0), "first": together[0], "last": together[-1], "others": WINDOW - 1}
        for key, one in connection.execute(_BEFORE, bounds).all():
            having[key].append(one)
        for ordinals in having.values():
            ordinals.sort()
        for ordinal in together:
            found[ordinal] = {key: _newest(having[key], ordinal) for key in wanted[ordinal]}
    return found


def _newest(ordinals: list[int], before: int) -> list[int]:
    end = bisect_left(ordinals, before)
    return ordinals[max(0, end - WINDOW) : end]


def _neighbours(ordinals: Sequence[int]) -> list[list[int]]:
    """Ordinals (ascending) in groups of little extent."""
    groups: list[list[int]] = []
    for ordinal in ordinals:
        if not groups or ordinal - groups[-1][0] > NEAR:
            groups.append([])
        groups[-1].append(ordinal)
    return groups


def followers(connection: Connection, wanted: Sequence[str], ordinal: int) -> set[int]:
    """The stories whose answer looks at `ordinal`: for each key the next `WINDOW` that have it."""
    if not wanted:
        return set()
    bounds = {"wanted": dict.fromkeys(wanted, 0), "ordinal": ordinal, "others": WINDOW - 1}
    return set(connection.scalars(_AFTER, bounds))


def names_of(connection: Connection, ordinals: Collection[int]) -> dict[int, UUID]:
    """The story ids of ordinals."""
    rows = _chunks(connection, select(stories.c.ordinal, stories.c.story_id), stories.c.ordinal, ordinals)
    return {ordinal: UUID(name) for ordinal, name in rows}


def held_by(connection: Connection, wanted: Collection[str]) -> dict[str, UUID]:
    """Which story holds each address key; of several claimants, the one that was first accepted."""
    query = select(addresses.c.key, addresses.c.ordinal, addresses.c.story_id)
    best: dict[str, tuple[int, UUID]] = {}
    for key, ordinal, name in _chunks(connection, query, addresses.c.key, wanted):
        if key not in best or ordinal < best[key][0]:
            best[key] = (ordinal, UUID(name))
    return {key: name for key, (_, name) in best.items()}


def asking_for(connection: Connection, wanted: Collection[str]) -> dict[str, list[int]]:
    """Which stories (ordinals) refer to each address key."""
    asking: dict[str, list[int]] = defaultdict(list)
    for key, ordinal in _chunks(connection, select(wants.c.key, wants.c.ordinal), wants.c.key, wanted):
        asking[key].append(ordinal)
    return asking


class Changes:
    """Rows to add to and to take from the three index tables; collected for a batch, written at once."""

    def __init__(self) -> None:
        """Nothing yet."""
        self._add: Mapping[Table, list[dict[str, object]]] = {table: [] for table in _TABLES}
        self._drop: Mapping[Table, list[dict[str, object]]] = {table: [] for table in _TABLES}

    def replace(self, table: Table, ordinal: int, old: Iterable[str], new: Iterable[str], story: str = "") -> set[str]:
        """Let `ordinal` have `new` instead of `old` in `table`; the keys that differ."""
        before, after = set(old), set(new)
        named = {"story_id": story} if table is addresses else {}
        self._add[table].extend({"key": key, "ordinal": ordinal, **named} for key in sorted(after - before))
        self._drop[table].extend({"a_key": key, "an_ordinal": ordinal} for key in sorted(before - after))
        return before ^ after

    def write(self, connection: Connection) -> None:
        """Bring the tables up to date."""
        for table, rows in self._drop.items():
            _DROP[table](connection, rows)
        for table, rows in self._add.items():
            _ADD[table](connection, rows)


def _chunks(
    connection: Connection, query: Select[Any], column: ColumnElement[Any], wanted: Collection[Any]
) -> Iterator[Any]:
    ordered = sorted(wanted)
    for start in range(0, len(ordered), CHUNK):
        yield from connection.execute(query.where(column.in_(ordered[start : start + CHUNK])))
