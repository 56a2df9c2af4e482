"""What does the site do with each event?

story.rendered   enter the routes, prove the page, say that the story is live
lists.rendered   enter the routes, confirm the kills whose traces they remove
story.killed     answer 410 at once, prove it, confirm it

NotProven    a page is not seen where readers arrive; the step waits and tries again
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import Final, Literal, Protocol

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
from services.site.domain.proof import Expected
from services.site.domain.standing import Fence, Standing
from shared import clock
from shared.events import (
    Article,
    Event,
    KillConfirmed,
    ListsRendered,
    StoryDelayed,
    StoryHead,
    StoryKilled,
    StoryLive,
    StoryRendered,
)
from shared.net import Unreachable
from shared.telemetry import LIVE_SECONDS, OVERDUE, logger

Emitted = list[list[Event]]
Confirmed = Literal["page", "search", "media", "lists", "related", "cdn"]

#: The pauses between two looks at a page (s), and how long one attempt of the step goes on looking.
FIRST_PAUSE: Final = 0.05
LONGEST_PAUSE: Final = 0.5
PATIENCE: Final = 10.0
#: From this age (s) on a failing proof is told to the desk.
TELL_AFTER: Final = 60.0
log = logger("site")


class NotProven(Unreachable):
    """Nobody but the way to our readers is to blame: the step waits, the story loses no attempt."""


class Routes(Protocol):
    """The route table."""

    async def apply(self, changes: Sequence[StoryChange], shared: Iterable[PageRoute], at: datetime) -> Applied:
        """Enter a batch in one transaction."""

    async def standings(self, story_ids: Sequence[str]) -> Mapping[str, Standing]:
        """What is known of some stories."""


class Memory(Protocol):
    """The pages in memory."""

    def forget(self, paths: Iterable[str], number: int) -> None:
        """These paths answer anew since change `number`."""

    def forget_pictures(self, number: int) -> None:
        """All pictures are looked up anew."""


class Prover(Protocol):
    """Sees pages as readers do."""

    async def prove(self, path: str, expected: Expected) -> str | None:
        """None when it is there, else the reason."""


class Purger(Protocol):
    """Tells a CDN."""

    @property
    def is_on(self) -> bool:
        """Is there one?"""

    async def purge(self, paths: Sequence[str]) -> str | None:
        """None when it heard, else the reason."""


@dataclass
class SiteHandlers:
    """`emit` is for what is told outside a batch; `wake` tells the other replicas that routes changed."""

    routes: Routes
    memory: Memory
    prover: Prover
    purger: Purger
    public_url: str
    now: Callable[[], Awaitable[datetime]]
    emit: Callable[[Sequence[Event]], Awaitable[object]]
    wake: Callable[[], Awaitable[None]]
    patience: float = PATIENCE
    _waiting: dict[str, float] = field(default_factory=dict)

    async def rendered(self, batch: Sequence[StoryRendered]) -> Emitted:
        """Pages of stories: shown, proven, told."""
        changes = [from_rendered(event) for event in batch]
        shared = chain.from_iterable(shared_routes(event) for event in batch)
        applied, _ = await self._apply(changes, shared, max(event.at for event in batch))
        proven = await self._prove(_standing(changes, applied))
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
        proven = await self._prove(_standing(changes, applied))
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

    async def _prove(self, waiting: dict[str, StoryChange]) -> dict[str, StoryChange]:
        """Those of `waiting` whose pages are seen, without those overtaken meanwhile. NotProven after a while."""
        proven: dict[str, StoryChange] = {}
        pause, give_up = FIRST_PAUSE, clock.monotonic() + self.patience
        while waiting:
            reasons = await asyncio.gather(*(self._look(change) for change in waiting.values()))
            seen = {change.story_id: change for change, why in zip(waiting.values(), reasons, strict=True) if not why}
            proven |= seen
            self._settle(seen)
            waiting = await self._still({key: change for key, change in waiting.items() if key not in seen})
            if waiting and clock.monotonic() > give_up:
                await self._give_up(waiting, next(why for why in reasons if why))
            if waiting:
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
        return proven

    async def _look(self, change: StoryChange) -> str | None:
        return await self.prover.prove(change.path, Expected(change.revision, is_gone=change.state != "live"))

    async def _still(self, waiting: dict[str, StoryChange]) -> dict[str, StoryChange]:
        """Without those that a newer revision has overtaken: that one is told instead."""
        if not waiting:
            return waiting
        known = await self.routes.standings(list(waiting))
        return {key: change for key, change in waiting.items() if known[key].revision <= change.revision}

    async def _give_up(self, waiting: dict[str, StoryChange], reason: str) -> None:
        now, at = clock.monotonic(), await self.now()
        delayed: list[Event] = []
        for key, change in waiting.items():
            since = self._waiting.setdefault(key, now - self.patience)
            OVERDUE.labels("proof").set(now - since)
            log.warning("waiting for proof", story=key, revision=change.revision, reason=reason)
            if now - since >= TELL_AFTER:
                note = f"waiting for proof: {reason}"
                delayed.append(StoryDelayed(at=at, story_id=key, revision=change.revision, stage="live", note=note))
        if delayed:
            await self.emit(delayed)
        raise NotProven(f"waiting for proof: {reason}")

    def _settle(self, seen: Iterable[str]) -> None:
        for key in seen:
            if self._waiting.pop(key, None) is not None and not self._waiting:
                OVERDUE.labels("proof").set(0)


def _standing(changes: Sequence[StoryChange], applied: Applied) -> dict[str, StoryChange]:
    """The changes to prove: the newest of each story, unless something newer was known before."""
    newest = newest_changes(changes)
    return {key: change for key, change in newest.items() if applied.fences[key] is not Fence.OLDER}
