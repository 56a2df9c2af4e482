"""Who rebuilds? A process of its own, started for it: it needs a core for minutes, and readers need this one."""

import asyncio
import contextlib
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from typing import Final, Protocol

import orjson

from shared import telemetry
from shared.settings import Settings

MODULE: Final = "services.rebuild"
#: What follows from the settings of the process that asks and not from the environment alone.
_TOLD: Final = ("data_dir", "host", "port", "public_url", "proof_url", "database_url", "pages_url")
_GRACE: Final = 3.0

log = telemetry.logger("ingest")


class Rebuilds(Protocol):
    """Where is written how it went."""

    async def end(self, run: str, findings: tuple[()] = (), error: str | None = None) -> None:
        """It failed, unless it has said itself how it ended."""


def told(settings: Settings) -> dict[str, str]:
    """What a process that opens the same state must be told."""
    return {name: str(getattr(settings, name)) for name in _TOLD}


class Child:
    """Starts the process and sees it end."""

    def __init__(self, settings: Settings, rebuilds: Rebuilds) -> None:
        """`settings`: those of this process, so that the other opens the same state."""
        self._settings, self._rebuilds = settings, rebuilds
        self._process: Process | None = None
        self._watching: asyncio.Task[None] | None = None

    async def start(self, run: str) -> None:
        """Let it run; what becomes of it stands in its row."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", MODULE, run, stdin=PIPE, stdout=DEVNULL, stderr=None
        )
        said = orjson.dumps(told(self._settings))
        self._watching = asyncio.create_task(self._watch(self._process, run, said), name="rebuild")

    async def stop(self) -> None:
        """End it; it leaves nothing behind but what the next one clears away."""
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.terminate()
        if self._watching is not None:
            try:
                await asyncio.wait_for(asyncio.shield(self._watching), _GRACE)
            except TimeoutError:
                log.warning("a rebuild did not end in time")

    async def _watch(self, process: Process, run: str, said: bytes) -> None:
        await process.communicate(said)
        log.info("rebuild ended", run=run, status=process.returncode)
        await self._rebuilds.end(run, error=f"its process ended with {process.returncode}; its log says why")
