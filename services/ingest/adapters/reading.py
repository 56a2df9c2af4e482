"""What do callers read: one story, the changes, a receipt, how far a story is live?"""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, and_, func, select

from services.ingest.adapters.tables import confirmations, contents, receipts, revisions, stories
from services.ingest.domain.identity import Identity
from shared.database import Database

#: Of a story's content nothing is read after these.
_GONE: Final = ("kill", "expire")

_OUT_OF_LISTS: Final = func.count().filter(confirmations.c.channel == "lists", confirmations.c.outcome == "confirmed")

_newest = revisions.alias("newest")
_pushed = revisions.alias("pushed")
_STORY: Final = (
    select(
        stories.c.story_id, stories.c.publisher, stories.c.external_id, stories.c.revision, stories.c.live_revision,
        stories.c.live_at, _newest.c.action, _newest.c.state, _newest.c.accepted_at, _newest.c.path, _newest.c.seq,
        contents.c.content,
        select(_OUT_OF_LISTS).where(confirmations.c.receipt == _newest.c.receipt).label("out_of_lists"),
    )
    .join(_newest, and_(_newest.c.story_id == stories.c.story_id, _newest.c.revision == stories.c.revision))
    .join(_pushed, and_(_pushed.c.story_id == stories.c.story_id, _pushed.c.revision == stories.c.content_revision))
    .join(contents, contents.c.position == _pushed.c.position)
)  # fmt: skip


class SqlReading:
    """Reads that take no lock."""

    def __init__(self, database: Database) -> None:
        """`database`: ingest's own."""
        self._database = database

    async def story(self, identity: Identity) -> Row[Any] | None:
        """Where a story stands, with its newest pushed fields."""
        return await self._first(_STORY.where(stories.c.story_id == identity.story_id))

    async def story_by_id(self, story_id: str) -> Row[Any] | None:
        """The same, by the id that everybody else uses."""
        return await self._first(_STORY.where(stories.c.story_id == story_id))

    async def live_revision(self, story_id: str) -> int:
        """The newest revision that is proven live; 0 when none is."""
        query = select(stories.c.live_revision).where(stories.c.story_id == story_id)
        return await self._database.read(lambda connection: connection.scalar(query)) or 0

    async def is_out_of_lists(self, receipt: str) -> bool:
        """Has render taken a killed story out of every list, and does the site show these?"""
        query = select(_OUT_OF_LISTS).where(confirmations.c.receipt == receipt)
        return await self._database.read(lambda connection: bool(connection.scalar(query)))

    async def now(self) -> datetime:
        """The database's clock."""
        return await self._database.now()

    async def changes(self, after: int, limit: int) -> list[Row[Any]]:
        """The next changes; `gone` says that the story is withdrawn or expired by now, so its content is not given."""
        query = (
            select(
                revisions.c.seq, revisions.c.story_id, revisions.c.publisher, revisions.c.external_id,
                revisions.c.revision, revisions.c.told, revisions.c.live_at, revisions.c.path, contents.c.content,
                _newest.c.action.in_(_GONE).label("gone"),
            )
            .join(stories, stories.c.story_id == revisions.c.story_id)
            .join(_newest, and_(_newest.c.story_id == stories.c.story_id, _newest.c.revision == stories.c.revision))
            .join(contents, contents.c.position == revisions.c.position, isouter=True)
            .where(revisions.c.seq.is_not(None), revisions.c.seq > after)
            .order_by(revisions.c.seq)
            .limit(limit)
        )  # fmt: skip
        return list(await self._database.read(lambda connection: connection.execute(query).all()))

    async def receipt(self, receipt: str) -> tuple[Row[Any], list[Row[Any]]] | None:
        """A kill's revision and what the channels said."""
        return await self._database.read(lambda connection: _receipt(connection, receipt))

    async def _first(self, query: Select[Any]) -> Row[Any] | None:
        return await self._database.read(lambda connection: connection.execute(query).first())


def _receipt(connection: Connection, receipt: str) -> tuple[Row[Any], list[Row[Any]]] | None:
    looked_at = receipts.c.receipt == revisions.c.receipt
    kills = select(revisions, receipts.c.ended, receipts.c.asked).outerjoin(receipts, looked_at)
    kill = connection.execute(kills.where(revisions.c.receipt == receipt)).first()
    if kill is None:
        return None
    query = select(confirmations).where(confirmations.c.receipt == receipt).order_by(confirmations.c.at)
    return kill, list(connection.execute(query))
