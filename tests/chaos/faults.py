"""What is done to a running newswire? Each fault hurts, waits, and heals; what it leaves behind is the product's."""

import random
import shutil
import time
from collections.abc import Callable
from functools import partial
from typing import Final, NamedTuple

from shared.bus.groups import CONSUMERS
from tests.chaos.stage import ROOM, WORKERS, Stage, resized
from tests.chaos.stalling import LOOK_S, SERVICES, freeze_mail, late, look_until, redis_of, wrong_clock
from tests.servers.newswire import wait_until

#: How long a server is away, a mood lasts (s).
AWAY_S: Final = 2.0

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
        Fault("SIGSTOP of a mail worker beyond its lease", freeze_mail),
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
        found.append(Fault("a clock is an hour off", wrong_clock))
    replicas = [name for name in ("enrich", "render", "site") if len(stage.fleet.of(name)) > 1]
    return [*found, *(Fault(f"a replica of {name} wakes up late", partial(late, name)) for name in replicas)]


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
    with redis_of(stage) as client:
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
    with redis_of(stage) as client:
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
        look_until(lambda: stage.relay.dropped > before)
    return f"{stage.relay.dropped - before} connections"


def _die_with_mail(stage: Stage) -> str:
    with stage.relay.being("hangs"):
        look_until(lambda: stage.relay.waiting > 0)
        waiting = stage.relay.waiting
        said = [_kill("notify", stage) for _ in stage.fleet.of("notify")]
    return f"{waiting} messages in the relay's hands, {', '.join(said)}"


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
    # A lease whose COMMIT was not answered may stand all the same: nobody knows then whether its mails left.
    stage.workers_lost += WORKERS * len(stage.fleet.of("notify"))
    time.sleep(AWAY_S)
    stage.postgres.start()
    return ""
