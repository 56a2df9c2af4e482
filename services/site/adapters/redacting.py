"""What of a redacted story does the site hold? Comments, notes, words in the index, pictures, and packs of pages."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import Connection, delete, select, text, update

from services.site.adapters.sql_changes import stem, take_number
from services.site.adapters.sql_trash import NOTHING
from services.site.adapters.tables import answers, comments, corrections, media, routes, stories
from shared.database import Database
from shared.events import StoryRedacted
from shared.pages import Pages, object_of, shelves


class SqlRedacting:
    """Redactions in the site's SQL and in the page store."""

    def __init__(self, database: Database, pages: Pages) -> None:
        """`database`: the site's own."""
        self._database, self._pages = database, pages

    async def redact(self, event: StoryRedacted) -> bool:
        """Overwrite; delete pictures and unused packs. Is nothing left? Render is making the other pages again."""
        hidden = await self._database.write(lambda connection: _overwrite(connection, event))
        pictures = [key for key in await self._pages.media() if hidden and stem(key.removeprefix("media/")) in hidden]
        await self._pages.delete(pictures)
        if await self._older_packs(event.before):
            return False
        await self._database.write(_merge)
        return await self._database.compact()

    async def _older_packs(self, before: datetime) -> bool:
        """Delete packs that were written before and are shown by nobody; are there others?

        All that could still bring a route to one of them has come: ingest told us when nothing older was under way.
        """
        shown = False
        for shelf in shelves():
            old = [name for name, written in await self._pages.packs(shelf) if written < before]
            current = await self._database.read(partial(_packs, shelf=shelf)) if old else set()
            await self._pages.delete(name for name in old if name not in current)
            shown = shown or any(name in current for name in old)
        return shown


def _overwrite(connection: Connection, event: StoryRedacted) -> frozenset[str]:
    """The stems of pictures that nobody but this story has shown."""
    story_id = str(event.story_id)
    # Numbered as a change: every replica forgets within a second what it holds in memory.
    number = take_number(connection)
    silent = {"headline": "", "note": event.public_note, "changed": number}
    connection.execute(update(stories).where(stories.c.story_id == story_id).values(silent))
    connection.execute(update(routes).where(routes.c.story_id == story_id).values(changed=number))
    connection.execute(update(comments).where(comments.c.story_id == story_id).values(NOTHING))
    connection.execute(delete(answers).where(answers.c.story_id == story_id))
    mine = corrections.c.story_id == story_id
    connection.execute(delete(corrections).where(mine, corrections.c.kind != "withdrawn"))
    connection.execute(update(corrections).where(mine).values(note=event.public_note))
    own = set(connection.scalars(select(media.c.stem).where(media.c.story_id == story_id)))
    others = select(media.c.stem).where(media.c.story_id != story_id, media.c.stem.in_(sorted(own)))
    return frozenset(own - set(connection.scalars(others))) if own else frozenset()


def _merge(connection: Connection) -> None:
    """What a kill took out of SQLite's index of words is in its older segments until these are merged."""
    if connection.dialect.name == "sqlite":
        connection.execute(text("INSERT INTO words(words) VALUES('optimize')"))


def _packs(connection: Connection, shelf: str) -> set[str]:
    keys: Sequence[str | None] = connection.scalars(
        select(routes.c.key).where(routes.c.key.startswith(shelf, autoescape=True))
    ).all()
    return {object_of(key) for key in keys if key}
