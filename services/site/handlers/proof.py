"""How does a step wait until readers see what it published?

NotProven    a page is not seen where readers arrive; the step waits and tries again
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from services.site.domain.changes import StoryChange
from services.site.domain.proof import expected
from services.site.handlers.ports import Prover, Routes
from shared import clock
from shared.events import Event, StoryDelayed
from shared.net import Unreachable
from shared.telemetry import logger

#: The pauses between two looks at a page (s), and how long one attempt of the step goes on looking.
FIRST_PAUSE: Final = 0.05
LONGEST_PAUSE: Final = 0.5
PATIENCE: Final = 10.0
#: From this age (s) on a failing proof is told to the desk.
TELL_AFTER: Final = 60.0
log = logger("site")


class NotProven(Unreachable):
    """Nobody but the way to our readers is to blame: the step waits, the story loses no attempt."""


class Proof:
    """Looks at pages as readers do until they are there."""

    def __init__(
        self,
        prover: Prover,
        routes: Routes,
        now: Callable[[], Awaitable[datetime]],
        emit: Callable[[Sequence[Event]], Awaitable[object]],
        patience: float = PATIENCE,
    ) -> None:
        """`emit`: how the desk hears of a proof that has failed for a minute."""
        self._prover, self._routes, self._now, self._emit, self._patience = prover, routes, now, emit, patience
        self._waiting: dict[str, float] = {}

    async def all(self, waiting: dict[str, StoryChange]) -> dict[str, StoryChange]:
        """Those of `waiting` whose pages are seen, without those overtaken meanwhile. NotProven after a while."""
        proven: dict[str, StoryChange] = {}
        pause, give_up = FIRST_PAUSE, clock.monotonic() + self._patience
        while waiting:
            reasons = await self._prover.prove(
                [(one.path, expected(one.revision, one.state)) for one in waiting.values()]
            )
            seen = {change.story_id: change for change, why in zip(waiting.values(), reasons, strict=True) if not why}
            proven |= seen
            unseen = {key: change for key, change in waiting.items() if key not in seen}
            still = await self._still(unseen)
            self._settle(waiting.keys() - still.keys())
            waiting = still
            if waiting and clock.monotonic() > give_up:
                await self._give_up(waiting, next(why for why in reasons if why))
            if waiting:
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
        return proven

    async def overdue(self, _now: datetime) -> dict[str, float]:
        """Seconds for which the page that waits longest has not been seen."""
        since = min(self._waiting.values(), default=None)
        return {"proof": 0.0 if since is None else clock.monotonic() - since}

    async def _still(self, waiting: dict[str, StoryChange]) -> dict[str, StoryChange]:
        """Without those that a newer revision has overtaken: that one is told instead."""
        if not waiting:
            return waiting
        known = await self._routes.standings(list(waiting))
        return {key: change for key, change in waiting.items() if known[key].revision <= change.revision}

    async def _give_up(self, waiting: dict[str, StoryChange], reason: str) -> None:
        now, at = clock.monotonic(), await self._now()
        delayed: list[Event] = []
        for key, change in waiting.items():
            since = self._waiting.setdefault(key, now - self._patience)
            log.warning("waiting for proof", story=key, revision=change.revision, reason=reason)
            if now - since >= TELL_AFTER:
                note = f"waiting for proof: {reason}"
                delayed.append(
                    StoryDelayed(at=at, story_id=UUID(key), revision=change.revision, stage="live", note=note)
                )
        if delayed:
            await self._emit(delayed)
        raise NotProven(f"waiting for proof: {reason}")

    def _settle(self, seen: Iterable[str]) -> None:
        for key in seen:
            self._waiting.pop(key, None)
