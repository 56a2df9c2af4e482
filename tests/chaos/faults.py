"""What is done to a running newswire? Each fault hurts, waits, and heals; what it leaves behind is the product's."""

import random
import shutil
import signal
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, NamedTuple

import httpx
from redis import Redis

from shared.bus.groups import CONSUMERS
from tests.chaos.stage import LEASE_S, ROOM, SENDING_S, WORKERS, Stage, resized
from tests.servers.fleet import Ship
from tests.servers.newswire import wait_until

SERVICES: Final = ("ingest", "enrich", "render", "site", "notify", "desk")
#: How long a server is away, a mood lasts (s).
AWAY_S: Final = 2.0
#: How long we look for a moment at which a process has something in hand (s); then any moment has to do.
LOOK_S: Final = 5.0
#: An hour, as the issue says.
WRONG_BY_S: Final = 3600

Hurt = Callable[[Stage], str]


class Fault(NamedTuple):
    """A fault by name; `hurt` answers with what it did, in words."""

    name: str
    hurt: Hurt


def faults_for(stage: Stage) -> list[Fault]:
    """Every fault that this stage can bear, once."""
    return [*_here(stage), *_anywhere(stage)]


def half_of_faults(stage: Stage, seed: int) -> list[Fault]:
    """What a short form has time for: what only this stage bears or every stage must, and half of the rest.

    The other half strikes on the other kind of stage; which is which, the seed decides.
    """
    shared = _anywhere(stage)
    shuffled = random.Random(f"halves {seed}").sample(shared, len(shared))
    return [*_here(stage), *shuffled[stage.postgres is not None :: 2]]


def _anywhere(stage: Stage) -> list[Fault]:
    found = [Fault(f"kill -9 {service}", partial(_kill, service)) for service in SERVICES]
    found += [
        Fault("smtp away", _relay_away),
        Fault("smtp drops after DATA", _relay_drops),
        Fault("smtp hangs, notify dies", _die_with_mail),
        Fault("SIGSTOP of a mail worker beyond its lease", _freeze_mail),
    ]
    return [*found, Fault("page store full", _disk_full)] if stage.disk else found


def _here(stage: Stage) -> list[Fault]:
    found = [
        Fault("kill -9 redis", _kill_redis),
        Fault("FLUSHALL", _flush),
        Fault("FLUSHALL while a service is dead", _flush_while_dead),
        Fault("delete a consumer group", _delete_group),
    ]
    if stage.postgres is not None:
        found.append(Fault("postgresql away", _postgres_away))
        found.append(Fault("a clock is an hour off", _wrong_clock))
    replicas = [name for name in ("enrich", "render", "site") if len(stage.fleet.of(name)) > 1]
    return [*found, *(Fault(f"a replica of {name} wakes up late", partial(_late, name)) for name in replicas)]


def _kill(service: str, stage: Stage) -> str:
    ship = stage.one_of(service)
    ship.kill()
    if service == "notify":
        stage.workers_lost += WORKERS
    ship.start()
    return f"pid {ship.pid}"


def _kill_redis(stage: Stage) -> str:
    stage.redis.stop()
    time.sleep(AWAY_S / 2)
    stage.redis.start()
    return ""


def _flush(stage: Stage) -> str:
    with _redis(stage) as client:
        waiting = sum(int(client.xlen(stream)) for stream in CONSUMERS)
        client.flushall()
    return f"{waiting} entries gone"


def _flush_while_dead(stage: Stage) -> str:
    """Nothing that waits for this service reaches it: what it must know all the same is told again."""
    service = stage.chance.choice(("enrich", "render", "site", "notify", "desk"))
    ships = stage.fleet.of(service)
    for ship in ships:
        ship.kill()
        stage.workers_lost += WORKERS if service == "notify" else 0
    time.sleep(AWAY_S / 2)
    said = _flush(stage)
    for ship in ships:
        ship.start()
    return f"{service}; {said}"


def _delete_group(stage: Stage) -> str:
    with _redis(stage) as client:
        # A stream that was just flushed has none; the services make both again.
        there = [stream for stream in sorted(CONSUMERS) if client.exists(stream)]
        stream = stage.chance.choice(there or sorted(CONSUMERS))
        group = stage.chance.choice(sorted(CONSUMERS[stream]))
        if there:
            client.xgroup_destroy(stream, group)
    return f"{group} of {stream}"


def _relay_away(stage: Stage) -> str:
    with stage.relay.away():
        time.sleep(AWAY_S)
    return ""


def _relay_drops(stage: Stage) -> str:
    before = stage.relay.dropped
    with stage.relay.being("drops"):
        _look(lambda: stage.relay.dropped > before)
    return f"{stage.relay.dropped - before} connections"


def _die_with_mail(stage: Stage) -> str:
    with stage.relay.being("hangs"):
        _look(lambda: stage.relay.waiting > 0)
        waiting = stage.relay.waiting
        said = [_kill("notify", stage) for _ in stage.fleet.of("notify")]
    return f"{waiting} messages in the relay's hands, {', '.join(said)}"


def _freeze_mail(stage: Stage) -> str:
    ship = stage.one_of("notify")
    with stage.relay.being("hangs"):
        _look(lambda: stage.relay.waiting > 0)
        ship.signal(signal.SIGSTOP)
    stage.workers_lost += WORKERS
    time.sleep(SENDING_S * 1.2)
    ship.signal(signal.SIGCONT)
    return f"pid {ship.pid} for {SENDING_S * 1.2:.0f} s"


def _late(service: str, stage: Stage) -> str:
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
    with _redis(stage) as client:
        for stream, groups in CONSUMERS.items():
            if ship.service not in groups:
                continue
            for one in client.xinfo_consumers(stream, ship.service):
                if f"-{ship.pid}-" in one["name"].decode():
                    held += int(one["pending"])
    return held


def _disk_full(stage: Stage) -> str:
    """Shrink the file system to what is on it, so that not one page fits any more."""
    used = wait_until(partial(_shrunk, stage), LOOK_S, 0.01)
    time.sleep(AWAY_S)
    assert resized(stage.pages, ROOM)
    return f"at {used} KB"


def _shrunk(stage: Stage) -> int:
    """The size (KB) to which it was shrunk; 0 when something was written meanwhile, so that it would not fit."""
    used = shutil.disk_usage(stage.pages).used // 1024
    return used if resized(stage.pages, f"{used}k") else 0


def _postgres_away(stage: Stage) -> str:
    assert stage.postgres is not None
    stage.postgres.stop()
    time.sleep(AWAY_S)
    stage.postgres.start()
    return ""


def _wrong_clock(stage: Stage) -> str:
    """Run one process with a wrong clock: it works on, is not ready, and judges no due time by its own clock."""
    service = stage.chance.choice(SERVICES)
    ship = stage.one_of(service)
    right = ship.environment
    sign = stage.chance.choice((-1, 1))
    ship.kill()
    ship.environment = {**right, "NEWSWIRE_CLOCK_OFFSET": str(sign * WRONG_BY_S)}
    ship.start()
    said = wait_until(partial(_clock_problem, ship), 30.0, 0.1)
    time.sleep(AWAY_S)
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


def _look(found: Callable[[], bool]) -> None:
    end = time.monotonic() + LOOK_S
    while time.monotonic() < end and not found():
        time.sleep(0.01)


def _redis(stage: Stage) -> Redis:
    return Redis(unix_socket_path=str(stage.redis.socket), socket_timeout=5)
