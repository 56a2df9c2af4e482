"""Newswire as in docker-compose.yml: each service a process of its own, some of them twice, one set of settings."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.servers.newswire import ROOT, chosen_database, free_port, wait_until

START_S = 90.0
ADMIN = "nw_the-key-of-the-fleets-admin"


@dataclass
class Ship:
    """One process with one service."""

    service: str
    environment: dict[str, str]
    log: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    #: What it answered when it was last asked whether it is ready.
    said: str = ""

    @property
    def url(self) -> str:
        """Where it listens; no trailing slash."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, as its container does; `ready` says when it works."""
        environment = {**self.environment, "NEWSWIRE_PORT": str(self.port)}
        command = [sys.executable, "-m", f"services.{self.service}"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)

    def ready(self) -> bool:
        """Is it ready for work? RuntimeError when it is gone."""
        assert self.process is not None
        if self.process.poll() is not None:
            raise RuntimeError(f"{self.service} ended with {self.process.returncode}:\n{self.log.read_text()[-3000:]}")
        try:
            answer = httpx.get(f"{self.url}/readyz", timeout=2)
        except httpx.HTTPError as error:
            self.said = f"{type(error).__name__}: {error}"
            return False
        self.said = answer.text
        return answer.status_code == 200

    @property
    def pid(self) -> int:
        """Of the process that was started last."""
        assert self.process is not None
        return self.process.pid

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal, if it still runs."""
        assert self.process is not None
        self.process.send_signal(number)

    def kill(self) -> None:
        """End it as a power cut would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """Ask it to end, as its container is stopped."""
        assert self.process is not None
        self.process.terminate()
        self.process.wait(10)

    def handled(self) -> float:
        """Events that its steps finished since it started."""
        text = httpx.get(f"{self.url}/metrics", timeout=5).text
        samples = (sample for family in text_string_to_metric_families(text) for sample in family.samples)
        return sum(sample.value for sample in samples if sample.name == "newswire_step_handled_total")


@dataclass
class Fleet:
    """All the processes; the first of each service is where its callers go."""

    ships: list[Ship]
    #: From the first start to the last process that is ready.
    started_s: float = 0.0

    def of(self, service: str) -> list[Ship]:
        """The replicas of a service."""
        return [ship for ship in self.ships if ship.service == service]

    def url(self, service: str) -> str:
        """Where a proxy in front would send what belongs to a service."""
        return self.of(service)[0].url

    def client(self, service: str, key: str = ADMIN) -> httpx.Client:
        """A client of one service's API."""
        return httpx.Client(base_url=self.url(service), headers={"Authorization": f"Bearer {key}"}, timeout=30)

    def wait(self) -> None:
        """Wait until every process is ready."""
        for ship in self.ships:
            try:
                wait_until(ship.ready, START_S, 0.05)
            except AssertionError:
                raise AssertionError(f"{ship.service} is not ready: {ship.said}") from None

    def stop(self) -> list[int]:
        """Ask all to stop; their exit codes."""
        running = [ship.process for ship in self.ships if ship.process is not None]
        for process in running:
            process.terminate()
            process.send_signal(signal.SIGCONT)  # a test may have stopped it
        try:
            return [process.wait(10) for process in running]
        finally:
            for process in running:
                process.kill()


@contextlib.contextmanager
def fleet(directory: Path, services: Iterable[str], **settings: Any) -> Iterator[Fleet]:
    """Run `services` (one named twice has two replicas), migrated before; `settings`: NEWSWIRE_ variables.

    Without a `DATABASE_URL` they share what this session's newswires run on.
    """
    with chosen_database() as chosen:
        yield from _running(directory, services, {**chosen, **settings})


def _running(directory: Path, services: Iterable[str], settings: Mapping[str, Any]) -> Iterator[Fleet]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("NEWSWIRE_")}
    environment = {
        **inherited,
        "NEWSWIRE_DATA_DIR": str(directory / "data"),
        "NEWSWIRE_PAGES_URL": f"file://{directory}/pages",
        "NEWSWIRE_ADMIN_KEY": ADMIN,
        "NEWSWIRE_SAMPLE": "no",
        "NEWSWIRE_LOG_FORMAT": "json",
        **{f"NEWSWIRE_{name}": str(value) for name, value in settings.items()},
    }
    ships = [Ship(name, environment, directory / f"{name}-{number}.log") for number, name in enumerate(services)]
    whole = Fleet(ships)
    site = whole.url("site")
    environment |= {"NEWSWIRE_PUBLIC_URL": site, "NEWSWIRE_PROOF_URL": site}
    migrated = subprocess.run(
        [sys.executable, "-m", "services.cli", "migrate"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert migrated.returncode == 0, migrated.stderr
    begun = time.monotonic()
    try:
        for ship in ships:
            ship.start()
        whole.wait()
        whole.started_s = time.monotonic() - begun
        yield whole
    finally:
        whole.stop()
