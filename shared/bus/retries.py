"""When does a failed event come back? When its time is up, a loop puts it on its stream again, for its group alone."""

import asyncio
from collections.abc import Sequence

from redis.asyncio import Redis

from shared.bus import keys
from shared.bus.errors import Unavailable
from shared.bus.link import Link
from shared.bus.scripts import RETURN_DUE
from shared.bus.steps import Step

IDLE_S, BUSY_S = 1.0, 0.1


class Retries:
    """The loop that moves due events of our steps."""

    def __init__(self, redis: Redis, link: Link, steps: Sequence[Step]) -> None:
        """Steps tell it when something was put off, so that it can look often only while something waits."""
        self._redis, self._link = redis, link
        self._keys = [key for step in steps for key in (step.stream, keys.retry(step.stream, step.group))]
        self._nudged = asyncio.Event()
        for step in steps:
            step.retrying = self._nudged.set

    async def run(self) -> None:
        """Until the bus stops."""
        while not self._link.stopping.is_set():
            waiting = 0
            try:
                _, waiting = await self._link.once(lambda: RETURN_DUE(self._redis, self._keys, ()), proof=False)
            except Unavailable:
                await self._link.rest(IDLE_S)
            if waiting:
                await self._link.rest(BUSY_S)
                continue
            self._nudged.clear()
            nudged, stopping = (asyncio.create_task(event.wait()) for event in (self._nudged, self._link.stopping))
            try:
                await asyncio.wait((nudged, stopping), timeout=IDLE_S, return_when=asyncio.FIRST_COMPLETED)
            finally:
                nudged.cancel()
                stopping.cancel()
