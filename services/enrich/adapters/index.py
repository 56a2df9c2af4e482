"""Who shares a key with whom, who holds an address, who asks for one? Plain functions on a connection."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Select, Table, TextClause, and_, bindparam, delete, select, text

from services.enrich.adapters.tables import addresses, keys, stories, wants
from services.enrich.domain.related import WINDOW
from shared.database import upsert

#: SQLite takes 32,766 parameters a statement, PostgreSQL as many.
CHUNK = 5_000


def holders(connection: Connection, wanted: Sequence[str], ordinal: int) -> dict[str, list[int]]:
    """For each key, the newest `WINDOW` stories before `ordinal` that have it."""
    found: dict[str, list[int]] = defaultdict(list)
    for key, one in _around(connection, wanted, ordinal, "<"):
        found[key].append(one)
    return found


def followers(connection: Connection, wanted: Sequence[str], ordinal: int) -> set[int]:
    """The stories whose answer looks at `ordinal`: for each key the next `WINDOW` that have it."""
    return {one for _, one in _around(connection, wanted, ordinal, ">")}


def _around(
    connection: Connection, wanted: Sequence[str], ordinal: int, side: Literal["<", ">"]
) -> Iterable[tuple[str, int]]:
    if not wanted:
        return ()
    values: dict[str, object] = {f"k{number}": key for number, key in enumerate(wanted)}
    rows = connection.execute(_window(len(wanted), side), values | {"ordinal": ordinal}).all()
    return [(key, one) for key, one in rows]


@lru_cache(maxsize=128)
def _window(count: int, side: Literal["<", ">"]) -> TextClause:
    # One statement for all keys of a story, each key bounded by itself: twenty walks of an index of 32 entries each.
    order = "DESC" if side == "<" else "ASC"
    one = (
        "SELECT * FROM (SELECT key, ordinal FROM keys WHERE key = :k{n} AND ordinal {side} :ordinal"
        " ORDER BY ordinal {order} LIMIT {limit}) AS q{n}"
    )
    return text(
        " UNION ALL ".join(one.format(n=number, side=side, order=order, limit=WINDOW) for number in range(count))
    )


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
        self._add: Mapping[Table, list[dict[str, object]]] = {table: [] for table in (keys, addresses, wants)}
        self._drop: Mapping[Table, list[dict[str, object]]] = {table: [] for table in (keys, addresses, wants)}

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
            if rows:
                same = and_(table.c.key == bindparam("a_key"), table.c.ordinal == bindparam("an_ordinal"))
                connection.execute(delete(table).where(same), rows)
        for table, rows in self._add.items():
            if rows:
                connection.execute(upsert(connection, table).on_conflict_do_nothing(), rows)


def _chunks(
    connection: Connection, query: Select[Any], column: ColumnElement[Any], wanted: Collection[Any]
) -> Iterator[Any]:
    ordered = sorted(wanted)
    for start in range(0, len(ordered), CHUNK):
        yield from connection.execute(query.where(column.in_(ordered[start : start + CHUNK])))
