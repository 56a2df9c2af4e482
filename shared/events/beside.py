"""Which events run beside the line?"""

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime

from shared.events.base import Event, Fact, Frozen
from shared.events.line import Route
from shared.events.story import StoryHead


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


class StoryKilled(Fact):
    """A story must vanish everywhere, at once, ahead of all other traffic. `head.action` is `kill`.

    `public_note` is what readers are told. `receipt` is the id under which ingest collects the confirmations.
    `headline` is for the desk's trace only; no public output may show it.
    """

    stream: ClassVar[str] = "story.killed.v1"

    head: StoryHead
    headline: str
    public_note: str
    receipt: UUID

    @property
    def subject(self) -> tuple[str, int]:
        """(story id, revision)."""
        return str(self.head.story_id), self.head.revision


KillChannel = Literal[
    "page", "lists", "feeds", "sitemaps", "search", "related", "media", "email", "webhook", "websub", "cdn"
]


class KillConfirmed(Fact):
    """One channel did what a kill asked of it, or could not; ingest enters it into the receipt.

    `retrying`: it goes on trying, so this is not its last word.
    """

    stream: ClassVar[str] = "kill.confirmed.v1"

    story_id: UUID
    revision: int
    receipt: UUID
    channel: KillChannel
    outcome: Literal["confirmed", "failed", "unreachable"]
    detail: str = ""
    retrying: bool = False

    @property
    def subject(self) -> tuple[str, int]:
        """(story id, revision)."""
        return str(self.story_id), self.revision


Redactor = Literal["enrich", "render", "site", "notify", "desk"]


class StoryRedacted(Fact):
    """A court ordered that a killed story's content be gone: whatever a service holds of it is overwritten, for good.

    `revision` is that of the kill. Readers are told `public_note` from now on. `lists` (`tag/slug`) are those that only
    this story gave their names; `pictures` are SHA-256 of the addresses of its pictures. What was written to the page
    store `before` may hold the story. `to` are the services that have not confirmed it; others need not do it again.
    """

    stream: ClassVar[str] = "story.redacted.v1"

    story_id: UUID
    revision: int
    public_note: str
    lists: tuple[str, ...] = ()
    pictures: tuple[str, ...] = ()
    before: AwareDatetime
    to: tuple[Redactor, ...]

    @property
    def subject(self) -> tuple[str, int]:
        """(story id, revision)."""
        return str(self.story_id), self.revision


class RedactionConfirmed(Fact):
    """A service holds nothing of a redacted story any more; ingest waits for all of them."""

    stream: ClassVar[str] = "redaction.confirmed.v1"

    story_id: UUID
    revision: int
    service: Redactor

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
