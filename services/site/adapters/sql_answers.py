"""Which answers are owed to those who asked to hear of them?

Each is told once readers see it, until notify has noted it. It is owed in the transaction that approves it, so that no
crash forgets one. What is due is worked out anew each time: an answer that was taken back, a story that is withdrawn or
a writer who was erased owe nothing, for as long as they are.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row, Select, func, select, update

from services.site.adapters.tables import answers, comments, stories
from services.site.domain.addresses import wire_form
from shared.database import Database, upsert
from shared.events import AnswerNoticed, CommentAnswered
from shared.events.comment_pages import page_path, pages_of

#: How often notify is told again of an answer that it has not noted.
REPEAT_AFTER: Final = timedelta(seconds=30)
AT_ONCE: Final = 64
_ASKED: Final = comments.alias("asked")


class SqlAnswers:
    """The answers that are owed."""

    def __init__(self, database: Database, public_url: str) -> None:
        """`public_url`: where the mails' links lead."""
        self._database, self._url = database, public_url

    async def has_due(self, now: datetime) -> bool:
        """Is anything due? A read, so that rest costs nothing."""
        query = _shown().where(answers.c.repeat_at <= now).limit(1)
        return await self._database.read(lambda connection: connection.execute(query).first() is not None)

    async def due(self, now: datetime) -> Sequence[CommentAnswered]:
        """What notify has not noted in time; said again later."""
        query = _shown().where(answers.c.repeat_at <= now).order_by(answers.c.comment).limit(AT_ONCE)

        def work(connection: Connection) -> Sequence[CommentAnswered]:
            rows = connection.execute(query).all()
            which = answers.c.comment.in_([row.comment for row in rows])
            connection.execute(update(answers).where(which).values(repeat_at=now + REPEAT_AFTER))
            pages = {story_id: _pages(connection, story_id) for story_id in {row.story_id for row in rows}}
            return [self._event(row, pages[row.story_id][row.comment], now) for row in rows]

        return await self._database.write(work)

    async def noticed(self, batch: Sequence[AnswerNoticed]) -> Sequence[Sequence[Any]]:
        """Notify has noted them. A step of the bus; nothing follows from it."""
        which = answers.c.comment.in_([event.comment for event in batch])
        settled = update(answers).where(which).values(settled=True)
        await self._database.write(lambda connection: connection.execute(settled))
        return [[] for _ in batch]

    async def overdue(self, now: datetime) -> dict[str, float]:
        """Seconds for which the oldest answer that readers see has been owed."""
        oldest = _shown().with_only_columns(func.min(answers.c.owed_at)).order_by(None)
        found = await self._database.read(lambda connection: connection.scalar(oldest))
        return {"answer": (now - found).total_seconds() if found else 0.0}

    def _event(self, row: Row[Any], page: int, now: datetime) -> CommentAnswered:
        return CommentAnswered(
            at=now,
            story_id=UUID(row.story_id),
            revision=row.revision,
            comment=row.comment,
            email=row.email,
            asked_at=row.asked_at,
            headline=row.headline,
            name=row.name,
            url=f"{self._url}{page_path(wire_form(row.path), page)}#comment-{row.comment}",
        )


def owe_answer(connection: Connection, answer: Row[Any], version: int, now: datetime) -> None:
    """An answer was approved: owe it to whom it answers, if they asked for that and it is not their own."""
    asked = select(comments.c.email).where(comments.c.id == answer.parent, comments.c.wants_answers)
    email = connection.scalar(asked)
    if not email or email.lower() == answer.email.lower():
        return
    row = {"comment": answer.id, "story_id": answer.story_id, "version": version, "settled": False}
    once = upsert(connection, answers).values(**row, owed_at=now, repeat_at=now)
    # Approved again, after it was taken back: it is owed as before, or was told.
    moved = once.on_conflict_do_update(index_elements=["comment"], set_={"version": version})
    connection.execute(moved)


def _pages(connection: Connection, story_id: str) -> dict[int, int]:
    """On which page of the story's comments each stands."""
    approved = (comments.c.story_id == story_id, comments.c.status == "approved")
    return pages_of(
        (row.id, row.parent) for row in connection.execute(select(comments.c.id, comments.c.parent).where(*approved))
    )


def _shown() -> Select[Any]:
    """Answers that are not noted yet and that readers see, to comments that they see, by people who asked to hear."""
    joined = (
        answers.join(comments, comments.c.id == answers.c.comment)
        .join(_ASKED, _ASKED.c.id == comments.c.parent)
        .join(stories, stories.c.story_id == answers.c.story_id)
    )
    return (
        select(
            *(answers.c.comment, answers.c.story_id, comments.c.name),
            *(_ASKED.c.email, _ASKED.c.at.label("asked_at")),
            *(stories.c.path, stories.c.headline, stories.c.revision),
        )
        .select_from(joined)
        .where(~answers.c.settled, comments.c.status == "approved")
        .where(_ASKED.c.status == "approved", _ASKED.c.wants_answers)
        .where(stories.c.state == "live", stories.c.comments_version >= answers.c.version)
    )
