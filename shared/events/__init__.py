"""The facts that services exchange: one class = one stream = one version.

Events are immutable, in the past tense and self-contained: each carries all that the next step needs. Adding an
optional field is compatible; changing a meaning is a new class on a new stream. `TOPOLOGY` says who hears what.
"""

from shared.events.answers import AnswerNoticed, CommentAnswered
from shared.events.article import Article, Fragment, Part, Reference, StoredImage
from shared.events.base import Event, Fact, Frozen
from shared.events.beside import (
    ApprovedComment,
    ChangeNumbered,
    ChannelCounts,
    CommentsChanged,
    DeliveriesProgressed,
    EventDied,
    ListsRendered,
    NoticesPlanned,
    PublisherRecord,
    PublishersChanged,
    RevisionDeliveries,
    StoryDelayed,
    StoryHalted,
    StoryScheduled,
)
from shared.events.line import Route, StoryEnriched, StoryLive, StoryReceived, StoryRendered
from shared.events.outlines import EnrichedOutline, LiveOutline, ReceivedOutline, RenderedOutline
from shared.events.story import (
    Action,
    Credit,
    FormerList,
    HistoryEntry,
    Image,
    Person,
    Priority,
    Rights,
    Story,
    StoryHead,
    Term,
)
from shared.events.times import rfc3339
from shared.events.topology import ALL_EVENTS, LINE, TOPOLOGY, event_for_stream
from shared.events.withdrawing import (
    WITHDRAWN,
    KillChannel,
    KillConfirmed,
    RedactionConfirmed,
    Redactor,
    StoryKilled,
    StoryRedacted,
)

__all__ = [
    "ALL_EVENTS",
    "LINE",
    "TOPOLOGY",
    "WITHDRAWN",
    "Action",
    "AnswerNoticed",
    "ApprovedComment",
    "Article",
    "ChangeNumbered",
    "ChannelCounts",
    "CommentAnswered",
    "CommentsChanged",
    "Credit",
    "DeliveriesProgressed",
    "EnrichedOutline",
    "Event",
    "EventDied",
    "Fact",
    "FormerList",
    "Fragment",
    "Frozen",
    "HistoryEntry",
    "Image",
    "KillChannel",
    "KillConfirmed",
    "ListsRendered",
    "LiveOutline",
    "NoticesPlanned",
    "Part",
    "Person",
    "Priority",
    "PublisherRecord",
    "PublishersChanged",
    "ReceivedOutline",
    "RedactionConfirmed",
    "Redactor",
    "Reference",
    "RenderedOutline",
    "RevisionDeliveries",
    "Rights",
    "Route",
    "StoredImage",
    "Story",
    "StoryDelayed",
    "StoryEnriched",
    "StoryHalted",
    "StoryHead",
    "StoryKilled",
    "StoryLive",
    "StoryReceived",
    "StoryRedacted",
    "StoryRendered",
    "StoryScheduled",
    "Term",
    "event_for_stream",
    "rfc3339",
]
