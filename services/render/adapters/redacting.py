"""What of a redacted story does render hold? Comments and notes; and pages that it wrote, which are all made again.

A pack holds the pages of many stories and lists. Nobody remembers which packs an old revision lies in, so everything is
written once more: then every older pack is unused, and the site deletes it.
"""

from collections.abc import Iterable

from sqlalchemy import Connection, delete, update

from services.render.adapters import marks
from services.render.adapters.restyling import everything
from services.render.adapters.tables import comments, lists, stories, tombstones
from services.render.domain.instants import micros
from services.render.domain.snapshot import Job
from shared.database import Database
from shared.events import StoryRedacted


class SqlRedacting:
    """Redactions in render's SQL."""

    def __init__(self, database: Database, also: Iterable[Job]) -> None:
        """`also`: what every site has beside stories and lists."""
        self._database, self._also = database, tuple(also)

    async def redact(self, event: StoryRedacted) -> bool:
        """Overwrite, and ask for every page; is nothing left of our own?"""
        now = micros(await self._database.now())
        await self._database.write(lambda connection: _overwrite(connection, event, self._also, now))
        return await self._database.compact()


def _overwrite(connection: Connection, event: StoryRedacted, also: Iterable[Job], now: int) -> None:
    story_id = str(event.story_id)
    connection.execute(update(stories).where(stories.c.story_id == story_id).values(comments=None))
    connection.execute(delete(comments).where(comments.c.story_id == story_id))
    connection.execute(update(tombstones).where(tombstones.c.story_id == story_id).values(note=event.public_note))
    for key in event.lists:
        connection.execute(update(lists).where(lists.c.key == key).values(name=key.partition("/")[2]))
    version = marks.next_version(connection)
    marks.mark(connection, [(job, now) for job in (*everything(connection), *also)], version)
