"""How does a command reach the log? Concurrent ones share a transaction, so that many pushes cost one write to disk."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final
from zoneinfo import ZoneInfo

from services.ingest.adapters.context import Names
from services.ingest.adapters.judging import Asked, Judged, judge
from services.ingest.domain.standing import Outcome
from shared.database import Database, is_outage

#: Commands that share one transaction at most.
GROUP: Final = 64

_Waiter = tuple[Asked, asyncio.Future[Outcome]]
Committed = Callable[[Judged], None]


class SqlLog:
    """The log of revisions. A command is answered when its transaction is on disk."""

    def __init__(self, database: Database, zone: ZoneInfo, names: Names, committed: Committed) -> None:
        """`committed` is called after each commit with what may be emitted; it must not wait."""
        self._database, self._zone, self._names, self._committed = database, zone, names, committed
        self._waiting: deque[_Waiter] = deque()
        self._writer: asyncio.Task[None] | None = None

    async def submit(self, asked: Asked) -> Outcome:
        """Judge one command together with whatever else arrives at the same time."""
        (outcome,) = await self.submit_all([asked])
        return outcome

    async def submit_all(self, asked: Sequence[Asked]) -> list[Outcome]:
        """Judge commands in this order; their outcomes. What the database raises comes out here."""
        loop = asyncio.get_running_loop()
        futures = [loop.create_future() for _ in asked]
        self._waiting.extend(zip(asked, futures, strict=True))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write(), name="ingest.log")
        return list(await asyncio.gather(*futures))

    async def close(self) -> None:
        """Finish what was begun."""
        if self._writer is not None:
            await self._writer

    async def _write(self) -> None:
        while self._waiting:
            group = [self._waiting.popleft() for _ in range(min(GROUP, len(self._waiting)))]
            await self._judge_group(group)

    async def _judge_group(self, group: Sequence[_Waiter]) -> None:
        try:
            judged = await self._judge([asked for asked, _ in group])
        except Exception as error:  # noqa: BLE001 - handed to those who asked, who know what it means to them
            if len(group) > 1 and not is_outage(error):
                for waiter in group:  # one that cannot be judged must not spoil the others
                    await self._judge_group([waiter])
                return
            _settle(group, [error] * len(group))
            return
        self._committed(judged)
        _settle(group, judged.outcomes)

    async def _judge(self, asked: Sequence[Asked]) -> Judged:
        now = await self._database.now()
        judged = await self._database.write(lambda connection: judge(connection, asked, now, self._zone, self._names))
        for told in judged.told:
            self._names.keep(told.names)
        return judged


def _settle(group: Sequence[_Waiter], answers: Sequence[Outcome | BaseException]) -> None:
    for (_, future), answer in zip(group, answers, strict=True):
        if future.done():  # the caller went away
            continue
        if isinstance(answer, BaseException):
            future.set_exception(answer)
        else:
            future.set_result(answer)
