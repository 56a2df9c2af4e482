"""A process of its own that serves the step under test, so that a test can kill or stop it.

    python -m tests.integration.bus.worker URL PAUSE_S LETHAL

It prints the numbers that it has in hand, waits PAUSE_S seconds, and dies on the event whose number is LETHAL.
"""

import asyncio
import os
import sys
from collections.abc import Sequence

from shared import telemetry
from shared.events import Event, KillConfirmed
from tests.integration.bus.scene import IN, answer, bus


async def serve(url: str, pause_s: float, lethal: int) -> None:
    """Until the process is killed."""

    async def handle(batch: Sequence[KillConfirmed]) -> list[list[Event]]:
        print(*(event.revision for event in batch), flush=True)  # noqa: T201 - it is what the test reads
        if any(event.revision == lethal for event in batch):
            os._exit(9)
        await asyncio.sleep(pause_s)
        return [[answer(event)] for event in batch]

    served = bus(url, tries=3)
    served.step(IN, handle, batch=16)
    await served.start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    telemetry.configure("json", "error")
    asyncio.run(serve(sys.argv[1], float(sys.argv[2]), int(sys.argv[3])))
