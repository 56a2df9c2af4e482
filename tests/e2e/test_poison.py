"""Does a poisoned story delay others, and can it be healed? One at each step of a real line, rubbish on each stream.

A story is poisoned by a trigger in the step's own database, which refuses the story whenever it comes.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

import httpx
import pytest
from redis import Redis
from typer.testing import CliRunner

from services.cli.app import app
from services.cli.settings import cli_settings
from shared.events import LINE
from tests.e2e.inbox import mails_to
from tests.servers.impatient import TRIES
from tests.servers.newswire import Newswire, newswire, wait_until
from tests.servers.publisher import Publisher, story

STREAMS: Final = {step: event.stream for event, step in LINE}
NAMES: Final = {step: f"poisoned-at-{step}" for step in STREAMS}
OTHERS: Final = [f"innocent-{number}" for number in range(24)]
READER: Final = "reader@poison.example"
RUBBISH: Final = "no event at all"
#: Everything is behind this (s); on a machine that does other things, too.
SOON: Final = 30

#: Runs `newswire dead …` as the admin; its JSON.
Dead = Callable[..., Any]


@pytest.fixture(scope="module")
def wire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newswire]:
    """A newswire of its own, on SQLite, whose steps lose patience soon; somebody reads all of it."""
    directory: Path = tmp_path_factory.mktemp("poisoned")
    where = f"sqlite:///{directory}/sql"
    with newswire(directory, module="tests.servers.impatient", DATABASE_URL=where) as running:
        with running.client() as client:
            client.post("/v1/subscribers", json={"subscribers": [{"email": READER}]}).raise_for_status()
        yield running


@pytest.fixture(scope="module")
def desk(wire: Newswire) -> Iterator[Publisher]:
    """Its publisher."""
    publisher = Publisher(wire, str(wire.publisher("Poison Desk")["key"]))
    yield publisher
    publisher.close()


@pytest.fixture
def dead(wire: Newswire) -> Iterator[Dead]:
    """The command, in this process: it starts sooner."""
    environment = {"NEWSWIRE_DATA_DIR": str(wire.data), "NEWSWIRE_API_URL": wire.url}

    def run(*arguments: object) -> Any:
        cli_settings.cache_clear()
        done = CliRunner().invoke(app, ["dead", *map(str, arguments), "--json"], env=environment)
        assert done.exit_code == 0, (done.stdout, done.stderr)
        return json.loads(done.stdout)

    yield run
    cli_settings.cache_clear()


def id_of(name: str) -> str:
    """The id that a story has before it is pushed."""
    return str(uuid5(NAMESPACE_URL, f"newswire:poison-desk/{name}"))


def poison(wire: Newswire, step: str, name: str) -> None:
    """Have a step's database refuse a story."""
    which = f"CREATE TRIGGER poison BEFORE INSERT ON stories WHEN NEW.story_id = '{id_of(name)}'"
    _behind_its_back(wire, step, f"{which} BEGIN SELECT RAISE(ABORT, 'poison'); END")


def mend(wire: Newswire, step: str) -> None:
    """Have it refuse nothing any more."""
    _behind_its_back(wire, step, "DROP TRIGGER poison")


def _behind_its_back(wire: Newswire, step: str, statement: str) -> None:
    connection = sqlite3.connect(wire.data.parent / "sql" / f"{step}.db", timeout=10)
    try:
        connection.execute(statement)
        connection.commit()
    finally:
        connection.close()


def in_redis(wire: Newswire, do: Callable[[Any], object]) -> None:
    """Meddle with its Redis."""
    [socket] = wire.data.rglob("*.sock")
    with Redis(unix_socket_path=str(socket)) as redis:
        do(redis)


def litter(redis: Any) -> None:
    """An entry that nobody can read on each stream of the line."""
    for stream in STREAMS.values():
        redis.xadd(stream, {"__data__": RUBBISH.encode()})


def alone(name: str) -> dict[str, Any]:
    """A story that has no word in common with another: nothing is said of it anew because of a neighbour."""
    return story(headline=name, body_html=f"<p>{name}</p>", dek=name)


def push(desk: Publisher, *names: str) -> None:
    """All in one batch, without waiting for any."""
    lines = "\n".join(json.dumps({"external_id": name, **alone(name)}) for name in names)
    answer = desk.client.post("/v1/stories:batch", content=lines, headers={"Content-Type": "application/x-ndjson"})
    assert "error" not in answer.text, answer.text


