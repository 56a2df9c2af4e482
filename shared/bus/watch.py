"""Is every step alive, and how far behind is it? A dead subscriber is set going again; numbers go to the metrics."""

import asyncio
from collections.abc import Sequence
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from shared import telemetry
from shared.bus.errors import Unavailable
from shared.bus.link import Link
from shared.bus.steps import Step
from shared.bus.subscriptions import Subscriptions

LOOK_S, MEASURE_EVERY, PING_S = 0.5, 10, 1.0


class Watch:
    """Looks at the subscribers twice a second and measures every five seconds."""

    def __init__(self, redis: Redis, link: Link, subscriptions: Subscriptions, steps: Sequence[Step]) -> None:
        """Over the steps of one bus."""
        self._redis, self._link, self._subscriptions, self._steps = redis, link, subscriptions, steps

    async def run(self) -> None:
        """Until the bus stops."""
        looks = 0
        while await self._link.rest(LOOK_S):
            for stream in self._subscriptions.dead():
                self._link.log.error("subscriber died, starting it again", stream=stream)
                await self._subscriptions.restart(stream)
            looks += 1
            if looks % MEASURE_EVERY == 0:
                try:
                    await self._link.once(self._measure, proof=False)
                except Unavailable:
                    continue

    async def problems(self) -> list[str]:
        """What is wrong now, in words; empty when every step reads and handles."""
        found = [f"step {stream}: its subscriber is dead" for stream in self._subscriptions.dead()]
        found += [f"step {step.stream} waits: {step.paused}" for step in self._steps if step.paused]
        try:
            async with asyncio.timeout(PING_S):
                await self._link.once(self._redis.ping, proof=False)
        except TimeoutError:
            found.append("redis is away: no answer in time")
        except Unavailable:
            pass
        if self._link.away is not None:
            found.append(f"redis is away: {self._link.away}")
        return found

    async def _measure(self) -> None:
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.time()
        for step in self._steps:
            pipeline.xinfo_groups(step.stream)
            pipeline.xlen(step.stream)
            pipeline.xpending(step.stream, step.group)
        (seconds, _), *answers = await pipeline.execute(raise_on_error=False)
        for number, step in enumerate(self._steps):
            groups, length, pending = answers[3 * number : 3 * number + 3]
            if any(isinstance(answer, ResponseError) for answer in (groups, length, pending)):
                continue
            labels = (step.stream, step.group)
            telemetry.STEP_LAG.labels(*labels).set(_lag(groups, step.group, length))
            oldest = int(pending["min"].partition(b"-")[0]) / 1000 if pending["min"] else seconds
            telemetry.STEP_OLDEST_PENDING.labels(*labels).set(max(0.0, seconds - oldest))


def _lag(groups: Sequence[dict[str, Any]], name: str, length: int) -> int:
    """Entries not yet delivered; where the server does not say (Redis 6.2), the length of the stream is the bound."""
    for group in groups:
        if group["name"] == name.encode():
            lag = group.get("lag")
            return length if lag is None else int(lag)
    return length
