"""Which comments has nobody wanted for so long that their words and addresses go?"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, func, select, update

from services.site.adapters.tables import comments
from services.site.domain.emptying import KEPT_FOR
from shared.database import Database

#: In one transaction: readers' comments wait no longer for it than for one another.
AT_ONCE: Final = 500
#: What is left of a comment that was erased: its number, which is its name in feeds.
NOTHING: Final[Mapping[str, Any]] = {
    "name": "",
    "email": "",
    "website": None,
    "comment": "",
    "digest": "",
    "words": "",
    "wants_answers": False,
    "status": "trash",
    "thrown_at": None,
}


class SqlTrash:
    """Spam and trash in the comments table."""

    def __init__(self, database: Database) -> None:
        """The site's database."""
        self._database = database

    async def empty(self, now: datetime) -> Mapping[str, int]:
        """Overwrite what is due, some at a time; how many of each kind."""
        return await self._database.write(lambda connection: {kind: _empty(connection, kind, now) for kind in KEPT_FOR})

    async def overdue(self, now: datetime) -> dict[str, float]:
        """Seconds for which the oldest should have gone."""

        def work(connection: Connection) -> float:
            return max(_late(connection, kind, now) for kind in KEPT_FOR)

        return {"emptying": await self._database.read(work)}


def _empty(connection: Connection, kind: str, now: datetime) -> int:
    due = select(comments.c.id).where(comments.c.status == kind, comments.c.thrown_at <= now - KEPT_FOR[kind])
    found = connection.scalars(due.order_by(comments.c.thrown_at).limit(AT_ONCE)).all()
    if not found:
        return 0
    # Looked at again: an editor may have fetched one back meanwhile.
    which = (comments.c.id.in_(found), comments.c.status == kind)
    return connection.execute(update(comments).where(*which).values(NOTHING)).rowcount


def _late(connection: Connection, kind: str, now: datetime) -> float:
    oldest = connection.scalar(select(func.min(comments.c.thrown_at)).where(comments.c.status == kind))
    return max(0.0, (now - oldest - KEPT_FOR[kind]).total_seconds()) if oldest else 0.0
