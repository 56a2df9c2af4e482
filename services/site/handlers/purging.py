"""How does the CDN in front hear of what changed, also when it does not answer just now?"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import Final, Literal, Protocol

from services.site.domain.kills import Kill, said
from services.site.domain.purging import Again, GivenUp, Purge, after_failure
from services.site.handlers.ports import Purger
from shared import telemetry
from shared.bus import Unavailable
from shared.events import Event

#: At rest the table is looked at this often (s): another replica may have owed something.
REST: Final = 1.0
SHORTEST: Final = 0.05

Emit = Callable[[Sequence[Event]], Awaitable[object]]
log = telemetry.logger("site")


class Owed(Protocol):
    """What the CDN is owed."""

    async def lease(self) -> list[Purge]:
        """Those that are due."""

    async def others(self, kills: Collection[Kill], done: Collection[int]) -> set[str]:
        """The receipts for which something else is owed."""

    async def settle(self, done: Iterable[int]) -> None:
        """These are done."""

    async def postpone(self, later: Iterable[tuple[Purge, Again]], detail: str) -> None:
        """These are not."""

    async def next_due(self) -> float | None:
        """Seconds until something is."""


class Purging:
    """A loop that tells the CDN, and kills' receipts what it said."""

    def __init__(self, owed: Owed, purger: Purger, emit: Emit, now: Callable[[], Awaitable[datetime]]) -> None:
        """`now`: the database's clock."""
        self._owed, self._purger, self._emit, self._now = owed, purger, emit, now
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Something is owed."""
        self._woken.set()

    async def run(self) -> None:
        """For ever."""
        while True:
            try:
                if not await self.turn():
                    await self._rest()
            except Unavailable as away:
                log.warning("redis is away; receipts of purges wait", error=away)
                await asyncio.sleep(REST)

    async def turn(self) -> bool:
        """Tell the CDN of what is due; was there anything? What it heard is settled only when the receipts know."""
        due = await self._owed.lease()
        if not due:
            return False
        reason = await self._purger.purge(sorted({path for one in due for path in one.paths}))
        if reason is None:
            await self._heard(due)
        else:
            await self._unheard(due, reason)
        return True

    async def _heard(self, due: Sequence[Purge]) -> None:
        kills = _kills(due)
        done = [one.id for one in due]
        waiting = await self._owed.others(kills, done) if kills else set()
        await self._tell([one for one in kills if one.receipt not in waiting], "confirmed", "")
        await self._owed.settle(done)

    async def _unheard(self, due: Sequence[Purge], reason: str) -> None:
        now = await self._now()
        decided = [(one, after_failure(one, reason, now)) for one in due]
        later = [(one, after) for one, after in decided if isinstance(after, Again)]
        ended = [(one, after) for one, after in decided if isinstance(after, GivenUp)]
        await self._tell(_kills([one for one, _ in later]), "unreachable", reason, retrying=True)
        for one, after in ended:
            log.error("purge given up", detail=after.detail, paths=len(one.paths))
            await self._tell(one.kills, "failed", after.detail)
        await self._owed.postpone(later, reason)
        await self._owed.settle(one.id for one, _ in ended)

    async def _tell(
        self,
        kills: Sequence[Kill],
        outcome: Literal["confirmed", "failed", "unreachable"],
        detail: str,
        *,
        retrying: bool = False,
    ) -> None:
        if kills:
            now = await self._now()
            await self._emit([said(one, "cdn", now, outcome, detail, retrying=retrying) for one in kills])

    async def _rest(self) -> None:
        wait = await self._owed.next_due()
        try:
            async with asyncio.timeout(REST if wait is None else min(REST, max(SHORTEST, wait))):
                await self._woken.wait()
        except TimeoutError:
            return
        finally:
            self._woken.clear()


def _kills(due: Sequence[Purge]) -> list[Kill]:
    return list(dict.fromkeys(kill for one in due for kill in one.kills))
