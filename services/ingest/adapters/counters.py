"""Which number comes next? Given inside the caller's transaction and under its lock; without gaps but after a restore.

`floor` is no counter: it is the highest revision that may have been given before a restore (see services/backup). Nor
are `read`, `told` and `owed`, which are numbers of changes, and `debts` (see `domain/listening`).
"""

from typing import Literal

from sqlalchemy import Connection, select

from services.ingest.adapters.tables import counters
from shared.database import upsert

Counter = Literal["ordinal", "seq", "directory", "held_until", "floor", "read", "told", "owed", "debts"]


def last(connection: Connection, name: Counter) -> int:
    """The newest number given; 0 before the first."""
    return known(connection, name) or 0


def known(connection: Connection, name: Counter) -> int | None:
    """The same; None before the first."""
    return connection.scalar(select(counters.c.value).where(counters.c.name == name))


def store(connection: Connection, name: Counter, value: int) -> None:
    """Remember that `value` is given."""
    statement = upsert(connection, counters).values(name=name, value=value)
    connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": value}))
