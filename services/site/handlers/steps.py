"""What does the site do with each event?

story.rendered   enter the routes, prove the page, say that the story is live
lists.rendered   enter the routes, confirm the kills whose traces they remove
story.killed     answer 410 at once, prove it, confirm it
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Literal

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
from services.site.domain.standing import Fence
from services.site.handlers.ports import Memory, Purger, Routes
from services.site.handlers.proof import Proof
from shared.events import (
    Article,
    Event,
    KillConfirmed,
    ListsRendered,
    StoryHead,
    StoryKilled,
    StoryLive,
    StoryRendered,
)
from shared.telemetry import LIVE_SECONDS

Emitted = list[list[Event]]
Confirmed = Literal["page", "search", "media", "lists", "related", "cdn"]


@dataclass
class SiteHandlers:
    """`wake` tells the other replicas that routes changed."""

    routes: Routes
    memory: Memory
    proof: Proof
    purger: Purger
    public_url: str
    now: Callable[[], Awaitable[datetime]]
    wake: Callable[[], Awaitable[None]]

    async def rendered(self, batch: Sequence[StoryRendered]) -> Emitted:
        """Pages of stories: shown, proven, told."""
        changes = [from_rendered(event) for event in batch]
        applied, _ = await self._apply(changes, shared_routes(batch), max(event.at for event in batch))
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
        await self._apply([], shared, max(event.at for event in batch))
        now = await self.now()
        channels: tuple[Confirmed, ...] = ("lists", "related")
        return [
            [
                KillConfirmed(
                    at=now, story_id=story, revision=revision, receipt=receipt, channel=channel, outcome="confirmed"
                )
                for story, revision, receipt in event.killed
                for channel in channels
            ]
            for event in batch
        ]

    async def killed(self, batch: Sequence[StoryKilled]) -> Emitted:
        """Withdrawn stories: gone, proven gone, confirmed."""
        changes = [from_kill(event) for event in batch]
        applied, unheard = await self._apply(changes, (), max(event.at for event in batch))
        proven = await self.proof.all(_standing(changes, applied))
        now = await self.now()
        return [
            [self._live(event.head, None, now), *self._confirmations(event, now, unheard)]
            if proven.get(change.story_id) is change
            else []
            for event, change in zip(batch, changes, strict=True)
        ]

    async def _apply(
        self, changes: Sequence[StoryChange], shared: Iterable[PageRoute], at: datetime
    ) -> tuple[Applied, str | None]:
        applied = await self.routes.apply(list(newest_changes(changes).values()), shared, at)
        self.memory.forget(applied.paths, applied.number)
        self.memory.expect(applied.shown)
        if applied.hid_pictures:
            self.memory.forget_pictures(applied.number)
        unheard = await self.purger.purge(sorted(applied.paths)) if self.purger.is_on else None
        if applied.paths:
            await self.wake()
        return applied, unheard

    def _live(self, head: StoryHead, article: Article | None, now: datetime) -> StoryLive:
        url = self.public_url + wire_form(lookup_form(head.path))
        return StoryLive(at=now, head=head, article=article, url=url, live_at=now)

    def _confirmations(self, event: StoryKilled, now: datetime, unheard: str | None) -> list[Event]:
        story_id, revision = event.head.story_id, event.head.revision
        done: list[tuple[Confirmed, str | None]] = [("page", None), ("search", None), ("media", None)]
        if self.purger.is_on:
            done.append(("cdn", unheard))
        return [
            KillConfirmed(
                at=now,
                story_id=story_id,
                revision=revision,
                receipt=event.receipt,
                channel=channel,
                outcome="unreachable" if reason else "confirmed",
                detail=reason or "",
            )
            for channel, reason in done
        ]


def _standing(changes: Sequence[StoryChange], applied: Applied) -> dict[str, StoryChange]:
    """The changes to prove: the newest of each story, unless something newer was known before."""
    newest = newest_changes(changes)
    return {key: change for key, change in newest.items() if applied.fences[key] is not Fence.OLDER}
