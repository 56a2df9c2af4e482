"""How does a run go? Push, break, wait for the dust to settle, count."""

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

import httpx

from tests.chaos import owners
from tests.chaos.accounting_wire import states, streams
from tests.chaos.faults import Fault, faults_for, half_of_faults
from tests.chaos.load import Load, audience, draw
from tests.chaos.pushing import Newsrooms
from tests.chaos.stage import LEASE_S, Stage
from tests.chaos.truth import Truth

SUBSCRIBERS: Final = 500
#: Two whom the relay does not know: their mail bounces.
UNKNOWN: Final = ("reader3@readers.example", "reader250@readers.example")
#: A relay that greylists: these are put off at first.
LATER: Final = ("reader4@readers.example", "reader104@readers.example")
#: Of the load, in which no fault strikes at the beginning.
CALM: Final = 0.05
#: Stories that one round of faults is spread over, and the seconds that pass between two faults.
A_ROUND: Final = 500
A_FAULT_S: Final = 1.5
#: How long the dust may take to settle (s): webhooks that failed twice wait for half a minute.
SETTLED_S: Final = 180.0


@dataclass
class Battle:
    """One run on one stage."""

    stage: Stage
    load: Load
    newsrooms: Newsrooms
    key: str
    readers: dict[str, tuple[str, ...]]
    faults: Sequence[Fault]
    struck: list[str] = field(default_factory=list)
    #: How long the parts of it took (s).
    took: dict[str, float] = field(default_factory=dict)
    #: What was left when the waiting ended; nothing, where all is well.
    left: list[str] = field(default_factory=list)

    @property
    def truth(self) -> Truth:
        """What the newsrooms were told."""
        return Truth(self.newsrooms.stories, self.readers)

    def fight(self) -> None:
        """Push everything while faults strike at random moments, then wait until all is at rest."""
        began = time.monotonic()
        self.newsrooms.start()
        for fault, moment in zip(self.faults, self._moments(), strict=True):
            self._until(moment)
            self._strike(fault)
        self.newsrooms.wait()
        self.took["pushing"] = time.monotonic() - began
        self._settle()

    def _strike(self, fault: Fault) -> None:
        at, began = self.newsrooms.progress, time.monotonic()
        said = fault.hurt(self.stage)
        what = f"{fault.name} ({said})" if said else fault.name
        self.struck.append(f"at {at:.0%} for {time.monotonic() - began:.1f} s: {what}")
        self.stage.muster()

    def _moments(self) -> list[float]:
        """When the faults strike, as parts of the load; when it is done before they are, at once."""
        return sorted(self.stage.chance.uniform(CALM, 1.0) for _ in self.faults)

    def _until(self, progress: float) -> None:
        while self.newsrooms.running and self.newsrooms.progress < progress:
            time.sleep(0.02)

    def _settle(self) -> None:
        self.stage.fleet.wait()
        began = time.monotonic()
        while True:
            self.left = list(self._unsettled())
            self.took["settling"] = time.monotonic() - began
            if not self.left or self.took["settling"] > SETTLED_S:
                return
            time.sleep(0.5)

    def _unsettled(self) -> Iterator[str]:
        yield from states(owners.rows(self.stage.database_url))
        yield from streams(owners.groups(str(self.stage.redis.socket)), LEASE_S)


def prepare(stage: Stage, stories: int, seed: int) -> Battle:
    """A newsroom, 500 subscribers, ten partners, what will be pushed and what will strike."""
    load = draw(stories, seed, SUBSCRIBERS)
    readers = audience(load, SUBSCRIBERS)
    with stage.fleet.client("ingest") as client:
        made = client.post("/v1/publishers", json={"name": "Testwell Desk"})
        assert made.status_code == 201, made.text
    _subscribe(stage, readers)
    faults = _faults(stage, stories // A_ROUND, seed)
    newsrooms = Newsrooms(load, lambda: stage.fleet.url("ingest"), made.json()["key"], A_FAULT_S * len(faults))
    stage.relay.recipients |= dict.fromkeys(UNKNOWN, "550 5.1.1 unknown")
    stage.relay.greylisted |= set(LATER)
    return Battle(stage, load, newsrooms, made.json()["key"], readers, faults)


def _faults(stage: Stage, rounds: int, seed: int) -> list[Fault]:
    """All faults in an order of its own, so many times; of a single round, the short form, half of them."""
    found: list[Fault] = []
    for _ in range(max(1, rounds)):
        faults = faults_for(stage) if rounds > 1 else half_of_faults(stage, seed)
        found += stage.chance.sample(faults, len(faults))
    return found


def _subscribe(stage: Stage, readers: dict[str, tuple[str, ...]]) -> None:
    people = [{"email": address, "topics": list(topics)} for address, topics in readers.items()]
    with stage.fleet.client("notify") as client:
        answer: httpx.Response = client.post("/v1/subscribers", json={"subscribers": people})
        assert answer.json() == {"imported": len(people), "added": len(people)}, answer.text
        stage.partners.register(client, len(readers) // 5)


def bystander(seed: int) -> random.Random:
    """Chance for the faults, apart from that of the load."""
    return random.Random(f"faults {seed}")


def shortened(findings: Sequence[str], most: int = 12) -> list[str]:
    """The first of many."""
    more = [f"… and {len(findings) - most} more"] if len(findings) > most else []
    return [*islice(findings, most), *more]
