"""How does FastStream feed the steps? One batch subscriber a step; it reads, the step does the rest.

FastStream parses a batch as one body, so that one invalid item fails the list: its parser is replaced by one that
passes entries on as they came.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from faststream import AckPolicy
from faststream.message import StreamMessage
from faststream.redis import StreamSub
from faststream.redis.subscriber.usecases import StreamBatchSubscriber
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from shared.bus.connection import TROUBLE, Broker, Reads
from shared.bus.groups import ensure_groups
from shared.bus.link import PAUSES_S, Link
from shared.bus.steps import RawEntry, Step

#: Longest that a read blocks; a new entry ends it at once. Must stay below the client's answer timeout.
POLL_MS = 1_000
GRACE_S = 10.0


class Subscriptions:
    """The broker with its subscribers: started, watched, restarted."""

    def __init__(self, redis: Redis, reads: Reads, link: Link, consumer: str) -> None:
        """`redis` is for commands, `reads` for blocking reads."""
        self._redis, self._link, self._consumer = redis, link, consumer
        self._failures: dict[str, int] = {}
        self._subscribers: dict[str, StreamBatchSubscriber] = {}
        self._steps: list[Step] = []
        reads.on_trouble, reads.on_read = self._trouble, self._read
        self._broker = Broker(reads, logger=None, apply_types=False, graceful_timeout=GRACE_S)

    def add(self, step: Step) -> None:
        """Subscribe a step; before `start`."""
        source = StreamSub(
            step.stream,
            group=step.group,
            consumer=self._consumer,
            batch=True,
            max_records=step.batch,
            polling_interval=POLL_MS,
        )
        subscriber = self._broker.subscriber(
            stream=source, ack_policy=AckPolicy.MANUAL, no_reply=True, parser=_as_it_came, decoder=_entries
        )
        subscriber(_handler(step))
        self._subscribers[step.stream] = subscriber
        self._steps.append(step)

    async def start(self) -> None:
        """Begin to read; works also while Redis is away."""
        await self._broker.start()

    async def stop(self) -> None:
        """Stop reading and wait for the batches in hand, up to the grace time."""
        await self._broker.stop()
        await asyncio.gather(*(step.finish(GRACE_S) for step in self._steps))

    def dead(self) -> list[str]:
        """Streams whose subscriber does not read any more."""
        return [stream for stream, subscriber in self._subscribers.items() if not _alive(subscriber)]

    async def restart(self, stream: str) -> None:
        """Set a dead subscriber going again."""
        subscriber = self._subscribers[stream]
        await subscriber.stop()
        await subscriber.start()

    async def _trouble(self, stream: str, error: BaseException) -> None:
        failures = self._failures.get(stream, 0)
        self._failures[stream] = failures + 1
        vanished = isinstance(error, ResponseError) and str(error).startswith(("NOGROUP", "UNBLOCKED"))
        if vanished and failures < len(PAUSES_S):
            self._link.log.warning("group vanished", stream=stream, error=str(error))
            try:
                await ensure_groups(self._redis)
            except TROUBLE as trouble:
                self._link.lost(trouble)
            else:
                return
        elif not vanished:
            self._link.lost(error)
        await self._link.rest(PAUSES_S[min(failures, len(PAUSES_S) - 1)])

    def _read(self, stream: str) -> None:
        self._failures.pop(stream, None)
        if self._link.away is not None:
            self._link.back()


def _alive(subscriber: StreamBatchSubscriber) -> bool:
    return subscriber.running and any(not task.done() for task in subscriber.tasks)


async def _as_it_came(message: Mapping[str, Any]) -> StreamMessage[Mapping[str, Any]]:
    return StreamMessage(message, b"", correlation_id="-")


async def _entries(message: StreamMessage[Mapping[str, Any]]) -> list[RawEntry]:
    raw = message.raw_message
    return cast("list[RawEntry]", list(zip(raw["message_ids"], raw["data"], strict=True)))


def _handler(step: Step) -> Callable[[Any], Any]:
    async def handle(entries: Any) -> None:  # noqa: ANN401 - FastStream would validate a narrower annotation
        await step.begin(cast("Sequence[RawEntry]", entries))

    return handle
