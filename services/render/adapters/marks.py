"""What is to be rendered again, and when?"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import BigInteger, Connection, bindparam, case, delete, func, select, update

from services.render.adapters.tables import counters, dirty
from services.render.domain.snapshot import Job
from shared.database import Many, upsert

_CLAIMABLE = select(dirty).where(dirty.c.due <= bindparam("now")).order_by(dirty.c.due).limit(bindparam("most"))
_ONE = (dirty.c.what == bindparam("w"), dirty.c.key == bindparam("k"))
_HOLD = Many(lambda _: update(dirty).where(*_ONE).values(due=bindparam("until", type_=BigInteger)))
_FORGET = Many(lambda _: delete(dirty).where(*_ONE, dirty.c.mark == bindparam("m")))
_NEXT_DUE = select(func.min(dirty.c.due))


def next_version(connection: Connection) -> int:
    """The number of this transaction. Its row's lock makes replicas take turns: numbers grow with what is seen."""
    return int(connection.execute(_grow(connection)).scalar_one())


def mark(connection: Connection, jobs: Iterable[tuple[Job, int]], version: int) -> None:
    """Ask for jobs, each at a time (µs); one that is asked for already keeps the earlier time and `since`."""
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for job, due in jobs:
        row = {"what": job.what, "key": job.key, "due": due, "mark": version, "since": job.since}
        known = rows.setdefault((job.what, job.key), row)
        known["due"] = min(known["due"], due)
        known["since"] = _earlier(known["since"], job.since)
    _ASK(connection, list(rows.values()))


def claim(connection: Connection, now: int, most: int, lease: int) -> Sequence[tuple[Job, int]]:
    """The jobs that are due, at most `most`, each with its mark; nobody else gets them for `lease` (µs)."""
    query = _CLAIMABLE.with_for_update(skip_locked=True) if connection.dialect.name == "postgresql" else _CLAIMABLE
    rows = connection.execute(query, {"now": now, "most": most}).all()
    _HOLD(connection, [{"w": row.what, "k": row.key, "until": now + lease} for row in rows])
    return [(Job(row.what, row.key, row.since), row.mark) for row in rows]


def settle(connection: Connection, done: Sequence[tuple[Job, int]]) -> None:
    """Forget jobs that were rendered and told, unless they were asked for again meanwhile."""
    _FORGET(connection, [{"w": job.what, "k": job.key, "m": seen} for job, seen in done])


def next_due(connection: Connection) -> int | None:
    """When something is due next (µs); None when nothing waits."""
    found = connection.scalar(_NEXT_DUE)
    return None if found is None else int(found)


def _grow(connection: Connection) -> Any:  # noqa: ANN401 - a dialect's Insert
    row = upsert(connection, counters).values(name="version", value=1)
    grown = row.on_conflict_do_update(index_elements=["name"], set_={"value": counters.c.value + 1})
    return grown.returning(counters.c.value)


def _upsert_dirty(connection: Connection) -> Any:  # noqa: ANN401 - a dialect's Insert
    insert = upsert(connection, dirty)
    new = insert.excluded
    return insert.on_conflict_do_update(
        index_elements=["what", "key"],
        set_={
            "due": case((new.due < dirty.c.due, new.due), else_=dirty.c.due),
            "mark": new.mark,
            "since": case((new.since < dirty.c.since, new.since), else_=dirty.c.since),
        },
    )


_ASK = Many(_upsert_dirty)


def _earlier(one: int | None, other: int | None) -> int | None:
    return other if one is None else one if other is None else min(one, other)
