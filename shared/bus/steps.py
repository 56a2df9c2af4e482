"""What does one step do with what it reads? Decode, have it handled, settle; pause when a dependency is away.

A batch that raises is handled again one by one, so that an event can spoil nothing but itself.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from redis.asyncio import Redis

from shared import clock, telemetry
from shared.bus.envelope import DATA, Sealer, open_letter, read_event
from shared.bus.errors import Unavailable
from shared.bus.handover import Handover, Settled
from shared.bus.link import Link, Stopping
from shared.bus.outcomes import ERROR_LENGTH, Again, Dead, Done, Entry, Outcome, Patience
from shared.bus.pace import Pace
from shared.events import Event, EventDied

AnyHandler = Callable[[Sequence[Any]], Awaitable[Sequence[Sequence[Event]]]]
RawEntry = tuple[bytes, dict[bytes, bytes]]

#: Up to so many events in a batch nothing queues up, and nobody shall wait.
FEW = 8
OUTAGE_PAUSES_S = (0.2, 0.5, 1.0, 2.0, 5.0)


class Step:
    """One handler on one stream. `in_flight` are the ids that this process has in hand (their lease is renewed)."""

    def __init__(
        self,
        event: type[Event],
        group: str,
        handler: AnyHandler,
        *,
        reads: type[Event],
        batch: int,
        at_once: int,
        gather_s: float,
        patience: Patience,
        is_outage: Callable[[BaseException], bool],
    ) -> None:
        """`attach` gives it its connection before it is used."""
        self._reads = reads
        self.event, self.stream, self.group, self.batch = event, event.stream, group, batch
        self.in_flight: set[bytes] = set()
        self.paused: str | None = None
        self.retrying: Callable[[], None] = lambda: None
        self._handler, self._patience, self._is_outage = handler, patience, is_outage
        self._at_once, self._turns = at_once, asyncio.Semaphore(at_once)
        self._gather_s = gather_s
        self._begun: set[asyncio.Task[None]] = set()
        labels = (self.stream, group)
        self._handled = telemetry.STEP_HANDLED.labels(*labels)
        self._failed = telemetry.STEP_FAILED.labels(*labels)
        self._died = telemetry.STEP_DEAD.labels(*labels)
        self._seconds = telemetry.STEP_SECONDS.labels(*labels)
        self._pause = telemetry.STEP_PAUSED.labels(*labels)

    def attach(self, redis: Redis, link: Link, sealer: Sealer) -> None:
        """Give it what it settles with."""
        self._link = link
        self._handover = Handover(redis, link, sealer, self.stream, self.group)

    async def begin(self, raw: Sequence[RawEntry]) -> None:
        """Take entries; returns when the next may be read, which with `at_once` above 1 is before these are settled."""
        task = asyncio.create_task(self.take(raw), name=f"step {self.group} {self.stream}")
        self._begun.add(task)
        task.add_done_callback(self._begun.discard)
        while len(self._begun) >= self._at_once:
            await asyncio.wait(self._begun, return_when=asyncio.FIRST_COMPLETED)
        if self._gather_s and FEW < len(raw) < self.batch // 2:
            await self._link.rest(self._gather_s)

    async def finish(self, grace_s: float) -> None:
        """Wait for what was begun, not longer than this; what is not settled then stays pending."""
        if self._begun:
            await asyncio.wait(self._begun, timeout=grace_s)

    async def take(self, raw: Sequence[RawEntry]) -> None:
        """Handle entries and settle every one of them; when the bus stops first, the rest stays pending."""
        ids = {entry_id for entry_id, _ in raw}
        self.in_flight |= ids
        try:
            async with self._turns:
                if not self._link.stopping.is_set():
                    await self._handle(raw)
        except Stopping:
            return
        except Exception:
            # Not the handler's: those are outcomes. What was not settled stays pending; `leases` takes it up again.
            self._link.log.exception("step broke", stream=self.stream)
        finally:
            self.in_flight -= ids

    async def bury(self, raw: Sequence[RawEntry], reason: str, tries: int) -> None:
        """Make dead letters of entries without trying them."""
        entries = [Entry(entry_id, open_letter(fields.get(DATA, b""))) for entry_id, fields in raw]
        try:
            await self._settle([(entry, Dead(reason, "", tries)) for entry in entries], clock.monotonic())
        except Stopping:
            return

    async def _sort(self, raw: Sequence[RawEntry]) -> tuple[list[Entry], list[Settled]]:
        """Entries that are for us and understood; and what becomes of the others."""
        understood: list[Entry] = []
        outcomes: list[Settled] = []
        pace = Pace()
        for entry_id, fields in raw:
            await pace.keep()
            letter = open_letter(fields.get(DATA, b""))
            if letter.group is not None and letter.group != self.group:
                outcomes.append((Entry(entry_id, letter), Done()))
                continue
            event = read_event(self._reads, letter.body)
            if isinstance(event, Event):
                understood.append(Entry(entry_id, letter, event))
            else:
                error = f"undecodable: {event}"[:ERROR_LENGTH]
                outcomes.append((Entry(entry_id, letter), Dead(error, "", letter.attempts)))
        return understood, outcomes

    async def _handle(self, raw: Sequence[RawEntry]) -> None:
        began = clock.monotonic()
        understood, outcomes = await self._sort(raw)
        if not understood:
            await self._settle(outcomes, began)
            return
        try:
            answers = await self._ask(understood)
        except Exception as error:  # noqa: BLE001 - the boundary at which a handler's failure becomes an outcome
            if outcomes:
                await self._settle(outcomes, began)
            await self._one_by_one(understood, error)
        else:
            await self._settle([*outcomes, *zip(understood, map(Done, answers), strict=True)], began)

    async def _one_by_one(self, entries: Sequence[Entry], error: Exception) -> None:
        if isinstance(error, Stopping):
            raise error
        for entry in entries:
            began = clock.monotonic()
            outcome: Outcome
            try:
                if len(entries) == 1:
                    raise error  # noqa: TRY301 - it was tried alone already
                outcome = Done((await self._ask([entry]))[0])
            except Stopping:
                raise
            except Exception as raised:  # noqa: BLE001 - as above
                immortal = self.event is EventDied
                outcome = self._patience.judge(raised, entry.letter.attempts, immortal=immortal)
            await self._settle([(entry, outcome)], began)

    async def _ask(self, entries: Sequence[Entry]) -> Sequence[Sequence[Event]]:
        """The handler's answers; waits out the outages of what it depends on."""
        events = [entry.event for entry in entries]
        failures = 0
        while True:
            try:
                answers = await self._handler(events)
            except Exception as error:
                if not (isinstance(error, Unavailable) or self._is_outage(error)):
                    raise
                await self._wait_out(error, failures)
                failures += 1
                continue
            self._resume()
            if len(answers) != len(events):
                raise TypeError(f"the handler answered {len(answers)} times to {len(events)} events")
            if not all(isinstance(event, Event) for follow in answers for event in follow):
                raise TypeError("the handler answered with something that is no event")
            return answers

    async def _wait_out(self, error: Exception, failures: int) -> None:
        if self.paused is None:
            self._pause.set(1)
            self._link.log.warning("step paused", stream=self.stream, error=f"{type(error).__name__}: {error}")
        self.paused = f"{type(error).__name__}: {error}"
        if not await self._link.rest(OUTAGE_PAUSES_S[min(failures, len(OUTAGE_PAUSES_S) - 1)]):
            raise Stopping

    def _resume(self) -> None:
        if self.paused is not None:
            self.paused = None
            self._pause.set(0)
            self._link.log.info("step resumed", stream=self.stream)

    async def _settle(self, outcomes: Sequence[Settled], began: float) -> None:
        ours = await self._handover.settle(outcomes)
        seconds = clock.monotonic() - began
        self._seconds.observe(seconds)
        done = sum(isinstance(outcome, Done) for _, outcome in outcomes)
        self._handled.inc(done)
        if done < len(outcomes) or self._link.log.is_enabled_for(logging.DEBUG):
            for (entry, outcome), was_ours in zip(outcomes, ours, strict=True):
                self._tell(entry, outcome, round(seconds * 1000, 1), was_ours=was_ours)

    def _tell(self, entry: Entry, outcome: Outcome, ms: float, *, was_ours: bool) -> None:
        story, revision = entry.subject or (None, None)
        said = self._link.log.bind(
            kind=self.event.__name__, stream=self.stream, entry=entry.id.decode(), story=story, revision=revision, ms=ms
        )
        match outcome:
            case _ if not was_ours:
                said.debug("handled", outcome="settled elsewhere")
            case Done(follow):
                said.debug("handled", outcome="done" if follow else "nothing followed")
            case Again(delay_ms, error):
                self._failed.inc()
                self.retrying()
                said.warning("handled", outcome="again", attempts=entry.letter.attempts, delay_ms=delay_ms, error=error)
            case Dead(error, trace, tries):
                self._failed.inc()
                self._died.inc()
                said.error("handled", outcome="dead", attempts=tries, error=error, traceback=trace or None)
