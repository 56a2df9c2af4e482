"""Is what is overdue measured, shown, and told to the log once and not all the time?"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import httpx
import pytest
import structlog
from structlog.testing import capture_logs

from shared import telemetry
from shared.runtime import Service
from shared.runtime.owed import REPEAT_EVERY, Found, Limit, Owed
from shared.runtime.probes import Probes

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LIMITS = {"mail": Limit(300, "Look at the relay."), "sweep": Limit(60, "Look at the log.")}


def owed(*measures: Mapping[str, float]) -> Owed:
    async def now() -> datetime:
        return NOON

    def measure(found: Mapping[str, float]):  # type: ignore[no-untyped-def]  # the shape of Measure
        async def measuring(at: datetime) -> Mapping[str, float]:
            assert at == NOON
            return found

        return measuring

    return Owed("notify", LIMITS, [measure(found) for found in measures], now)


async def test_the_worst_of_several_measures_counts_and_goes_to_the_metrics() -> None:
    found = await owed({"mail": 12.0, "sweep": 0.0}, {"mail": 301.26}).shown()
    assert found == [
        {"kind": "mail", "seconds": 301.3, "limit": 300, "late": True, "advice": "Look at the relay."},
        {"kind": "sweep", "seconds": 0.0, "limit": 60, "late": False, "advice": "Look at the log."},
    ]
    assert telemetry.OVERDUE.labels("mail")._value.get() == 301.26


async def test_a_service_whose_database_is_away_answers_that_it_does_not_know() -> None:
    async def now() -> datetime:
        raise ConnectionRefusedError

    service = Service("notify", None, bus=None, owed=Owed("notify", LIMITS, [], now))  # type: ignore[arg-type]  # not asked
    probes = Probes("Newswire", "nw_admin", ())
    probes.attach([service])
    transport = httpx.ASGITransport(app=probes)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://here", headers={"Authorization": "Bearer nw_admin"}
    ) as client:
        answer = await client.get("/v1/owed/notify")
        assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
        assert (await client.get("/v1/owed/desk")).status_code == 404


def late(*, is_late: bool) -> Sequence[Found]:
    return [Found("mail", 301.0 if is_late else 0.0, 300, is_late, "Look at the relay.")]


@pytest.mark.parametrize(
    ("looks", "lines"),
    [
        ([(0, False), (5, False)], []),
        ([(0, True), (5, True), (10, True)], ["overdue"]),
        ([(0, True), (REPEAT_EVERY, True)], ["overdue", "overdue"]),
        ([(0, True), (5, False), (10, False), (15, True)], ["overdue", "no longer overdue", "overdue"]),
    ],
)
def test_the_log_hears_when_it_becomes_late_and_when_it_is_not_any_more(
    looks: Sequence[tuple[float, bool]], lines: Sequence[str]
) -> None:
    structlog.reset_defaults()
    watched = owed()
    with capture_logs() as said:
        for at, is_late in looks:
            watched.tell(late(is_late=is_late), at)
    assert [line["event"] for line in said] == lines
    assert all(line["advice"] for line in said if line["event"] == "overdue")
