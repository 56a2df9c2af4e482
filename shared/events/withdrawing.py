"""Which events take a story away: for readers (a kill), or with every word that is kept of it (a redaction)?"""

from typing import ClassVar, Final, Literal
from uuid import UUID

from pydantic import AwareDatetime

from shared.events.base import Fact
from shared.events.story import StoryHead

#: What readers are told of a kill without a public note (interface, §3); pages, feeds and mails put it in their words.
WITHDRAWN: Final = "This story has been withdrawn."


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
