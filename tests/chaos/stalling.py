"""What if a process is not dead, but late, or its clock is wrong?"""

import signal
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

import httpx
from redis import Redis

from shared.bus.groups import CONSUMERS
from tests.chaos.stage import LEASE_S, SENDING_S, WORKERS, Stage
from tests.servers.fleet import Ship
from tests.servers.newswire import wait_until

#: How long we look for a moment at which a process has something in hand (s); then any moment has to do.
LOOK_S: Final = 5.0
#: An hour, as the issue says; how long such a process goes on working (s).
WRONG_BY_S: Final = 3600
WRONG_FOR_S: Final = 2.0
SERVICES: Final = ("ingest", "enrich", "render", "site", "notify", "desk")


def freeze_mail(stage: Stage) -> str:
    ship = stage.one_of("notify")
    with stage.relay.being("hangs"):
        look_until(lambda: stage.relay.waiting > 0)
        ship.signal(signal.SIGSTOP)
    stage.workers_lost += WORKERS
    time.sleep(SENDING_S * 1.2)
    ship.signal(signal.SIGCONT)
    return f"pid {ship.pid} for {SENDING_S * 1.2:.0f} s"


def late(service: str, stage: Stage) -> str:
    """Hold up a replica that has revisions in hand, until they are another's and old; then let it go on."""
    ship = stage.one_of(service)
    in_hand = 0
    end = time.monotonic() + LOOK_S
    while time.monotonic() < end:
        ship.signal(signal.SIGSTOP)
        in_hand = _in_hand(stage, ship)
        if in_hand:
            break
        ship.signal(signal.SIGCONT)
        time.sleep(0.02)
    ship.signal(signal.SIGSTOP)
    time.sleep(LEASE_S * 1.5)
    ship.signal(signal.SIGCONT)
    return f"pid {ship.pid} with {in_hand} events in hand"


def _in_hand(stage: Stage, ship: Ship) -> int:
    """Entries that are pending for this very process."""
    held = 0
    with redis_of(stage) as client:
        for stream, groups in CONSUMERS.items():
            if ship.service not in groups:
                continue
            for one in client.xinfo_consumers(stream, ship.service):
                if f"-{ship.pid}-" in one["name"].decode():
                    held += int(one["pending"])
    return held


def wrong_clock(stage: Stage) -> str:
    """Run one process with a wrong clock: it works on, is not ready, and judges no due time by its own clock."""
    service = stage.chance.choice(SERVICES)
    ship = stage.one_of(service)
    right = ship.environment
    sign = stage.chance.choice((-1, 1))
    ship.kill()
    ship.environment = {**right, "NEWSWIRE_CLOCK_OFFSET": str(sign * WRONG_BY_S)}
    ship.start()
    said = wait_until(partial(_clock_problem, ship), 30.0, 0.1)
    time.sleep(WRONG_FOR_S)
    ship.kill()
    if service == "notify":
        stage.workers_lost += 2 * WORKERS
    ship.environment = right
    ship.start()
    return f"{service}: {said}"


def _clock_problem(ship: Ship) -> str:
    """What a process says of its clock; empty while it does not answer."""
    try:
        problems: Sequence[str] = httpx.get(f"{ship.url}/readyz", timeout=3).json()["problems"]
    except httpx.HTTPError:
        return ""
    return next((one for one in problems if "clock" in one), "")


def look_until(found: Callable[[], bool]) -> None:
    end = time.monotonic() + LOOK_S
    while time.monotonic() < end and not found():
        time.sleep(0.01)


def redis_of(stage: Stage) -> Redis:
    return Redis(unix_socket_path=str(stage.redis.socket), socket_timeout=5)
