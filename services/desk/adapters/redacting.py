"""What of a redacted story does the desk hold? Its headline, notes of its stages, and dead letters."""

from sqlalchemy import Connection, and_, or_, update

from services.desk.adapters.tables import letters, revisions, stages, stories
from shared.database import Database
from shared.events import CommentsChanged, StoryRedacted

REDACTED = "Redacted"


class SqlRedacting:
    """Redactions in the desk's SQL."""

    def __init__(self, database: Database) -> None:
        """`database`: the desk's own."""
        self._database = database

    async def redact(self, event: StoryRedacted) -> bool:
        """Overwrite; is nothing left?"""
        await self._database.write(lambda connection: _overwrite(connection, str(event.story_id)))
        return await self._database.compact()


def _overwrite(connection: Connection, story_id: str) -> None:
    connection.execute(update(stories).where(stories.c.story_id == story_id).values(headline=REDACTED))
    connection.execute(update(stages).where(stages.c.story_id == story_id).values(note=""))
    halted = (revisions.c.story_id == story_id, revisions.c.halted.is_not(None))
    connection.execute(update(revisions).where(*halted).values(halted=REDACTED))
    # There is no event left to try again.
    nothing = {"payload": "", "encoding": "utf-8", "error": REDACTED, "traceback": "", "state": "dropped"}
    # Comments are no revision's, so their letters bear no story's name; what they say does.
    commented = and_(letters.c.from_stream == CommentsChanged.stream, letters.c.payload.contains(story_id))
    connection.execute(update(letters).where(or_(letters.c.story_id == story_id, commented)).values(nothing))
