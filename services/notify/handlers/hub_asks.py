"""Does a callback want what was asked in its name? It is asked once; nothing but a clear yes counts."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Protocol

from services.notify.domain.hub import Asked, confirms, question
from shared import clock, telemetry

#: Callbacks that are asked at the same time, and how long one may think about it (s).
AT_ONCE: Final = 16
TIMEOUT: Final = 5.0
#: Without a wake-up: another replica may have died before it asked.
REST: Final = 15.0
#: How often leases are looked at (s).
EXPIRE: Final = 30.0

log = telemetry.logger("notify")


class Requests(Protocol):
    """What was asked of the hub, and the leases that it gave."""

    async def asked(self, limit: int) -> list[Asked]:
        """Requests whose callbacks are to be asked now."""

    async def answered(self, asked: Asked, *, is_meant: bool) -> None:
        """A callback was asked."""

    async def expire(self) -> int:
        """End leases that are over; how many."""


#: One guarded GET that follows no redirect: status and body; None without an answer.
Get = Callable[[str, float], Awaitable[tuple[int, bytes] | None]]


class Verifier:
    """Asks callbacks, and ends leases."""

    def __init__(self, requests: Requests, get: Get) -> None:
        """`get` is the guarded way out."""
        self._requests, self._get = requests, get
        self._woken = asyncio.Event()
        self._expire_at = 0.0

    def wake(self) -> None:
        """Something was asked."""
        self._woken.set()

    async def run(self) -> None:
        """For ever."""
        while True:
            self._woken.clear()
            asked = await self._requests.asked(AT_ONCE)
            await self._ask_all(asked)
            if clock.monotonic() >= self._expire_at and not await self._requests.expire():
                self._expire_at = clock.monotonic() + EXPIRE
            if not asked:
                await self._rest()

    async def _ask_all(self, asked: Sequence[Asked]) -> None:
        await asyncio.gather(*(self._ask(one) for one in asked))

    async def _ask(self, asked: Asked) -> None:
        challenge = secrets.token_urlsafe(24)
        answer = await self._get(question(asked.ask, challenge), TIMEOUT)
        is_meant = answer is not None and confirms(*answer, challenge)
        await self._requests.answered(asked, is_meant=is_meant)
        ask, said = asked.ask, f"HTTP {answer[0]}" if answer else "no answer"
        log.info("asked a callback", mode=ask.mode, host=ask.host, topic=ask.feed.url, said=said, confirmed=is_meant)

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(REST):
                await self._woken.wait()
        except TimeoutError:
            return
