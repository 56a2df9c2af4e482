"""Where are comments kept, and how does render hear which are approved?"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import Connection, func, insert, select, update

from services.site.adapters.sql_answers import owe_answer
from services.site.adapters.sql_trash import NOTHING
from services.site.adapters.tables import comments, discussions, stories
from services.site.domain.comments import Comment, to_html, words_of
from services.site.domain.emptying import KEPT_FOR
from shared.database import Database, lock, upsert
from shared.events import ApprovedComment, CommentsChanged

Status = Literal["held", "approved", "spam", "trash"]
#: The same words by the same person on the same story within this time are one comment.
SAME_WITHIN: Final = timedelta(days=1)
#: The same long text so often within that time, from whomever and wherever, is a campaign: the next one is spam.
SAME_WORDS: Final = 3
#: How soon, and then how often, render is told again of comments that no page shows yet.
REPEAT_AFTER: Final = timedelta(seconds=15)
AT_ONCE: Final = 64
_PRIVATE: Final = frozenset({"email", "digest", "words", "wants_answers", "thrown_at"})


@dataclass(frozen=True, slots=True)
class Decided:
    """An editor's decision; `changed` is what render must hear of it, None when readers see no difference."""

    comment: Mapping[str, Any]
    changed: CommentsChanged | None


@dataclass(frozen=True, slots=True)
class Erased:
    """What a person had written is gone: how many comments, and what render must hear of it."""

    comments: int
    changed: Sequence[CommentsChanged]


class SqlComments:
    """The comments table. E-mail addresses go in and never come out."""

    def __init__(self, database: Database) -> None:
        """The site's database."""
        self._database = database

    async def hold(self, story_id: str, comment: Comment, now: datetime) -> int | None:
        """Keep a comment for an editor; its id (the first one's when it comes twice), None for a bad parent."""
        digest = _hashed(f"{story_id}\0{comment.email.lower()}\0{comment.comment}")
        words = words_of(comment.comment)
        row = {
            "story_id": story_id,
            "parent": comment.parent,
            "name": comment.name,
            "email": comment.email,
            "website": comment.website,
            "comment": comment.comment,
            "status": "spam" if comment.is_spam else "held",
            "digest": digest,
            "at": now,
            "wants_answers": comment.wants_answers,
            "words": _hashed(words) if words else "",
        }
        return await self._database.write(lambda connection: _hold(connection, row))

    async def listed(self, status: Status | None, after: int, most: int) -> Sequence[Mapping[str, Any]]:
        """Comments with their stories, oldest first, above the id `after`."""
        return await self._database.read(lambda connection: _listed(connection, status, after, most))

    async def decide(self, comment: int, status: Status, now: datetime) -> Decided | None:
        """Give a comment a status; None when there is no such comment."""
        return await self._database.write(lambda connection: _decide(connection, comment, status, now))

    async def erase(self, email: str, now: datetime) -> Erased:
        """Overwrite every comment under an address, in whatever spelling; what it answered stays, and its answers."""
        return await self._database.write(lambda connection: _erase(connection, email, now))

    async def unsettled(self, now: datetime) -> Sequence[CommentsChanged]:
        """What render has not answered in time; asked for again later."""
        return await self._database.write(lambda connection: _unsettled(connection, now))

    async def told(self, story_ids: Sequence[str], now: datetime) -> Sequence[CommentsChanged]:
        """The approved comments of these stories, as render hears of them."""
        return await self._database.read(lambda connection: [_changed(connection, one, now) for one in story_ids])

    async def approved(self, story_id: str, comment: int) -> Mapping[str, Any] | None:
        """Who wrote an approved comment of this story, and what; None when there is none with this number."""
        shown = (comments.c.id == comment, comments.c.story_id == story_id, comments.c.status == "approved")
        statement = select(comments.c.id, comments.c.name, comments.c.comment, comments.c.at).where(*shown)

        def work(connection: Connection) -> Mapping[str, Any] | None:
            row = connection.execute(statement).mappings().first()
            return {**row} if row else None

        return await self._database.read(work)

    async def has_unsettled(self, now: datetime) -> bool:
        """Is anything due? A read, so that rest costs nothing."""
        statement = select(discussions.c.story_id).where(*_due(now)).limit(1)
        return await self._database.read(lambda connection: connection.execute(statement).first() is not None)


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _hold(connection: Connection, row: dict[str, Any]) -> int | None:
    lock(connection, "site.comments")  # or a button that is pressed twice would be two comments
    since = row["at"] - SAME_WITHIN
    same = select(comments.c.id).where(comments.c.digest == row["digest"], comments.c.at > since)
    if found := connection.scalar(same):
        return int(found)
    if row["parent"] is not None:
        parent = select(comments.c.id).where(
            comments.c.id == row["parent"], comments.c.story_id == row["story_id"], comments.c.status == "approved"
        )
        if connection.scalar(parent) is None:
            return None
    if row["words"]:
        often = select(func.count()).where(comments.c.words == row["words"], comments.c.at > since)
        if (connection.scalar(often) or 0) >= SAME_WORDS:
            row["status"] = "spam"
    row["thrown_at"] = row["at"] if row["status"] in KEPT_FOR else None
    return int(connection.execute(insert(comments).values(row).returning(comments.c.id)).scalar_one())


