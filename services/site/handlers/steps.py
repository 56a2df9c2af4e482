"""What does the site do with each event?

story.rendered   enter the routes, prove the page, say that the story is live
lists.rendered   enter the routes, confirm the kills whose traces they remove
story.killed     answer 410 at once, prove it, confirm it
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Final

from services.site.domain.addresses import lookup_form, wire_form
from services.site.domain.changes import (
    Applied,
    PageRoute,
    StoryChange,
    from_kill,
    from_rendered,
    newest_changes,
    shared_routes,
)
from services.site.domain.kills import Kill, carried, said
from services.site.domain.standing import Fence
from services.site.handlers.ports import Memory, Routes
from services.site.handlers.proof import NotProven, Proof
from shared.events import (
    Article,
    Event,
    KillChannel,
    ListsRendered,
    StoryHead,
    StoryKilled,
    StoryLive,
    StoryRendered,
)
from shared.telemetry import LIVE_SECONDS

Emitted = list[list[Event]]
#: What a withdrawn page takes with it, in its own transaction; what the lists that render made without it show no more.
WITHDRAWN: Final[tuple[KillChannel, ...]] = ("page", "search", "media")
CARRIED: Final[tuple[KillChannel, ...]] = ("lists", "feeds", "sitemaps", "related")


@dataclass
class SiteHandlers:
    """`wake` tells the other replicas that routes changed."""

    routes: Routes
    memory: Memory
    proof: Proof
    public_url: str
    now: Callable[[], Awaitable[datetime]]
    wake: Callable[[], Awaitable[None]]
    #: Tells whoever tells a CDN that something is owed.
    owed: Callable[[], None]
    #: How a receipt hears that a page is not gone yet.
    emit: Callable[[Sequence[Event]], Awaitable[object]]

    async def rendered(self, batch: Sequence[StoryRendered]) -> Emitted:
        """Pages of stories: shown, proven, told."""
        changes = [from_rendered(event) for event in batch]
        applied = await self._apply(changes, shared_routes(batch), max(event.at for event in batch))
        proven = await self.proof.all(_standing(changes, applied))
        now = await self.now()
        for event, change in zip(batch, changes, strict=True):
            if change.story_id in proven and applied.fences[change.story_id] is Fence.NEWER:
                LIVE_SECONDS.observe(max(0.0, (now - event.head.accepted_at).total_seconds()))
        return [
            [self._live(event.head, event.article, now)] if proven.get(change.story_id) is change else []
            for event, change in zip(batch, changes, strict=True)
        ]

    async def lists(self, batch: Sequence[ListsRendered]) -> Emitted:
        """Lists without a story: shown; the kills that they carry out are confirmed."""
        shared = chain.from_iterable(map(PageRoute.of, event.routes) for event in batch)
        kills = [carried(event) for event in batch]
        await self._apply([], shared, max(event.at for event in batch), list(chain.from_iterable(kills)))
        now = await self.now()
        return [[said(kill, channel, now) for kill in those for channel in CARRIED] for those in kills]

    async def killed(self, batch: Sequence[StoryKilled]) -> Emitted:
        """Withdrawn stories: gone, proven gone, confirmed."""
        changes = [from_kill(event) for event in batch]
        kills = [Kill.of(event) for event in batch]
        applied = await self._apply(changes, (), max(event.at for event in batch), kills)
        waiting = _standing(changes, applied)
        try:
            proven = await self.proof.all(waiting)
        except NotProven as unseen:
            await self._not_gone([one for one in kills if one.story_id in waiting], str(unseen))
            raise
        now = await self.now()
        return [
            [self._live(event.head, None, now), *(said(kill, channel, now) for channel in WITHDRAWN)]
            if proven.get(change.story_id) is change
            else []
            for event, kill, change in zip(batch, kills, changes, strict=True)
        ]

    async def _apply(
        self, changes: Sequence[StoryChange], shared: Iterable[PageRoute], at: datetime, kills: Sequence[Kill] = ()
    ) -> Applied:
        applied = await self.routes.apply(list(newest_changes(changes).values()), shared, at, kills)
        self.memory.forget(applied.paths, applied.number)
        self.memory.expect(applied.shown)
        if applied.hidden:
            self.memory.forget_pictures(applied.number)
        self.owed()
        if applied.paths:
            await self.wake()
        return applied

    async def _not_gone(self, kills: Sequence[Kill], reason: str) -> None:
        """Whoever waits for the receipts learns why it takes so long."""
        now = await self.now()
        await self.emit([said(one, "page", now, "unreachable", reason, retrying=True) for one in kills])

    def _live(self, head: StoryHead, article: Article | None, now: datetime) -> StoryLive:
        url = self.public_url + wire_form(lookup_form(head.path))
        return StoryLive(at=now, head=head, article=article, url=url, live_at=now)


def _standing(changes: Sequence[StoryChange], applied: Applied) -> dict[str, StoryChange]:
    """The changes to prove: the newest of each story, unless something newer was known before."""
    newest = newest_changes(changes)
    return {key: change for key, change in newest.items() if applied.fences[key] is not Fence.OLDER}
