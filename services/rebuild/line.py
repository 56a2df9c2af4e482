"""What is the line without a bus? What one step answers is handed to the next, in this process, and to nobody else.

The steps are those of the services, so what comes out is what they would make. But there is no transport here, no
notify and no network: nothing can be sent.

NotHere    a story needs a picture that nobody has fetched yet; it is asked for again later
"""

import asyncio
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Final, Protocol, TypeVar

from shared.events import (
    CommentsChanged,
    Event,
    ListsRendered,
    StoryEnriched,
    StoryKilled,
    StoryReceived,
    StoryRendered,
)
from shared.net import Answer, NetError

E = TypeVar("E", bound=Event)
Answers = Sequence[Sequence[Event]]
#: Each batch paints the first page of every list that it touches, most of them: so few batches, as large as memory
#: likes. So many of them are on the line at a time, one or two in each step.
BATCH: Final = 512
IN_HAND: Final = 4


class NotHere(Exception):  # noqa: N818 - an outcome with a name
    """The picture is not in the store, and nothing is fetched here."""


class NoWeb:
    """The web of a rebuild: there is none."""

    def __init__(self) -> None:
        """At first a picture that is not here may still come, with a story that is on its way."""
        self.may_come = True

    async def get(self, url: str, *, max_bytes: int, timeout: float) -> Answer:  # noqa: ASYNC109 - the form of `Net`
        """Never an answer."""
        del max_bytes, timeout
        if self.may_come:
            raise NotHere(url)
        raise NetError("a rebuild fetches nothing")


class Enrich(Protocol):
    """The steps of enrich."""

    async def received(self, batch: Sequence[StoryReceived]) -> Sequence[Sequence[StoryEnriched]]:
        """Revisions."""

    async def killed(self, batch: Sequence[StoryKilled]) -> Sequence[Sequence[StoryEnriched]]:
        """Kills."""


class Render(Protocol):
    """The steps of render."""

    async def enriched(self, batch: Sequence[StoryEnriched]) -> Answers:
        """Revisions."""

    async def killed(self, batch: Sequence[StoryKilled]) -> Answers:
        """Kills."""

    async def commented(self, batch: Sequence[CommentsChanged]) -> Answers:
        """Comments."""


class Site(Protocol):
    """The site's steps, as far as they change its tables."""

    async def rendered(self, batch: Sequence[StoryRendered]) -> None:
        """Pages of stories."""

    async def lists(self, batch: Sequence[ListsRendered]) -> None:
        """Pages without a story."""

    async def killed(self, batch: Sequence[StoryKilled]) -> None:
        """Withdrawn stories."""


class Line:
    """Three services, hand to hand."""

    def __init__(self, enrich: Enrich, render: Render, site: Site) -> None:
        """Each on a database of its own, beside the one that serves."""
        self._enrich, self._render, self._site = enrich, render, site
        # Batches enter a step in the order in which they came. Render has two in hand, as in life: one is written while
        # the next is painted.
        self._enriching, self._rendering, self._entering = asyncio.Lock(), asyncio.Semaphore(2), asyncio.Lock()

    async def take(self, events: Sequence[StoryReceived | StoryKilled]) -> list[StoryReceived]:
        """Carry these to the end; answers those that need a picture which is not here (see NotHere)."""
        aside: list[StoryReceived] = []
        async with self._enriching:
            enriched = await self._received([one for one in events if isinstance(one, StoryReceived)], aside)
        await self._pages(enriched)
        kills = [one for one in events if isinstance(one, StoryKilled)]
        if kills:
            async with self._enriching:
                changed = _flat(await self._enrich.killed(kills), StoryEnriched)
            # As in life, each of the three hears of a kill by itself.
            async with self._entering:
                await self._site.killed(kills)
            async with self._rendering:
                lists = _flat(await self._render.killed(kills), ListsRendered)
            async with self._entering:
                await self._site.lists(lists)
            await self._pages(changed)
        return aside

    async def comments(self, events: Sequence[CommentsChanged]) -> None:
        """Approved comments, on their pages."""
        if events:
            await self._site.rendered(_flat(await self._render.commented(events), StoryRendered))

    async def _received(self, batch: Sequence[StoryReceived], aside: list[StoryReceived]) -> list[StoryEnriched]:
        if not batch:
            return []
        try:
            return _flat(await self._enrich.received(batch), StoryEnriched)
        except NotHere:
            if len(batch) == 1:
                aside.extend(batch)
                return []
            return [told for one in batch for told in await self._received([one], aside)]

    async def _pages(self, events: Sequence[StoryEnriched]) -> None:
        for start in range(0, len(events), BATCH):
            async with self._rendering:
                pages = _flat(await self._render.enriched(events[start : start + BATCH]), StoryRendered)
            async with self._entering:
                await self._site.rendered(pages)


class Hand:
    """The bus of render's sweep: what it tells is entered at once."""

    def __init__(self, site: Site) -> None:
        """`site` hears."""
        self._site = site

    async def emit(self, events: Sequence[Event]) -> list[str]:
        """Entered when it returns."""
        await self._site.lists(_flat([events], ListsRendered))
        return ["0-0"] * len(events)

    async def passed(self, event: type[Event], group: str, before_ms: int) -> bool:
        """It was."""
        del event, group, before_ms
        return True

    async def epoch(self) -> str | None:
        """Nothing can be forgotten here."""
        return "rebuild"


def _flat(answers: Iterable[Sequence[Event]], kind: type[E]) -> list[E]:
    return [one for one in chain.from_iterable(answers) if isinstance(one, kind)]
