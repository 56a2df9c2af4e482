"""What of a redacted story does notify hold? What it told of it. That it told somebody, and whom, stays."""

import orjson
from sqlalchemy import Connection, select, update

from services.notify.adapters.tables import attempts, notices, stories
from shared.database import Database
from shared.events import StoryRedacted


class SqlRedacting:
    """Redactions in notify's SQL."""

    def __init__(self, database: Database) -> None:
        """`database`: notify's own."""
        self._database = database

    async def redact(self, event: StoryRedacted) -> bool:
        """Overwrite; is nothing left?"""
        await self._database.write(lambda connection: _overwrite(connection, event))
        return await self._database.compact()


def _overwrite(connection: Connection, event: StoryRedacted) -> None:
    story = connection.scalar(select(stories.c.id).where(stories.c.story_id == str(event.story_id)))
    if story is None:
        return
    mine = notices.c.story == story
    # What was planned before the kill will not be sent any more; the kill itself may still wait to be.
    told = mine & (notices.c.action != "kill")
    connection.execute(update(notices).where(told).values(content=None, event=None))
    for row in connection.execute(select(notices.c.id, notices.c.content, notices.c.event).where(mine)).all():
        values = {"content": _noted(row.content, event), "event": _told(row.event, event)}
        connection.execute(update(notices).where(notices.c.id == row.id).values(values))
    connection.execute(update(stories).where(stories.c.id == story).values(topics="all"))
    answered = attempts.c.webhook_id.startswith(f"msg_{event.story_id}_", autoescape=True)
    connection.execute(update(attempts).where(answered).values(detail=""))


def _noted(content: str | None, event: StoryRedacted) -> str | None:
    """A kill's notice says what readers may be told now."""
    return None if content is None else orjson.dumps({**orjson.loads(content), "note": event.public_note}).decode()


def _told(body: bytes | None, event: StoryRedacted) -> bytes | None:
    if body is None:
        return None
    fields = orjson.loads(body)
    if "public_note" in fields.get("data", {}):
        fields["data"]["public_note"] = event.public_note
    return orjson.dumps(fields)
