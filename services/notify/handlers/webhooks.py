"""How do webhooks leave? As many at once as allowed, no endpoint taking more than its share, settled in batches."""

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Final, Protocol

from services.notify.domain.content import numbered
from services.notify.domain.outcomes import Moot, Outcome
from services.notify.domain.rows import Attempt, DueWebhook, Finished, Target
from services.notify.domain.webhooks import ends_endpoint, headers, judge
from services.notify.handlers.mail import count, name_of
from shared import clock, telemetry

#: In flight to one endpoint; a slow partner must not hold up the others.
SHARE: Final = 16
TIMEOUT: Final = 10.0
REST: Final = 5.0
#: Ingest gives a revision its place when it hears what we hear; we wait for it so often, so long (s).
PLACE_TRIES: Final = 25
PLACE_POLL: Final = 0.02
#: Answers that arrive this close together (s) are settled together.
GATHER: Final = 0.01

log = telemetry.logger("notify")


class Ledger(Protocol):
    """The rows that wait for a webhook."""

    async def lease_webhooks(self, token: str, limit: int, busy: Collection[int]) -> list[DueWebhook]:
        """Take due rows."""

    async def finish(self, token: str | None, finished: Sequence[Finished]) -> None:
        """Settle them."""

    async def next_due(self, channel: str) -> float | None:
        """Seconds until there is something to do."""


class Endpoints(Protocol):
    """Where they go."""

    async def target(self, number: int) -> Target | None:
        """An endpoint."""

    async def body(self, notice: int) -> tuple[str, bytes, int | None] | None:
        """The type and body of a notice, and its place among the changes once that is known."""

    async def disable(self, number: int, reason: str) -> None:
        """Send nothing more there."""

    async def log(self, lines: Sequence[Attempt]) -> None:
        """Keep what was tried."""


class Post(Protocol):
    """One guarded POST; never raises for what is the other side's fault."""

    async def __call__(
        self, url: str, body: bytes, fields: Mapping[str, str], seconds: float
    ) -> "tuple[int, Mapping[str, str]] | Outcome":
        """Status and headers of the answer, or what no answer means."""


class Courier:
    """Signs and posts one webhook."""

    def __init__(self, endpoints: Endpoints, post: Post) -> None:
        """`post` is the guarded way out."""
        self._endpoints = endpoints
        self._post = post

    async def deliver(
        self, number: int, webhook_id: str, event: str, body: bytes, target: Target
    ) -> tuple[Outcome, Attempt]:
        """One attempt, signed as of now, and its line for the log."""
        now, began = clock.now(), clock.monotonic()
        answer = await self._post(target.url, body, headers(target.secrets, webhook_id, now, body), TIMEOUT)
        ms = round((clock.monotonic() - began) * 1000)
        status: int | None = None
        if isinstance(answer, tuple):
            status, fields = answer
            outcome = judge(status, fields, now)
            if ends_endpoint(status):
                await self._endpoints.disable(number, "the endpoint answered 410 Gone")
        else:
            outcome = answer
        return outcome, Attempt(number, webhook_id, event, now, status, ms, name_of(outcome), outcome.detail)


class WebhookRoom:
    """Empties the ledger of webhooks."""

    def __init__(self, ledger: Ledger, endpoints: Endpoints, courier: Courier, token: str, in_flight: int) -> None:
        """`token`: this worker's name on its leases."""
        self._ledger = ledger
        self._endpoints = endpoints
        self._courier = courier
        self._token = token
        self._room = in_flight
        self._woken = asyncio.Event()
        self._tasks: dict[asyncio.Task[tuple[Finished, Attempt | None]], int] = {}
        self._bodies: dict[int, asyncio.Task[tuple[str, bytes] | None]] = {}

    def wake(self) -> None:
        """Look at the ledger now."""
        self._woken.set()

    async def run(self) -> None:
        """For ever. What ends a turn (the database is away) ends no request under way: the next run settles it."""
        try:
            while True:
                await self._turn()
        except asyncio.CancelledError:
            for task in (*self._tasks, *self._bodies.values()):
                task.cancel()
            raise

    async def _turn(self) -> None:
        """Fill the room, wait for answers or for work, settle."""
        held = Counter(self._tasks.values())
        free = self._room - len(self._tasks)
        if free >= self._room // 4:
            busy = [number for number, flying in held.items() if flying >= SHARE]
            await self._launch(await self._ledger.lease_webhooks(self._token, min(free, SHARE * 4), busy))
        if not self._tasks:
            self._bodies.clear()
            await self._rest()
            return
        await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED, timeout=0.25)
        await asyncio.sleep(GATHER)
        await self._settle([task for task in self._tasks if task.done()])

    async def _launch(self, rows: Sequence[DueWebhook]) -> None:
        targets: dict[int, Target | None] = {}
        for row in rows:
            if row.endpoint not in targets:
                targets[row.endpoint] = await self._endpoints.target(row.endpoint)
            if row.notice not in self._bodies:
                self._bodies[row.notice] = asyncio.create_task(self._body(row.notice))
            task = asyncio.create_task(self._one(row, targets[row.endpoint], self._bodies[row.notice]))
            self._tasks[task] = row.endpoint

    async def _body(self, notice: int) -> tuple[str, bytes] | None:
        """Its type and body, with its place among the changes if that is known soon."""
        found = await self._endpoints.body(notice)
        for _ in range(PLACE_TRIES):
            if found is None or found[2] is not None:
                break
            await asyncio.sleep(PLACE_POLL)
            found = await self._endpoints.body(notice)
        if found is None:
            return None
        event, body, seq = found
        return event, body if seq is None else numbered(body, seq)

    async def _one(
        self, row: DueWebhook, target: Target | None, told: asyncio.Task[tuple[str, bytes] | None]
    ) -> tuple[Finished, Attempt | None]:
        event = await asyncio.shield(told)
        if target is None or event is None or not target.enabled:
            return Finished(row.id, row.attempts, Moot("endpoint disabled")), None
        webhook_id = f"msg_{row.story_id}_{row.revision}_{row.id}"
        outcome, attempt = await self._courier.deliver(row.endpoint, webhook_id, *event, target)
        return Finished(row.id, row.attempts, outcome), attempt

    async def _settle(self, tasks: Sequence[asyncio.Task[tuple[Finished, Attempt | None]]]) -> None:
        if not tasks:
            return
        failed = [error for error in (task.exception() for task in tasks) if error]
        results = [task.result() for task in tasks if not task.exception()]
        await self._ledger.finish(self._token, [finished for finished, _ in results])
        for task in tasks:
            del self._tasks[task]
        await self._endpoints.log([attempt for _, attempt in results if attempt])
        count("webhook", [finished.outcome for finished, _ in results])
        if failed:
            # Their rows stay `sending`: when that lease is over they are sent again, under the same id.
            self._bodies.clear()
            raise failed[0]

    async def _rest(self) -> None:
        wait = await self._ledger.next_due("webhook")
        if wait == 0:
            return
        try:
            async with asyncio.timeout(REST if wait is None else min(max(wait, 0.05), REST)):
                await self._woken.wait()
        except TimeoutError:
            return
        finally:
            self._woken.clear()