def poisoned(dead: Dead) -> dict[str, dict[str, Any]]:
    """Step → the dead letter of the story that was poisoned there, if it lies there now."""
    told = dead("list")["dead"]
    return {one["step"]: one for one in told if one["story_id"] == id_of(NAMES.get(one["step"], ""))}


def heard_of(wire: Newswire, name: str) -> bool:
    """Has the reader had the mail?"""
    return any(mail["Subject"] == name for mail in mails_to(wire, READER))


def test_poison_at_every_step_delays_nobody_and_is_kept_until_somebody_decides(
    wire: Newswire, desk: Publisher, dead: Dead
) -> None:
    delays_nobody_and_is_kept(wire, desk, dead)
    succeeds_once_its_step_is_mended(wire, desk, dead)
    is_never_driven_again_once_dropped(wire, desk, dead)


def delays_nobody_and_is_kept(wire: Newswire, desk: Publisher, dead: Dead) -> None:
    """All other stories are live and told; the letters hold event, error, traceback and tries."""
    for step, name in NAMES.items():
        poison(wire, step, name)
    in_redis(wire, litter)
    push(desk, *OTHERS[:12], *NAMES.values(), *OTHERS[12:])
    in_redis(wire, litter)
    for name in OTHERS:
        wait_until(lambda name=name: desk.status(name) == "live", SOON)
        wait_until(lambda name=name: heard_of(wire, name), SOON)
    letters = wait_until(lambda: (found := poisoned(dead)).keys() == NAMES.keys() and found, SOON)
    for step, letter in letters.items():
        shown = dead("show", letter["id"])
        assert (letter["stream"], letter["revision"], letter["tries"], letter["state"]) == (
            STREAMS[step],
            1,
            TRIES,
            "dead",
        )
        assert "poison" in letter["error"]
        assert "IntegrityError" in shown["traceback"]
        assert json.loads(shown["payload"])["head"]["external_id"] == NAMES[step]
        trace = desk.client.get(f"/v1/traces/{id_of(NAMES[step])}").json()["revisions"][0]
        # What notify has given up is live all the same; nobody has been told.
        assert (trace["state"], heard_of(wire, NAMES[step])) == ("live" if step == "notify" else "halted", False)
    rubbish = [one for one in dead("list")["dead"] if one["story_id"] is None]
    assert len(rubbish) >= 2 * len(STREAMS)
    assert {(one["tries"], one["stream"]) for one in rubbish} == {(1, stream) for stream in STREAMS.values()}
    for one in rubbish:
        assert dead("show", one["id"])["payload"] == RUBBISH
        dead("drop", one["id"])


def succeeds_once_its_step_is_mended(wire: Newswire, desk: Publisher, dead: Dead) -> None:
    """Handed back before, it dies once more; after, it goes on from the step that had given it up."""
    letters = poisoned(dead)
    for step in ("enrich", "site", "notify"):
        before = letters[step]["id"]
        assert [one["state"] for one in dead("retry", before)] == ["retried"]
        again = wait_until(
            lambda step=step, before=before: (one := poisoned(dead).get(step)) and one["id"] > before and one, SOON
        )
        mend(wire, step)
        dead("retry", again["id"])
        wait_until(lambda step=step: desk.status(NAMES[step]) == "live", SOON)
        wait_until(lambda step=step: heard_of(wire, NAMES[step]), SOON)
    assert poisoned(dead).keys() == {"render"}


def is_never_driven_again_once_dropped(wire: Newswire, desk: Publisher, dead: Dead) -> None:
    """But the next revision of its story is."""
    name, letter = NAMES["render"], poisoned(dead)["render"]
    assert [one["state"] for one in dead("drop", letter["id"])] == ["dropped"]
    mend(wire, "render")
    # A Redis that forgets everything has all that is open driven again.
    in_redis(wire, lambda redis: redis.flushall())
    push(desk, "after-the-flood")
    wait_until(lambda: desk.status("after-the-flood") == "live", SOON)
    assert desk.status(name) == "accepted"
    assert httpx.get(desk.client.get(f"/v1/stories/{name}").json()["links"]["page"]).status_code == 404
    desk.put(name, **alone(name) | {"dek": "Said anew."})
    wait_until(lambda: heard_of(wire, name), SOON)
    assert dead("list")["dead"] == []
