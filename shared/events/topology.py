"""Who hears what? The one table behind group creation, trimming, AsyncAPI and the picture in docs/architecture.md."""

from typing import Final

from shared.events.answers import AnswerNoticed, CommentAnswered
from shared.events.base import Event
from shared.events.beside import (
    ChangeNumbered,
    CommentsChanged,
    DeliveriesProgressed,
    EventDied,
    ListsRendered,
    NoticesPlanned,
    PublishersChanged,
    StoryDelayed,
    StoryHalted,
    StoryScheduled,
)
from shared.events.line import StoryEnriched, StoryLive, StoryReceived, StoryRendered
from shared.events.withdrawing import KillConfirmed, RedactionConfirmed, StoryKilled, StoryRedacted

#: event → (services that emit it, services that consume it); a service's consumer group carries its name.
TOPOLOGY: Final[dict[type[Event], tuple[tuple[str, ...], tuple[str, ...]]]] = {
    StoryScheduled: (("ingest",), ("desk",)),
    StoryReceived: (("ingest",), ("enrich", "desk")),
    StoryEnriched: (("enrich",), ("render", "desk")),
    StoryRendered: (("render",), ("site", "desk")),
    StoryLive: (("site",), ("ingest", "notify", "desk")),
    NoticesPlanned: (("notify",), ("ingest",)),
    ChangeNumbered: (("ingest",), ("notify",)),
    StoryKilled: (("ingest",), ("enrich", "render", "site", "notify", "desk")),
    KillConfirmed: (("enrich", "render", "site", "notify"), ("ingest",)),
    StoryRedacted: (("ingest",), ("enrich", "render", "site", "notify", "desk")),
    RedactionConfirmed: (("enrich", "render", "site", "notify", "desk"), ("ingest",)),
    ListsRendered: (("render",), ("site",)),
    CommentsChanged: (("site",), ("render",)),
    CommentAnswered: (("site",), ("notify",)),
    AnswerNoticed: (("notify",), ("site",)),
    StoryHalted: (("enrich", "render", "site", "notify", "ingest", "desk"), ("ingest", "desk")),
    StoryDelayed: (("site",), ("desk",)),
    EventDied: (("enrich", "render", "site", "notify", "ingest", "desk"), ("desk",)),
    DeliveriesProgressed: (("notify",), ("desk",)),
    PublishersChanged: (("ingest",), ("notify", "desk")),
}

ALL_EVENTS: Final = tuple(TOPOLOGY)

#: The straight line, in order, each with the group that moves a story on to the next.
LINE: Final[tuple[tuple[type[Event], str], ...]] = (
    (StoryReceived, "enrich"),
    (StoryEnriched, "render"),
    (StoryRendered, "site"),
    (StoryLive, "notify"),
)

_BY_STREAM: Final = {event.stream: event for event in ALL_EVENTS}


def event_for_stream(stream: str) -> type[Event]:
    """The class that travels on `stream`; KeyError for a stream of somebody else."""
    return _BY_STREAM[stream]
