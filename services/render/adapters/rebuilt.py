"""How does render take over the index that a rebuild has made beside its own?"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, func, select

from services.render.adapters.marks import next_version
from services.render.adapters.tables import (
    addresses,
    chunks,
    comments,
    counters,
    dirty,
    lists,
    memberships,
    references,
    stories,
    thumbs,
    tombstones,
)
from services.render.domain.splice import inflated
from shared.database import Database
from shared.database.compare import Change, Compared, IsBehind, Moved, changes, differences, replace, rows_of
from shared.events.stored import gist


def _plain(packed: bytes | None) -> bytes | None:
    """What counts is what it says, not how well it is compressed."""
    return inflated(packed) if packed else None


#: Versions and the number of pages that there have ever been say what happened here, not what is shown.
_VERSION = frozenset({"version"})
_COMPARED = (
    Compared(stories, ignoring=_VERSION, reading={"doc": gist}),
    Compared(memberships),
    Compared(lists, ignoring=frozenset({"version", "pages", "name_ordinal"})),
    Compared(chunks, reading={"packed": _plain}),
    Compared(references),
    Compared(addresses),
    Compared(tombstones),
    Compared(comments),
    # What time will change, if nobody here knows it any more; when it is due and how often it was asked for is ours.
    Compared(dirty, ignoring=frozenset({"due", "mark", "since"})),
)


async def lend_thumbnails(ours: Database, beside: Database) -> None:
    """Thumbnails that are there need not be made again."""
    keys = await ours.read(lambda connection: [tuple(row) for row in connection.execute(select(thumbs.c.image))])
    rows = await rows_of(ours, thumbs, keys)
    await beside.write(lambda connection: replace(connection, thumbs, rows, ()))


async def adopt(ours: Database, beside: Database, is_behind: IsBehind) -> tuple[int, int]:
    """Become like the one beside; (how many rows differed, a version above all that were given). Moved when used.

    Rows that differ get this version: what is remembered of them in memory, under their old one, is not found again.
    """
    before = await ours.read(_version)
    if await is_behind():
        raise Moved("log")
    found = [await differences(ours, beside, one) for one in _COMPARED]
    wanted = await changes(beside, found)

    def work(connection: Connection) -> int:
        version = next_version(connection)
        if version != before + 1:
            raise Moved("render")
        for one in wanted:
            # Jobs of ours that the other does not have are for it to do, and harmless.
            gone = () if one.table is dirty else one.gone
            replace(connection, one.table, _marked(one, version), gone)
        return version

    return sum(len(one) for one in found if one.compared.table is not dirty), await ours.write(work)


def _marked(change: Change, version: int) -> Sequence[dict[str, Any]]:
    if "version" not in change.table.columns:
        return change.rows
    return [{**row, "version": version} for row in change.rows]


def _version(connection: Connection) -> int:
    return connection.scalar(select(func.max(counters.c.value)).where(counters.c.name == "version")) or 0
