"""What does a service say to, and hear from, the others?

    bus = Bus(url, "enrich", is_outage=…)
    bus.step(StoryReceived, handlers.received)
    await bus.start()

The composition of the parts beside it; no decision is taken here.
"""

import asyncio
import os
import secrets
import socket
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, TypeVar, overload

from shared import telemetry
from shared.bus import keys, sizes
from shared.bus.connection import connect
from shared.bus.emitting import Emitter
from shared.bus.envelope import Letter, Sealer, seal_again
from shared.bus.errors import Unavailable
from shared.bus.forgetting import forget
from shared.bus.leases import Leases
from shared.bus.link import Link
from shared.bus.nudges import Nudges
from shared.bus.outcomes import Patience
from shared.bus.retries import Retries
from shared.bus.scripts import PASSED, REPLACE
from shared.bus.steps import Step
from shared.bus.subscriptions import Subscriptions
from shared.bus.trim import keep_trimmed
from shared.bus.watch import Watch
from shared.events import Event

E = TypeVar("E", bound=Event)
Handler = Callable[[Sequence[E]], Awaitable[Sequence[Sequence[Event]]]]


class Bus:
    """One service's place on the bus. A handler gets a batch and answers, for each event, with those that follow."""

    def __init__(
        self,
        url: str,
        service: str,
        *,
        is_outage: Callable[[BaseException], bool],
        sole: bool = False,
        lease_s: float = 30,
        tries: int = 5,
        backoff_s: Sequence[float] = (0.5, 2, 8, 30),
    ) -> None:
        """Nothing is connected before it is needed.

        Args:
            url: `redis://`, `rediss://`, `unix://` or `redis+sentinel://` (see `connection`).
            service: Its name, which is its consumer group.
            is_outage: Does waiting help? Then the step pauses and the story is not blamed.
            sole: No other process serves these groups: what dead ones left is claimed at once on start.
            lease_s: After how many seconds without a sign of life an entry may be taken over.
            tries: After how many tries an event becomes a dead letter.
            backoff_s: Seconds before the second, third … try; the last one repeats.
        """
        self._service, self._sole = service, sole
        self._consumer = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
        self._connections = connect(url)
        self._redis = self._connections.redis
        self._link = Link(telemetry.logger(service))
        self._sealer = Sealer()
        self._emitter = Emitter(self._redis, self._link, self._sealer)
        self._patience, self._is_outage = Patience(tries, tuple(backoff_s)), is_outage
        self._steps: list[Step] = []
        self._subscriptions = Subscriptions(self._redis, self._connections.reads, self._link, self._consumer)
        self._leases = Leases(self._redis, self._link, self._consumer, lease_s=lease_s, tries=tries)
        self._nudges = Nudges(self._redis, self._link, self._consumer)
        self._watch = Watch(self._redis, self._link, self._subscriptions, self._steps)
        self._loops: list[asyncio.Task[None]] = []

    @overload
    def step(
        self, event: type[E], handler: Handler[E], *, batch: int = ..., at_once: int = ..., gather_s: float = ...
    ) -> None: ...

    @overload
    def step(
        self,
        event: type[Event],
        handler: Handler[E],
        *,
        reads: type[E],
        batch: int = ...,
        at_once: int = ...,
        gather_s: float = ...,
    ) -> None: ...

    def step(
        self,
        event: type[Event],
        handler: Handler[Any],
        *,
        reads: type[Event] | None = None,
        batch: int = 128,
        at_once: int = 1,
        gather_s: float = 0.0,
    ) -> None:
        """Have `handler` called with up to `batch` events of a class at a time; before `start`.

        `reads`: as what the handler reads them, where that is less than the whole event (see `shared.events.outlines`).
        `at_once`: how many batches are in hand at a time. With two, one waits for a disk while the other is worked on;
        the handler must bear what replicas do to it: the later batch may be done first.
        `gather_s`: while events come by the dozen, the next batch is read so much later, for a step that nobody waits
        for: its batches are then as large as those of the steps that set the pace, and cost as little an event.
        """
        step = Step(
            event,
            self._service,
            handler,
            reads=reads or event,
            batch=batch,
            at_once=at_once,
            gather_s=gather_s,
            patience=self._patience,
            is_outage=self._is_outage,
        )
        step.attach(self._redis, self._link, self._sealer)
        self._subscriptions.add(step)
        self._steps.append(step)

    def on_wake(self, topic: str, callback: Callable[[], None]) -> None:
        """Have `callback` called when anybody says `wake(topic)`, and whenever such a word may have been missed."""
        self._nudges.on(topic, callback)

    async def wake(self, topic: str) -> None:
        """Nudge all who listen for `topic`, here and elsewhere. Best effort: never raises."""
        await self._nudges.send(topic)

    async def start(self) -> None:
        """Create groups, begin to read. Starts also while Redis is away, and begins when it is there."""
        try:
            await self._emitter.ensure_groups()
        except Unavailable:
            self._link.log.warning("starting without redis", error=self._link.away)
        self._run("trim", lambda: keep_trimmed(self._redis, self._link, self._consumer))
        if self._steps:
            self._run("leases", lambda: self._leases.keep(self._steps))
            self._run("retries", Retries(self._redis, self._link, self._steps).run)
        for step in self._steps:
            self._run(f"reclaim {step.stream}", partial(self._leases.reclaim, step, sole=self._sole))
        if self._nudges.wanted():
            self._run("nudges", self._nudges.listen)
        await self._subscriptions.start()
        self._run("watch", self._watch.run)

    async def stop(self) -> None:
        """Finish the batches in hand (up to the grace time); release what was read and not begun; close."""
        self._link.stopping.set()
        await self._subscriptions.stop()
        for loop in self._loops:
            loop.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)
        try:
            await self._leases.release(self._steps)
        except Unavailable:
            self._link.log.warning("stopped without redis", error=self._link.away)
        await self._connections.close()

    async def emit(self, events: Sequence[Event]) -> list[str]:
        """Put events on their streams, in order; their entry ids ("ms-n").

        Raises:
            Unavailable: Redis did not take them all; some may be there. Emit again: consumers are idempotent.
        """
        return await self._emitter.emit(events)

    async def problems(self) -> list[str]:
        """What keeps this service from handling events now, in words; empty when it is ready."""
        return await self._watch.problems()

    async def epoch(self) -> str | None:
        """The epoch that Redis remembers; None when it has lost everything (or was never told)."""
        value = await self._link.once(lambda: self._redis.get(keys.EPOCH))
        return value.decode() if isinstance(value, bytes) else value

    async def set_epoch(self, value: str, instead_of: str | None = None) -> bool:
        """Set the epoch if it (still) is `instead_of`, None for none; whether it was set."""
        arguments = (value, instead_of or "")
        return bool(await self._link.once(lambda: REPLACE(self._redis, [keys.EPOCH], arguments)))

    async def incarnation(self) -> str:
        """Which server process it is: another one has restarted, or taken over. Empty when the server does not say."""
        told = await self._link.once(lambda: self._redis.info("server"), proof=False)
        return str(told.get("run_id", ""))

    async def passed(self, event: type[Event], group: str, before_ms: int) -> bool:
        """Has `group` settled every entry of `event`'s stream with an id time below `before_ms`, retries included?"""
        if before_ms <= 0:
            return True
        names = (event.stream, keys.opened(event.stream, group))
        return bool(await self._link.once(lambda: PASSED(self._redis, names, (group, before_ms))) == 1)

    async def time_ms(self) -> int:
        """Redis' clock, in milliseconds."""
        seconds, micros = await self._link.once(self._redis.time)
        return int(seconds) * 1000 + int(micros) // 1000

    async def redeliver(self, stream: str, group: str, payload: bytes) -> str:
        """Put an event's body (of a dead letter) on its stream again, for one group only; the entry id."""
        now_ms = await self.time_ms()
        sealed = seal_again(Letter(self._sealer.new_id(), payload, group, 1, now_ms))
        (entry_id,) = await self._emitter.add([(stream, sealed)])
        return entry_id

    async def forget(self, story_id: str, spare: Sequence[type[Event]]) -> int:
        """Delete every event of a story from every stream but those of `spare`, in hand or not; how many there were."""
        spared = [event.stream for event in spare]
        return await self._link.once(lambda: forget(self._redis, story_id, spared))

    async def lengths(self) -> dict[str, int]:
        """Entries in each stream of the topology: what waits for the slowest group, plus seconds of settled ones."""
        return await self._link.once(lambda: sizes.lengths(self._redis))

    async def weights(self) -> dict[str, int]:
        """Bytes in each stream of the line."""
        return await self._link.once(lambda: sizes.weights(self._redis), proof=False)

    def _run(self, name: str, loop: Callable[[], Awaitable[None]]) -> None:
        self._loops.append(asyncio.create_task(self._link.supervise(name, loop), name=f"bus {self._service} {name}"))
