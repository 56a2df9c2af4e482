"""How does the ledger's mail leave?

A dispatcher sleeps until it is woken or something is due, then lets workers run until the ledger is empty. A worker
leases many rows, and of these takes at most 32 at a time through begin → send → finish, so that its death can double
no more.
"""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Protocol

from services.notify.domain.channels import CHANNELS
from services.notify.domain.outcomes import (
    Bounced,
    Delivered,
    Failed,
    Moot,
    Outcome,
    Retry,
    Uncertain,
    Unsent,
    nameless,
)
from services.notify.domain.rows import DueMail, Envelope, Finished
from shared import clock, telemetry

IN_FLIGHT: Final = 32
LEASED: Final = 256
#: At rest the ledger is looked at this often (s): another replica's wake-up may have been lost.
REST: Final = 5.0
#: While the relay is away it is tried this often (s).
AWAY: Final = 5.0
#: At a stop, messages that are leaving get this long (s).
GRACE: Final = 0.45
#: Why nothing was sent although something is due.
PAUSED: Final = "mail is paused"

log = telemetry.logger("notify")


class Ledger(Protocol):
    """The rows that wait for mail."""

    async def lease_mail(self, token: str, limit: int) -> list[DueMail]:
        """Take due rows."""

    async def begin(self, token: str, ids: Sequence[int]) -> set[int] | None:
        """Commit that they are being sent; None when mail was paused meanwhile."""

    async def finish(self, token: str | None, finished: Sequence[Finished]) -> None:
        """Settle them."""

    async def next_due(self, channel: str) -> float | None:
        """Seconds until there is something to do."""


class Composer(Protocol):
    """Turns rows into messages."""

    async def compose(self, rows: Sequence[DueMail]) -> Mapping[int, Envelope]:
        """The messages by row; a row without one has nothing left to say."""


class Mailer(Protocol):
    """Hands messages over; never raises for what is the other side's fault."""

    async def send(self, batch: Sequence[Envelope]) -> Sequence[Outcome]:
        """One outcome for each, in order."""


class Tokens(Protocol):
    """Names for leases."""

    def __call__(self) -> str:
        """One that nobody else uses."""


class MailRoom:
    """Dispatcher and workers."""

    def __init__(self, ledger: Ledger, composer: Composer, mailer: Mailer, token: Tokens, workers: int) -> None:
        """`workers`: how many send at the same time."""
        self._ledger = ledger
        self._composer = composer
        self._mailer = mailer
        self._token = token
        self._workers = workers
        self._woken = asyncio.Event()
        self._away_since: float | None = None

    def wake(self) -> None:
        """Look at the ledger now."""
        self._woken.set()

    async def run(self) -> None:
        """For ever: sleep until something is due, then empty the ledger."""
        while True:
            wait = await self._ledger.next_due("email")
            if wait is None or wait > 0:
                self._away_since = None if wait is None else self._away_since
                await self._rest(REST if wait is None else min(wait, REST))
                continue
            away = await self.drain()
            if not away or away == PAUSED:
                self._away_since = None
                continue
            self._away_since = self._away_since or clock.monotonic()
            log.warning("mail is away", reason=away)
            await asyncio.sleep(AWAY)

    async def overdue(self, _now: datetime) -> dict[str, float]:
        """Seconds for which the relay has been away: what waits for it is put off again and again."""
        return {"mail": 0.0 if self._away_since is None else clock.monotonic() - self._away_since}

    async def drain(self) -> str:
        """Send all that is due; why it stopped early, or nothing."""
        token = self._token()
        rows = await self._ledger.lease_mail(token, LEASED)
        others = self._workers - 1 if len(rows) == LEASED else 0
        work = [self._work(token, rows), *(self._work(self._token(), ()) for _ in range(others))]
        # One worker's failure must not interrupt the others in the middle of a message.
        ends = await asyncio.gather(*work, return_exceptions=True)
        for end in ends:
            if isinstance(end, BaseException):
                raise end
        return next((end for end in ends if isinstance(end, str) and end), "")

    async def _work(self, token: str, rows: Sequence[DueMail]) -> str:
        """Send these, then what else is due; why the channel is away, or nothing."""
        while True:
            rows = rows or await self._ledger.lease_mail(token, LEASED)
            if not rows:
                return ""
            for start in range(0, len(rows), IN_FLIGHT):
                away = await _to_its_end(self._send(token, rows[start : start + IN_FLIGHT]))
                if away:
                    return away
            rows = ()

    async def _send(self, token: str, rows: Sequence[DueMail]) -> str:
        """Take some rows through; why the channel is away, or nothing."""
        letters = dict(await self._composer.compose(rows))
        moot = [Finished(row.id, row.attempts, Moot("nothing left to say")) for row in rows if row.id not in letters]
        started = await self._ledger.begin(token, [row.id for row in rows if row.id in letters])
        if started is None:
            return PAUSED
        lost = [Finished(row.id, row.attempts, Moot("no longer wanted")) for row in rows if row.id not in started]
        sending = await self._last_look([row for row in rows if row.id in started], letters)
        outcomes = await self._mailer.send([letters[row.id] for row in sending]) if sending else []
        done = [
            Finished(row.id, row.attempts, nameless(outcome, letters[row.id].recipient))
            for row, outcome in zip(sending, outcomes, strict=True)
        ]
        empty = [Finished(row.id, row.attempts, Moot("nothing left to say")) for row in rows if row.id in started]
        settled = {one.id: one for one in (*lost, *empty, *moot, *done)}
        await self._ledger.finish(token, list(settled.values()))
        count("email", outcomes)
        return next((one.detail for one in outcomes if isinstance(one, Unsent)), "")

    async def _last_look(self, started: Sequence[DueMail], letters: dict[int, Envelope]) -> list[DueMail]:
        """Digests are written again now that nothing can leave them unnoticed: withdrawn stories are not in."""
        digests = [row for row in started if row.is_digest]
        if digests:
            written = await self._composer.compose(digests)
            for row in digests:
                letters.pop(row.id)
            letters.update(written)
        return [row for row in started if row.id in letters]

    async def _rest(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(max(seconds, 0.05)):
                await self._woken.wait()
        except TimeoutError:
            return
        finally:
            self._woken.clear()


async def _to_its_end(work: Coroutine[Any, Any, str]) -> str:
    """When the process stops, what has begun to leave is settled first: else it would be uncertain."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task], timeout=GRACE)
        raise


def begin_counting() -> None:
    """Every outcome of every channel is among the metrics from the start, so that a first failure is a change."""
    for channel in CHANNELS:
        for outcome in ("delivered", "bounced", "failed", "retried", "uncertain", "suppressed"):
            telemetry.DELIVERIES.labels(channel, outcome)


def count(channel: str, outcomes: Sequence[Outcome]) -> None:
    """Enter outcomes into the metrics."""
    for outcome in outcomes:
        telemetry.DELIVERIES.labels(channel, name_of(outcome)).inc()


def name_of(outcome: Outcome) -> str:  # noqa: PLR0911 - one line a case
    """An outcome in one word."""
    match outcome:
        case Delivered():
            return "delivered"
        case Bounced():
            return "bounced"
        case Failed():
            return "failed"
        case Retry() | Unsent():
            return "retried"
        case Uncertain():
            return "uncertain"
        case Moot():
            return "suppressed"
