"""What do we know of a story when we judge, and what do we append to the log?"""

from dataclasses import dataclass
from datetime import datetime

from services.ingest.domain.commands import NoteKind
from services.ingest.domain.identity import Identity
from services.ingest.domain.problems import Refused
from shared.events import Action


@dataclass(frozen=True, slots=True)
class Entry:
    """One revision as the log keeps it.

    `content` are the pushed fields (JSON); None for `kill` and `expire`. `release_at` is None for what goes at once.
    `note` is public, `reason` never. `redirects` are the former paths and the aliases that lead here. `changed` names
    what readers see differently since the content before.
    """

    identity: Identity
    ordinal: int
    revision: int
    action: Action
    content: bytes | None
    notify: bool
    accepted_at: datetime
    release_at: datetime | None
    published_at: datetime
    path: str
    redirects: tuple[str, ...]
    announce_until: datetime | None
    note: str | None = None
    kind: NoteKind | None = None
    reason: str | None = None
    receipt: str | None = None
    changed: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """About how many bytes its event has, for the emission window."""
        return len(self.content or b"") + 1000


@dataclass(frozen=True, slots=True)
class Standing:
    """A story after its newest accepted revision (`newest`).

    `content` and `digest` are of the newest content, which `content_revision` brought (a kill does not take it away);
    `slug` is the slug last asked for,
    `former` are paths that it left, `expires_at` is None unless it is yet to expire. `listed` are the keys of the lists
    in which earlier content stood in public (`section/economy`, `archive/2026/11`), sorted.
    """

    newest: Entry
    content: bytes
    digest: str
    content_revision: int
    slug: str
    former: tuple[str, ...]
    expires_at: datetime | None
    listed: tuple[str, ...] = ()

    redacted: bool = False

    @property
    def killed(self) -> bool:
        """Is it withdrawn?"""
        return self.newest.action == "kill"


@dataclass(frozen=True, slots=True)
class Accepted:
    """A new revision: where the story stands now, which addresses it takes, what the publisher should know."""

    standing: Standing
    claims: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unchanged:
    """Nothing to do: it stands so already."""

    standing: Standing


Outcome = Accepted | Unchanged | Refused
