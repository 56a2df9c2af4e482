"""Who holds an entry, and what if its holder died?

A process renews the lease of what it has in hand. What was delivered and not settled for a whole lease belongs to a
process that is gone (or was stopped): one sweeper at a time claims it. An entry that was delivered twice and never
settled is suspected of killing its process: it is claimed and tried alone, so that it takes no innocent ones with it,
and after `tries` deliveries it is a dead letter.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from shared.bus import keys
from shared.bus.errors import Unavailable
from shared.bus.link import Link
from shared.bus.scripts import FORGET_CONSUMERS, KEEP, RELEASE, UNLOCK
from shared.bus.steps import RawEntry, Step

PAGE = 64
#: From so many deliveries on an entry is handled alone.
SUSPECT = 2
#: An entry that was delivered to us this long ago and is not in hand was in an answer that got lost.
LOST_MS = 1_000
#: A consumer name is forgotten after so many leases without a sign of life.
FORGET_AFTER = 10


class Leases:
    """Keeps the leases of our steps, and takes over those that ran out."""

    def __init__(self, redis: Redis, link: Link, consumer: str, *, lease_s: float, tries: int) -> None:
        """`consumer` is our name in every group."""
        self._redis, self._link, self._consumer = redis, link, consumer
        self._lease_ms, self._tries = round(lease_s * 1000), tries

    async def keep(self, steps: Sequence[Step]) -> None:
        """Until the bus stops, renew what our steps have in hand."""
        while await self._link.rest(self._lease_ms / 3000):
            for step in steps:
                held = list(step.in_flight)
                if not held:
                    continue
                renew = partial(KEEP, self._redis, [step.stream], [step.group, self._consumer, *held])
                try:
                    await self._link.once(renew, proof=False)
                except Unavailable:
                    break

    async def reclaim(self, step: Step, *, sole: bool) -> None:
        """Until the bus stops, take over what others left; `sole`: nobody else lives, so at once what is there now."""
        idle_ms = 0 if sole else self._lease_ms
        while not self._link.stopping.is_set():
            try:
                await self._link.once(partial(self._sweep, step, idle_ms), proof=False)
                idle_ms = self._lease_ms
            except Unavailable:
                pass
            await self._link.rest(min(self._lease_ms / 3000, 5.0))

    async def release(self, steps: Sequence[Step]) -> None:
        """Say that what we still hold may be claimed now, and forget our name where we hold nothing."""
        for step in steps:
            let_go = partial(RELEASE, self._redis, [step.stream], [step.group, self._consumer])
            await self._link.once(let_go, proof=False)
            # A sweep that the stop cut off between taking its lock and giving it back would hold others up for a lease.
            unlock = partial(UNLOCK, self._redis, [keys.sweep(step.stream, step.group)], [self._consumer])
            await self._link.once(unlock, proof=False)

    async def _sweep(self, step: Step, idle_ms: int) -> None:
        try:
            await self._lost_replies(step)
            await self._others(step, idle_ms)
        except ResponseError as error:
            # The subscriber meets that too, and creates the group again.
            if not str(error).startswith("NOGROUP"):
                raise

    async def _lost_replies(self, step: Step) -> None:
        """Take what Redis delivered to us in an answer that never arrived; that need not wait for a lease."""
        rows: list[dict[str, Any]] = await self._redis.xpending_range(
            step.stream, step.group, "-", "+", PAGE, consumername=self._consumer, idle=LOST_MS
        )
        await self._work(step, [row for row in rows if row["message_id"] not in step.in_flight], LOST_MS)

    async def _others(self, step: Step, idle_ms: int) -> None:
        lock = keys.sweep(step.stream, step.group)
        if not await self._redis.set(lock, self._consumer, nx=True, px=self._lease_ms) and idle_ms:
            return
        try:
            await self._take_over(step, idle_ms)
            forget_ms = self._lease_ms * FORGET_AFTER
            await FORGET_CONSUMERS(self._redis, [step.stream], [step.group, self._consumer, forget_ms])
        finally:
            await UNLOCK(self._redis, [lock], [self._consumer])

    async def _take_over(self, step: Step, idle_ms: int) -> None:
        start = "-"
        while not self._link.stopping.is_set():
            rows: list[dict[str, Any]] = await self._redis.xpending_range(
                step.stream, step.group, start, "+", PAGE, idle=idle_ms or None
            )
            left = [row for row in rows if row["message_id"] not in step.in_flight and not self._is_ours(row, idle_ms)]
            await self._work(step, left, idle_ms)
            if len(rows) < PAGE:
                return
            start = f"({rows[-1]['message_id'].decode()}"

    async def _work(self, step: Step, rows: Sequence[dict[str, Any]], idle_ms: int) -> None:
        fresh = [row["message_id"] for row in rows if row["times_delivered"] < SUSPECT]
        if fresh:
            await step.take(await self._claim(step, fresh, idle_ms))
        for row in rows:
            if row["times_delivered"] >= SUSPECT:
                await self._suspect(step, row, idle_ms)

    def _is_ours(self, row: dict[str, Any], idle_ms: int) -> bool:
        # Without a minimum of idleness our own entries are those that the subscriber has just read.
        return not idle_ms and row["consumer"] == self._consumer.encode()

    async def _suspect(self, step: Step, row: dict[str, Any], idle_ms: int) -> None:
        claimed = await self._claim(step, [row["message_id"]], idle_ms)
        if row["times_delivered"] < self._tries:
            await step.take(claimed)
        elif claimed:
            delivered = row["times_delivered"]
            reason = f"delivered {delivered} times and never finished: each process that had it in hand died or hung"
            await step.bury(claimed, reason, delivered)

    async def _claim(self, step: Step, ids: Sequence[bytes], idle_ms: int) -> list[RawEntry]:
        """Make entries ours. Those that trimming or deletion removed are acknowledged: there is nothing to handle."""
        answer: Any = await self._redis.xclaim(step.stream, step.group, self._consumer, idle_ms, list(ids))
        claimed: list[RawEntry] = [(entry_id, fields) for entry_id, fields in answer if fields]
        for lost in set(ids) - {entry_id for entry_id, _ in claimed}:
            if not await self._redis.xrange(step.stream, lost, lost, 1):
                await self._redis.xack(step.stream, step.group, lost)
                self._link.log.warning("pending entry was gone", stream=step.stream, entry=lost.decode())
        return claimed