def _listed(connection: Connection, status: Status | None, after: int, most: int) -> list[Mapping[str, Any]]:
    joined = comments.outerjoin(stories, stories.c.story_id == comments.c.story_id)
    columns = [column for column in comments.c if column.name not in _PRIVATE]
    statement = select(*columns, stories.c.path, stories.c.headline).select_from(joined).where(comments.c.id > after)
    # Of what was erased only the number is left: there is nothing to decide about it.
    statement = statement.where(comments.c.digest != "")
    if status:
        statement = statement.where(comments.c.status == status)
    return [{**row} for row in connection.execute(statement.order_by(comments.c.id).limit(most)).mappings()]


def _decide(connection: Connection, comment: int, status: Status, now: datetime) -> Decided | None:
    which = comments.c.id == comment
    row = connection.execute(select(comments).where(which).with_for_update()).first()
    if row is None or not row.digest:  # erased: there are no words that could be shown
        return None
    if row.status != status:
        thrown_at = now if status in KEPT_FOR else None
        connection.execute(update(comments).where(which).values(status=status, thrown_at=thrown_at))
    decided = _listed(connection, None, comment - 1, 1)[0]
    if row.status == status or "approved" not in {row.status, status}:
        return Decided(decided, None)
    changed = _raise(connection, row.story_id, now)
    if status == "approved" and row.parent is not None:
        owe_answer(connection, row, changed.version, now)
    return Decided(decided, changed)


def _erase(connection: Connection, email: str, now: datetime) -> Erased:
    theirs = func.lower(comments.c.email) == email.lower()
    rows = connection.execute(select(comments.c.id, comments.c.story_id, comments.c.status).where(theirs)).all()
    connection.execute(update(comments).where(theirs).values(NOTHING))
    shown = sorted({row.story_id for row in rows if row.status == "approved"})
    return Erased(len(rows), [_raise(connection, story_id, now) for story_id in shown])


def _raise(connection: Connection, story_id: str, now: datetime) -> CommentsChanged:
    """A story's approved comments are others now: a version further, owed to its page."""
    table = upsert(connection, discussions)
    again = {"settled": False, "repeat_at": now + REPEAT_AFTER}
    first = {"story_id": story_id, "version": 1, **again}
    raised = {"version": discussions.c.version + 1, **again}
    connection.execute(table.values(first).on_conflict_do_update(index_elements=["story_id"], set_=raised))
    return _changed(connection, story_id, now)


def _changed(connection: Connection, story_id: str, now: datetime) -> CommentsChanged:
    version = connection.scalar(select(discussions.c.version).where(discussions.c.story_id == story_id)) or 0
    approved = select(comments).where(comments.c.story_id == story_id, comments.c.status == "approved")
    rows = connection.execute(approved.order_by(comments.c.id)).all()
    return CommentsChanged(
        at=now,
        story_id=UUID(story_id),
        version=version,
        comments=tuple(
            ApprovedComment(
                id=row.id, parent=row.parent, name=row.name, website=row.website, html=to_html(row.comment), at=row.at
            )
            for row in rows
        ),
    )


def _due(now: datetime) -> tuple[Any, ...]:
    live = select(stories.c.story_id).where(stories.c.state == "live")
    return (~discussions.c.settled, discussions.c.repeat_at <= now, discussions.c.story_id.in_(live))


def _unsettled(connection: Connection, now: datetime) -> list[CommentsChanged]:
    due = connection.scalars(select(discussions.c.story_id).where(*_due(now)).limit(AT_ONCE)).all()
    if due:
        which = discussions.c.story_id.in_(due)
        connection.execute(update(discussions).where(which).values(repeat_at=now + REPEAT_AFTER))
    return [_changed(connection, story_id, now) for story_id in due]
