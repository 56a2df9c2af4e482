"""What keeps a service's background work alive?"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from shared import clock, telemetry
from shared.runtime.service import Work

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
#: A loop that ran this long (s) before it crashed starts with a short pause again.
HEALTHY = 60.0
_LAG_EVERY, _LAG_WINDOW = 0.05, 200

_RETRY_FIRST, _RETRY_LONGEST = 0.25, 5.0
_CANCEL_EVERY = 0.1

T = TypeVar("T")
log = telemetry.logger("runtime")


class Supervisor:
    """Runs loops until `stop`; one that ends is begun again."""

    def __init__(self, is_outage: Callable[[BaseException], bool]) -> None:
        """No loop runs yet. `is_outage`: is a loop innocent of what ended it?"""
        self._is_outage = is_outage
        self._tasks: list[asyncio.Task[None]] = []

    def run(self, service: str, loops: Mapping[str, Work]) -> None:
        """Begin the loops of one service."""
        for name, loop in loops.items():
            self._tasks.append(asyncio.create_task(self._keep(f"{service}.{name}", loop), name=f"{service}.{name}"))

    async def stop(self) -> None:
        """Cancel every loop and wait until each has put its things away."""
        left = set(self._tasks)
        while left:
            # Asked again and again: a driver that is just connecting may swallow a cancellation.
            for task in left:
                task.cancel()
            _, left = await asyncio.wait(left, timeout=_CANCEL_EVERY)
        self._tasks.clear()

    async def _keep(self, name: str, loop: Work) -> None:
        pause = FIRST_PAUSE
        while True:
            began = clock.monotonic()
            longest = LONGEST_PAUSE
            try:
                await loop()
                log.error("a loop that should run for ever has returned", loop=name)
            except Exception as error:  # the process runner: nothing may end a loop for good
                if self._is_outage(error):
                    longest = _RETRY_LONGEST  # it is needed as soon as what is away is back
                    log.warning("a loop waits for what is away", loop=name, error=f"{type(error).__name__}: {error}")
                else:
                    log.exception("a loop crashed", loop=name)
            if longest == LONGEST_PAUSE:
                telemetry.LOOP_RESTARTS.labels(name).inc()
            pause = FIRST_PAUSE if clock.monotonic() - began > HEALTHY else min(pause * 2, longest)
            await asyncio.sleep(pause)


async def watch_lag() -> None:
    """Measure how late the event loop runs; the gauge shows the worst of the last ten seconds."""
    late = [0.0] * _LAG_WINDOW
    position = 0
    while True:
        before = clock.monotonic()
        await asyncio.sleep(_LAG_EVERY)
        late[position] = max(0.0, clock.monotonic() - before - _LAG_EVERY)
        telemetry.LOOP_LATE.observe(late[position])
        position = (position + 1) % _LAG_WINDOW
        telemetry.LOOP_LAG.set(max(late))


async def within(seconds: float, what: str, work: Work) -> None:
    """Do a step of the shutdown; one that fails or takes too long is logged and does not hold up the others."""
    try:
        async with asyncio.timeout(seconds):
            await work()
    except Exception as error:  # noqa: BLE001 - the process runner
        log.warning("did not stop cleanly", part=what, error=error)


async def once_available(work: Callable[[], Awaitable[T]], is_outage: Callable[[BaseException], bool]) -> T:
    """Do it when what it needs is there: a database that starts beside us is waited for; other errors go up."""
    pause = _RETRY_FIRST
    while True:
        try:
            return await work()
        except Exception as error:
            if not (is_outage(error) or isinstance(error, ConnectionError)):
                raise
            log.warning("waiting for what this process needs", error=error)
        await asyncio.sleep(pause)
        pause = min(pause * 2, _RETRY_LONGEST)
