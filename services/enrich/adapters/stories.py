"""How does enrich remember what it said?"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from services.enrich.adapters.entries import again, held_rows
from services.enrich.adapters.settling import Settling
from services.enrich.adapters.tables import stories
from services.enrich.domain.drafts import Draft
from shared.database import Database
from shared.events import StoryEnriched, StoryHead, StoryKilled


class SqlStories:
    """The memory of enrich in SQL."""

    def __init__(self, database: Database, public_url: str) -> None:
        """`database`: enrich's own; `public_url`: by which our own pages are recognised in references."""
        self._database = database
        self._public_url = public_url

    async def revisions(self, wanted: Collection[UUID]) -> Mapping[UUID, int]:
        """The newest revision that was settled, of those stories that are known."""
        query = select(stories.c.story_id, stories.c.revision).where(
            stories.c.story_id.in_([str(one) for one in wanted])
        )
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return {UUID(name): revision for name, revision in rows}

    async def settle(self, batch: Sequence[Draft | StoryKilled], now: datetime) -> list[list[StoryEnriched]]:
        """Take revisions (one a story) in; for each, the events that follow from it.

        A revision below the fence: none. At the fence: what was emitted for it, again. Above: its own event, then the
        stories that it changed.
        """
        return await self._database.write(lambda connection: Settling(connection, self._public_url, now).run(batch))

    async def repeat(self, heads: Sequence[StoryHead]) -> list[list[StoryEnriched]]:
        """What was emitted for these revisions; none for one that is below the fence."""
        return await self._database.read(
            lambda connection: [again(connection, row, head) for head, row in held_rows(connection, heads)]
        )
