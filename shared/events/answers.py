"""What do site and notify say to each other of answers to comments?"""

from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime

from shared.events.base import Event


class CommentAnswered(Event):
    """A comment whose writer asked to hear of answers has one, and readers see it. Said until notify has noted it.

    The one event that carries a commenter's address (`email`), for who writes the mail must know it; notify alone hears
    it. `comment` is the number of the answer, `name` who wrote it, `url` where it stands; what it says is not told: an
    editor may take it back before the mail leaves. `asked_at` is when the writer asked. `revision` was live then.
    """

    stream: ClassVar[str] = "comment.answered.v1"

    story_id: UUID
    revision: int
    comment: int
    email: str
    asked_at: AwareDatetime
    headline: str
    name: str
    url: str


class AnswerNoticed(Event):
    """Notify has noted the answer `comment` and does what is owed for it (also when it owes nothing)."""

    stream: ClassVar[str] = "answer.noticed.v1"

    comment: int
