"""How does enrich take over what a rebuild has made beside it?"""

from typing import Any

from sqlalchemy import Connection, func, select

from services.enrich.adapters.tables import addresses, keys, media, stories, wants
from shared.database import Database, lock
from shared.database.compare import Compared, IsBehind, Moved, changes, differences, replace, rows_of
from shared.events.stored import gist

#: `moved` says which stories changed with one, and so in which order they came.
_COMPARED = (
    Compared(stories, ignoring=frozenset({"moved"}), reading={"blob": gist}),
    Compared(keys),
    Compared(addresses),
    Compared(wants),
)


async def lend_pictures(ours: Database, beside: Database) -> None:
    """Pictures that came are never fetched again: a rebuild finds them where they are."""
    keys_ = await ours.read(lambda connection: [tuple(row) for row in connection.execute(select(media.c.url_key))])
    rows = await rows_of(ours, media, keys_)
    await beside.write(lambda connection: replace(connection, media, rows, ()))


async def adopt(ours: Database, beside: Database, is_behind: IsBehind) -> int:
    """Become like the one beside; how many rows differed. Moved when a story came meanwhile."""
    before = await ours.read(_state)
    if await is_behind():
        raise Moved("log")
    found = [await differences(ours, beside, one) for one in _COMPARED]
    wanted = await changes(beside, found)

    def work(connection: Connection) -> None:
        lock(connection, "enrich")
        if _state(connection) != before:
            raise Moved("enrich")
        for one in wanted:
            replace(connection, one.table, one.rows, one.gone)

    await ours.write(work)
    return sum(map(len, found))


def _state(connection: Connection) -> tuple[Any, ...]:
    """It differs after each revision that came."""
    return tuple(connection.execute(select(func.count(), func.sum(stories.c.revision)).select_from(stories)).one())
