"""Which events run beside the line?"""

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime

from shared.events.base import Event, Fact, Frozen
from shared.events.line import Route


class StoryScheduled(Fact):
    """Ingest accepted a revision that waits for its embargo. Only the desk hears of it."""

    stream: ClassVar[str] = "story.scheduled.v1"

    story_id: UUID
    publisher: str
    external_id: str
    headline: str
    revision: int
    action: str
    accepted_at: AwareDatetime
    release_at: AwareDatetime

    @property
    def subject(self) -> tuple[str, int]:
        """(story id, revision)."""
        return str(self.story_id), self.revision


class ListsRendered(Event):
    """Render wrote lists, feeds or sitemaps again for another reason than a revision on the line.

    `killed` names the kills (story id, revision, receipt) whose traces these routes remove; site confirms them.
    """

    stream: ClassVar[str] = "lists.rendered.v1"

    routes: tuple[Route, ...]
    killed: tuple[tuple[UUID, int, UUID], ...] = ()


class ApprovedComment(Frozen):
    """A comment as readers see it; `html` is safe. An e-mail address never travels."""

    id: int
    parent: int | None = None
    name: str
    website: str | None = None
    html: str
    at: AwareDatetime


class CommentsChanged(Event):
    """The whole list of a story's approved comments, oldest first, and its version."""

    stream: ClassVar[str] = "comments.changed.v1"

    story_id: UUID
    version: int
    comments: tuple[ApprovedComment, ...]


class NoticesPlanned(Fact):
    """Notify has planned every notice that this story owes up to this revision (also when it owes none)."""

    stream: ClassVar[str] = "notices.planned.v1"

    story_id: UUID
    revision: int

    @property
    def subject(self) -> tuple[str, int]:
        """(story id, revision)."""
        return str(self.story_id), self.revision


class ChangeNumbered(Event):
    """Ingest gave a revision that is live its place in the order of changes, the `seq` of `/v1/changes`."""

    stream: ClassVar[str] = "change.numbered.v1"

    story_id: UUID
    revision: int
    seq: int


class StoryHalted(Fact):
    """A step gave a revision up; the dead letter is with the desk and ingest stops driving the revision."""

    stream: ClassVar[str] = "story.halted.v1"

    story_id: UUID
    revision: int
    step: str
    error: str

    @property
    def subject(self) -> tuple[str, int]:
        """(story id, revision)."""
        return str(self.story_id), self.revision


class StoryDelayed(Fact):
    """A step has been waiting for a minute or more for something outside (`note` says what); it keeps trying."""

    stream: ClassVar[str] = "story.delayed.v1"

    story_id: UUID
    revision: int
    stage: Literal["received", "enriched", "rendered", "live"]
    note: str

    @property
    def subject(self) -> tuple[str, int]:
        """(story id, revision)."""
        return str(self.story_id), self.revision


class EventDied(Event):
    """A dead letter: the event that a step could not handle, with all that is needed to try again.

    `payload` is the entry's body, as text where it is UTF-8, else base64 (`encoding`).
    """

    stream: ClassVar[str] = "event.died.v1"

    from_stream: str
    group: str
    entry_id: str
    payload: str
    encoding: Literal["utf-8", "base64"]
    error: str
    traceback: str
    tries: int
    story_id: str | None = None
    revision: int | None = None


class ChannelCounts(Frozen):
    """The ledger of one revision in one channel; planned = the six that follow it, always."""

    planned: int = 0
    delivered: int = 0
    bounced: int = 0
    failed: int = 0
    suppressed: int = 0
    uncertain: int = 0
    pending: int = 0
    maybe_duplicate: int = 0


class RevisionDeliveries(Frozen):
    """What became of one revision's notice."""

    revision: int
    email: ChannelCounts = ChannelCounts()
    webhook: ChannelCounts = ChannelCounts()
    websub: ChannelCounts = ChannelCounts()


class DeliveriesProgressed(Event):
    """Cumulative counts of a story's deliveries; a higher `version` replaces a lower one."""

    stream: ClassVar[str] = "deliveries.progressed.v1"

    story_id: UUID
    version: int
    revisions: tuple[RevisionDeliveries, ...]


class PublisherRecord(Frozen):
    """Who a key belongs to. `key_hashes` are hex SHA-256 of the keys that are valid now."""

    slug: str
    name: str
    scopes: tuple[Literal["push", "read"], ...]
    key_hashes: tuple[str, ...]
    active: bool


class PublishersChanged(Event):
    """The whole directory of publishers, so that notify and desk know who calls; a higher `version` wins."""

    stream: ClassVar[str] = "publishers.changed.v1"

    version: int
    publishers: tuple[PublisherRecord, ...]
