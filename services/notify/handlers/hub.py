"""How does the hub tell its subscribers? A feed is read once and handed to all who wait for it, each once for all rows.

What a subscriber is told of by one content is settled by its answer. A feed that still shows a withdrawn story is told
to nobody: its lists follow the kill within moments, and so does the hub.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

from services.notify.domain.feeds import Content, Unread, names, standings
from services.notify.domain.hub import headers
from services.notify.domain.hub_rows import DueHub, Errand, grown, judge, part, rest, settled
from services.notify.domain.outcomes import Moot, Outcome, Unsent
from services.notify.domain.rows import Finished
from services.notify.handlers.mail import count
from services.notify.handlers.webhooks import Post
from shared import clock, telemetry

#: Subscribers that are told at the same time.
AT_ONCE: Final = 32
TIMEOUT: Final = 20.0
REST: Final = 5.0
#: How long a kill waits for its feed before it is put off, and how often it looks (s).
PATIENCE: Final = 3.0
LOOK: Final = 0.1
NOT_SHOWN: Final = "the feed does not show it"

log = telemetry.logger("notify")


class Ledger(Protocol):
    """The rows that wait."""

    async def finish(self, token: str | None, finished: Sequence[Finished]) -> None:
        """Settle them."""

    async def next_due(self, channel: str) -> float | None:
        """Seconds until there is something to do."""


class Errands(Protocol):
    """Whom to tell of what."""

    async def lease(self, token: str, limit: int) -> list[Errand]:
        """Subscribers to whom something is due."""

    async def rested(self, number: int, failures: int, wait: timedelta) -> None:
        """One is free again."""


class Subscriptions(Protocol):
    """Who is told."""

    async def end(self, number: int, why: str) -> bool:
        """One has left."""


class Feeds(Protocol):
    """What our feeds say."""

    async def read(self, url: str) -> Content | Unread:
        """One, as readers get it."""


class HubRoom:
    """Empties the ledger of what the hub owes."""

    def __init__(  # noqa: PLR0917 - the parts of one machine
        self,
        ledger: Ledger,
        errands: Errands,
        subscriptions: Subscriptions,
        feeds: Feeds,
        post: Post,
        hub: str,
        token: str,
    ) -> None:
        """`hub`: its public address. `token`: this worker's name on its leases."""
        self._ledger, self._errands, self._subscriptions = ledger, errands, subscriptions
        self._feeds, self._post, self._hub, self._token = feeds, post, hub, token
        self._woken = asyncio.Event()
        self._telling: dict[asyncio.Task[None], int] = {}
        self._unread_since: dict[str, float] = {}

    def wake(self) -> None:
        """Look at the ledger now."""
        self._woken.set()

    async def run(self) -> None:
        """For ever. What ends a turn (the database is away) ends no request under way: the next run settles it."""
        try:
            while True:
                await self._turn()
        except asyncio.CancelledError:
            for task in self._telling:
                task.cancel()
            raise

    async def overdue(self, _now: datetime) -> dict[str, float]:
        """Seconds for which a feed could not be handed over: what waits for it is put off again and again."""
        since = min(self._unread_since.values(), default=None)
        return {"websub": 0.0 if since is None else clock.monotonic() - since}

    async def _turn(self) -> None:
        """Take what is due, wait for answers or for work."""
        self._woken.clear()
        free = AT_ONCE - sum(self._telling.values())
        errands = await self._errands.lease(self._token, free) if free > 0 else []
        waiting: dict[str, list[Errand]] = defaultdict(list)
        for one in errands:
            waiting[one.feed.url].append(one)
        for several in waiting.values():
            self._telling[asyncio.create_task(self._tell_all(several))] = len(several)
        await self._rest(is_full=len(errands) == free)
        done = [task for task in self._telling if task.done()]
        for task in done:
            del self._telling[task]
        failed = [error for error in (task.exception() for task in done) if error]
        if failed:
            # Their rows stay `sending`: when that lease is over they are told again.
            raise failed[0]

    async def _rest(self, *, is_full: bool) -> None:
        """Until there is something to do: a row is due, somebody is free again, or somebody says so."""
        woken = asyncio.create_task(self._woken.wait())
        try:
            wait = None if is_full else await self._ledger.next_due("websub")
            if wait is None and not is_full and not self._telling:
                self._unread_since.clear()  # nobody waits for a feed any more
            # What is due and was not leased waits for its subscriber, who is being told by another.
            seconds = REST if wait is None else min(max(wait, LOOK), REST)
            await asyncio.wait([woken, *self._telling], return_when=asyncio.FIRST_COMPLETED, timeout=seconds)
        finally:
            woken.cancel()

    async def _tell_all(self, errands: Sequence[Errand]) -> None:
        """Those who wait for one feed."""
        feed = errands[0].feed
        said = await self._current(errands)
        if isinstance(said, Unread):
            self._unread_since.setdefault(feed.url, clock.monotonic())
            log.warning("the hub waits", topic=feed.url, reason=said.reason)
            await asyncio.gather(*(self._settle(one, Unsent(said.reason), one.rows) for one in errands))
            return
        self._unread_since.pop(feed.url, None)
        await asyncio.gather(*(self._tell(one, said) for one in errands))

    async def _current(self, errands: Sequence[Errand]) -> Content | Unread:
        """What the feed says; not while it shows a story that was withdrawn, and soon with what is left of one."""
        feed = errands[0].feed
        killed = {row.story_id for one in errands for row in one.rows if row.is_kill}
        give_up = clock.monotonic() + PATIENCE
        while True:
            content = await self._feeds.read(feed.url)
            if isinstance(content, Unread) or not killed:
                return content
            try:
                found = await asyncio.to_thread(standings, feed.form, content.body, killed)
            except ValueError as error:
                return Unread(str(error))
            seen = set(found.values())
            if seen == {"withdrawn"}:
                return content
            if clock.monotonic() > give_up:
                # A tombstone stays for a month: after that nothing is left to wait for.
                return Unread("the feed still shows a story that was withdrawn") if "shown" in seen else content
            await asyncio.sleep(LOOK)

    async def _tell(self, errand: Errand, content: Content) -> None:
        """Hand the feed to one subscriber, for all of it that waits for it there."""
        parted = part(errand.rows, {row.story_id for row in errand.rows if names(content.body, row.story_id)})
        outcome: Outcome = Moot(NOT_SHOWN)
        if parted.told:
            fields = headers(self._hub, errand.feed.url, content.content_type, errand.secret, content.body)
            answer = await self._post(errand.callback, content.body, fields, TIMEOUT)
            outcome = judge(*answer, clock.now()) if isinstance(answer, tuple) else answer
        await self._settle(errand, outcome, parted.told, parted.moot)
        if parted.told and isinstance(outcome, Moot):
            await self._subscriptions.end(errand.number, outcome.detail)

    async def _settle(
        self, errand: Errand, outcome: Outcome, rows: Sequence[DueHub], moot: Iterable[DueHub] = ()
    ) -> None:
        now, tries = clock.now(), grown(errand.failures)
        finished = [Finished(row.id, tries, settled(outcome, row, len(rows), now)) for row in rows]
        finished += [Finished(row.id, tries, Moot(NOT_SHOWN)) for row in moot]
        await self._ledger.finish(self._token, finished)
        await self._errands.rested(errand.number, *rest(outcome, errand.failures))
        count("websub", [one.outcome for one in finished])
