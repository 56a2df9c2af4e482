"""What does an event tell the desk about a story?"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.desk.domain.trace import Stage
from shared.events import (
    EnrichedOutline,
    Event,
    LiveOutline,
    ReceivedOutline,
    RenderedOutline,
    StoryKilled,
    StoryScheduled,
)

LineEvent = ReceivedOutline | EnrichedOutline | RenderedOutline | LiveOutline | StoryKilled | StoryScheduled

_STAGE_OF: Final[dict[type[Event], Stage]] = {
    ReceivedOutline: "received",
    StoryKilled: "received",
    EnrichedOutline: "enriched",
    RenderedOutline: "rendered",
    LiveOutline: "live",
}


@dataclass(frozen=True, slots=True)
class StoryLine:
    """What one event says: about the story, about its revisions (`known`: number, action, acceptance), about a stage.

    `headline` is empty where the event carries none. `known` is empty where an event before it and one after it say
    the same: stories in the middle of the line cost one row each, not three.
    """

    story_id: str
    publisher: str
    external_id: str
    headline: str
    revision: int
    known: tuple[tuple[int, str, datetime], ...]
    at: datetime
    stage: Stage | None = None
    attempts: int = 1
    release_at: datetime | None = None
    note: str = ""


def story_line(event: LineEvent) -> StoryLine:
    """Read one event of the line (or a kill, or an embargo) for the trace."""
    if isinstance(event, StoryScheduled):
        known = ((event.revision, event.action, event.accepted_at),)
        return StoryLine(
            str(event.story_id),
            event.publisher,
            event.external_id,
            event.headline,
            event.revision,
            known,
            event.at,
            release_at=event.release_at,
        )
    head = event.head
    return StoryLine(
        str(head.story_id),
        head.publisher,
        head.external_id,
        _headline(event),
        head.revision,
        _known(event),
        event.at,
        _STAGE_OF[type(event)],
        event.attempts,
        note=_note(event),
    )


def _headline(event: LineEvent) -> str:
    match event:
        case ReceivedOutline(story=story, headline=headline):
            return headline if story is None else story.headline
        case EnrichedOutline(article=article) | RenderedOutline(article=article) | LiveOutline(article=article):
            return "" if article is None else article.headline
        case StoryKilled(headline=headline) | StoryScheduled(headline=headline):
            return headline


def _note(event: LineEvent) -> str:
    """What did not go as asked, though the story goes on?"""
    match event:
        case EnrichedOutline(article=article) if article is not None and article.missing_image:
            return f"the picture is missing: {article.missing_image}"
        case _:
            return ""


def _known(event: LineEvent) -> tuple[tuple[int, str, datetime], ...]:
    match event:
        case ReceivedOutline(head=head) | StoryKilled(head=head) | LiveOutline(head=head):
            # The first event of a revision, and the last: a Redis that forgot may have taken the one or the other.
            entries = head.history
        case _:
            entries = ()
    return tuple((entry.revision, entry.action, entry.at) for entry in entries)
