"""What does the log say of every story now, for those who make all of it again?"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, case, func, select, tuple_, update

from services.ingest.adapters import window
from services.ingest.adapters.context import Names, told
from services.ingest.adapters.rows import entries, to_entry
from services.ingest.adapters.tables import in_state, revisions
from services.ingest.domain.telling import Told, event
from shared import clock
from shared.database import Database, lock
from shared.events import StoryKilled, StoryReceived

#: Revisions that went out. What waits has not been seen; what a step gave up never was.
_WENT: Final = ("emitted", "live", "settled")


class SqlReplay:
    """Reads the log and changes nothing in it; and may hold it back for a moment."""

    def __init__(self, database: Database) -> None:
        """`database`: ingest's own."""
        self._database, self._names = database, Names()

    async def current(self) -> dict[str, int]:
        """Story → the revision that everybody should see; stories in the order of their first acceptance."""
        query = (
            select(revisions.c.story_id, func.max(revisions.c.revision))
            .where(_went())
            .group_by(revisions.c.story_id, revisions.c.ordinal)
            .order_by(revisions.c.ordinal)
        )
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return {row[0]: row[1] for row in rows}

    async def settled(self) -> dict[str, int]:
        """Story → its newest revision that is live and whose notices are planned; of those that nobody saw, none."""
        query = (
            select(revisions.c.story_id, func.max(revisions.c.revision))
            .where(revisions.c.state == "settled", revisions.c.seq.is_not(None))
            .group_by(revisions.c.story_id)
        )
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return {row[0]: row[1] for row in rows}

    async def again(self, story_ids: Sequence[str]) -> list[tuple[str, int]]:
        """Drive stories once more, also those that a step gave up; (story, revision) of each that has gone out before.

        What was lost on the way is made up for, what was done is not done twice: pages are made and proven again,
        notices that were never planned are planned.
        """
        if not story_ids:
            return []
        return await self._database.write(lambda connection: _drive(connection, story_ids))

    async def events(self, wanted: Iterable[tuple[str, int]]) -> list[StoryReceived | StoryKilled]:
        """These revisions as ingest would say them, in the order of the stories."""
        subjects = list(wanted)
        found = await self._database.read(lambda connection: _told(connection, subjects, self._names))
        for one in found:
            self._names.keep(one.names)
        now = clock.now()
        return [event(one, now) for one in found]

    async def is_at_rest(self) -> bool:
        """Has everything that went out come back?"""
        query = select(1).where(in_state("emitted")).limit(1)
        return await self._database.read(lambda connection: connection.execute(query).first() is None)

    async def hold(self, until: datetime | None) -> None:
        """Let nothing but kills go until then; None: let go."""
        await self._database.write(lambda connection: window.hold(connection, until))


def _went() -> ColumnElement[bool]:
    return in_state(*_WENT)


def _told(connection: Connection, subjects: Sequence[tuple[str, int]], names: Names) -> list[Told]:
    if not subjects:
        return []
    which = tuple_(revisions.c.story_id, revisions.c.revision).in_(subjects)
    rows = connection.execute(entries().where(which).order_by(revisions.c.ordinal))
    return told(connection, [to_entry(row) for row in rows], names)


def _drive(connection: Connection, story_ids: Sequence[str]) -> list[tuple[str, int]]:
    lock(connection, "ingest.log")
    went = (revisions.c.story_id.in_(story_ids), in_state(*_WENT, "halted"))
    newest = select(revisions.c.story_id, func.max(revisions.c.revision)).where(*went)
    subjects = [(row[0], row[1]) for row in connection.execute(newest.group_by(revisions.c.story_id))]
    # As if their claimer had died before they were emitted: the driver finds them (`unsent`).
    state = case((revisions.c.live_at.is_not(None), "live"), else_="emitted")
    values = {"state": state, "planned_at": None, "emitted_ms": None}
    which = tuple_(revisions.c.story_id, revisions.c.revision).in_(subjects)
    connection.execute(update(revisions).where(which).values(values))
    return subjects
