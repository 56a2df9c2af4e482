"""Where do dead letters lie until somebody decides?"""

import base64
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from sqlalchemy import Connection, select, update

from services.desk.adapters.tables import letters, revisions
from shared.database import Database, upsert
from shared.events import EventDied

LetterState = Literal["dead", "retried", "dropped"]


class SqlLetters:
    """Dead letters in SQL; retrying and dropping changes their state, never deletes them."""

    def __init__(self, database: Database) -> None:
        """`database`: the desk's own."""
        self._database = database

    async def keep(self, batch: Sequence[EventDied]) -> None:
        """Store dead letters; hearing of one twice keeps one (a retried event that dies again is a new entry)."""
        rows = [
            {
                "from_stream": one.from_stream,
                "step": one.group,
                "entry_id": one.entry_id,
                "payload": one.payload,
                "encoding": one.encoding,
                "error": one.error,
                "traceback": one.traceback,
                "tries": one.tries,
                "story_id": one.story_id,
                "revision": one.revision,
                "died_at": one.at,
                "state": "dead",
            }
            for one in batch
        ]
        await self._database.write(
            lambda connection: connection.execute(upsert(connection, letters).on_conflict_do_nothing(), rows)
        )

    async def page(self, state: str | None, after: int, limit: int) -> list[dict[str, Any]]:
        """Letters with ids above `after`, oldest first."""
        query = select(letters).where(letters.c.id > after).order_by(letters.c.id).limit(limit)
        if state is not None:
            query = query.where(letters.c.state == state)
        rows = await self._database.read(lambda connection: connection.execute(query).mappings().all())
        return [dict(row) for row in rows]

    async def one(self, letter: int) -> dict[str, Any] | None:
        """One letter whole."""
        query = select(letters).where(letters.c.id == letter)
        row = await self._database.read(lambda connection: connection.execute(query).mappings().first())
        return None if row is None else dict(row)

    async def settle(self, letter: int, state: LetterState) -> None:
        """Say what was decided; a retried story is moving again."""
        await self._database.write(lambda connection: _settle(connection, letter, state))

    def payload(self, letter: Mapping[str, Any]) -> bytes:
        """The entry's body as it was on the stream."""
        body: str = letter["payload"]
        return base64.b64decode(body) if letter["encoding"] == "base64" else body.encode()


def _settle(connection: Connection, letter: int, state: LetterState) -> None:
    row: Any = connection.execute(
        update(letters)
        .where(letters.c.id == letter)
        .values(state=state)
        .returning(letters.c.story_id, letters.c.revision)
    ).first()
    if row is not None and state == "retried":
        where = (revisions.c.story_id == row.story_id) & (revisions.c.revision == row.revision)
        connection.execute(update(revisions).where(where).values(halted=None))
