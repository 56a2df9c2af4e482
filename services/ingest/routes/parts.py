"""What do the routes stand on?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from services.ingest.adapters.judging import Asked
from services.ingest.adapters.publishers import SqlPublishers
from services.ingest.adapters.reading import SqlReading
from services.ingest.adapters.rebuilds import SqlRebuilds
from services.ingest.adapters.redacting import SqlRedactions
from services.ingest.adapters.replaying import SqlReplay
from services.ingest.domain.standing import Outcome
from services.ingest.routes.answers import Links
from services.ingest.routes.callers import Callers


class Log(Protocol):
    """Takes commands; an outcome is on disk when it is answered."""

    async def submit(self, asked: Asked) -> Outcome:
        """Judge one."""

    async def submit_all(self, asked: Sequence[Asked]) -> list[Outcome]:
        """Judge these, in order."""


class Waiting(Protocol):
    """Knows when a story is live, and when a kill has reached every list."""

    async def until_live(self, story_id: str, revision: int, seconds: float) -> bool:
        """Wait for it."""

    async def until_out_of_lists(self, story_id: str, receipt: str, seconds: float) -> bool:
        """Wait for it."""


class Media(Protocol):
    """Keeps pictures."""

    async def put_media(self, body: bytes, suffix: str) -> str:
        """The key under which it is kept."""


class Announcing(Protocol):
    """Tells everybody who may push."""

    def changed(self) -> None:
        """Soon."""

    async def everywhere(self) -> None:
        """Now, until all have heard."""


class Child(Protocol):
    """Rebuilds in a process of its own."""

    async def start(self, run: str) -> None:
        """Let it run."""


@dataclass(frozen=True)
class Parts:
    """Everything that is behind the API."""

    log: Log
    reading: SqlReading
    publishers: SqlPublishers
    callers: Callers
    waiting: Waiting
    media: Media
    links: Links
    announcing: Announcing
    rebuilds: SqlRebuilds
    replay: SqlReplay
    child: Child
    #: Whose words a receipt waits for.
    channels: Sequence[str]
    redactions: SqlRedactions
