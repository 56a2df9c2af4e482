"""What do the site's steps need of the world?"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from services.site.domain.answers import Found
from services.site.domain.changes import Applied, PageRoute, StoryChange
from services.site.domain.kills import Kill
from services.site.domain.proof import Expected
from services.site.domain.standing import Standing


class Routes(Protocol):
    """The route table."""

    async def apply(
        self, changes: Sequence[StoryChange], shared: Iterable[PageRoute], at: datetime, kills: Sequence[Kill] = ()
    ) -> Applied:
        """Enter a batch in one transaction; `kills` are those that it carries out."""

    async def standings(self, story_ids: Sequence[str]) -> Mapping[str, Standing]:
        """What is known of some stories."""


class Memory(Protocol):
    """The pages in memory."""

    def forget(self, paths: Iterable[str], number: int) -> None:
        """These paths answer anew since change `number`."""

    def expect(self, found: Mapping[str, Found]) -> None:
        """What these paths answer, so that nobody need ask the database."""

    def forget_pictures(self, number: int) -> None:
        """All pictures are looked up anew."""


class Prover(Protocol):
    """Sees pages as readers do."""

    async def prove(self, wanted: Sequence[tuple[str, Expected]]) -> Sequence[str | None]:
        """For each path and what it must show: None when it is there, else the reason."""


class Purger(Protocol):
    """Tells a CDN."""

    async def purge(self, paths: Sequence[str]) -> str | None:
        """None when it heard, else the reason."""
