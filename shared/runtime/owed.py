"""What should have gone on by now, and for how long has it not?

Each service names its kinds of owed work, how long each may be overdue, and what to do then. What is measured goes to
the metrics; what lasts beyond its limit is told in the log, and to `newswire doctor` when it asks.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from shared import clock, telemetry

#: How often it is measured, and how often the log hears of what is still overdue (s).
MEASURE_EVERY: Final = 5.0
REPEAT_EVERY: Final = 600.0

#: Kind → seconds for which the oldest work of that kind is overdue; 0 when none is.
Measure = Callable[[datetime], Awaitable[Mapping[str, float]]]


@dataclass(frozen=True, slots=True)
class Limit:
    """How long (s) work of a kind may be overdue, and what whoever reads of it should do."""

    seconds: float
    advice: str


@dataclass(frozen=True, slots=True)
class Found:
    """One kind, measured."""

    kind: str
    seconds: float
    limit: float
    late: bool
    advice: str


class Owed:
    """One service's owed work."""

    def __init__(
        self,
        service: str,
        limits: Mapping[str, Limit],
        measures: Sequence[Measure],
        now: Callable[[], Awaitable[datetime]],
    ) -> None:
        """`now`: the clock of the service's database, by which due times are judged."""
        self._limits, self._measures, self._now = limits, measures, now
        self._log = telemetry.logger(service)
        self._told: dict[str, float] = {}

    async def measure(self) -> list[Found]:
        """Every kind as it is now."""
        now = await self._now()
        seconds: dict[str, float] = dict.fromkeys(self._limits, 0.0)
        for measure in self._measures:
            for kind, found in (await measure(now)).items():
                seconds[kind] = max(seconds[kind], found)
        for kind, found in seconds.items():
            telemetry.OVERDUE.labels(kind).set(found)
        return [
            Found(kind, round(found, 1), limit.seconds, found > limit.seconds, limit.advice)
            for kind, limit in self._limits.items()
            for found in (seconds[kind],)
        ]

    async def shown(self) -> list[dict[str, Any]]:
        """The same, for the API."""
        return [asdict(one) for one in await self.measure()]

    async def run(self) -> None:
        """Measure, for ever."""
        while True:
            self.tell(await self.measure(), clock.monotonic())
            await asyncio.sleep(MEASURE_EVERY)

    def tell(self, found: Sequence[Found], now: float) -> None:
        """The log hears when something becomes late, now and then while it is, and when it is not any more."""
        for one in found:
            told = self._told.get(one.kind)
            if one.late and (told is None or now - told >= REPEAT_EVERY):
                self._told[one.kind] = now
                self._log.error("overdue", kind=one.kind, seconds=one.seconds, limit=one.limit, advice=one.advice)
            elif not one.late and told is not None:
                del self._told[one.kind]
                self._log.info("no longer overdue", kind=one.kind)
