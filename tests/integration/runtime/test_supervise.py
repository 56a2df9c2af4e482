"""Is a loop begun again, and is one that met an outage told from one that crashed?"""

import asyncio

import pytest
from prometheus_client import REGISTRY

from shared.database import DatabaseAway
from shared.runtime import supervise
from shared.runtime.outages import is_outage
from shared.runtime.supervise import Supervisor


def restarts(name: str) -> float:
    """As the metrics have it."""
    return REGISTRY.get_sample_value("newswire_loop_restarts_total", {"loop": name}) or 0.0


@pytest.mark.parametrize(("error", "counted"), [(DatabaseAway("refused"), False), (ValueError("ours"), True)])
async def test_a_loop_is_begun_again_and_only_a_crash_is_counted(
    error: Exception, *, counted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervise, "FIRST_PAUSE", 0.01)
    begun = asyncio.Queue[int]()

    async def loop() -> None:
        begun.put_nowait(1)
        raise error

    name = f"test.{type(error).__name__}"
    supervisor = Supervisor(is_outage)
    supervisor.run("test", {type(error).__name__: loop})
    async with asyncio.timeout(10):
        for _ in range(4):
            await begun.get()
    await supervisor.stop()
    assert (restarts(name) > 0) is counted
