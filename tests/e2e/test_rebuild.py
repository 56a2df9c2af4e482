"""Does a rebuild give the same bytes and send nothing, and does an audit find each drift?"""

import asyncio
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, closing
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from services.ingest.adapters.rebuilds import SqlRebuilds
from services.rebuild import app as rebuild_app
from services.site.adapters import rebuilt
from shared.database import Database
from shared.pages import name_of
from shared.settings import Settings
from tests.e2e.inbox import confirmed
from tests.e2e.past import live_through
from tests.servers.http import Receiver
from tests.servers.newswire import ROOT, Newswire, newswire, wait_until
from tests.servers.publisher import Publisher, path_of

ORDERS = 3


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    found = Receiver()
    found.start()
    yield found
    found.stop()


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, receiver: Receiver) -> Iterator[Publisher]:
    """A site with a past: stories that moved, were corrected, came late, expired, were killed and came back."""
    with newswire(tmp_path_factory.mktemp("town"), ALLOW_NETWORKS="127.0.0.0/8") as wire:
        desk = Publisher(wire, str(wire.publisher("Ebb Desk")["key"]))
        confirmed(wire, "reader@example.org", "all")
        desk.client.post("/v1/webhooks", json={"url": f"{receiver.url}/all", "events": [], "topics": ["all"]})
        live_through(desk)
        yield desk
        desk.close()


def command(wire: Newswire, *arguments: str) -> tuple[int, dict[str, Any]]:
    """Run `newswire … --json`: its exit code and what it said."""
    ended = subprocess.run(
        [sys.executable, "-m", "services.cli", *arguments, "--json"],
        cwd=ROOT,
        env={**os.environ, "NEWSWIRE_API_URL": wire.url, "NEWSWIRE_KEY": wire.admin_key},  # noqa: TID251 - a child's
        capture_output=True,
        text=True,
        check=False,
        timeout=150,
    )
    assert ended.stdout, ended.stderr
    return ended.returncode, json.loads(ended.stdout)


def site(wire: Newswire) -> sqlite3.Connection:
    """The site's database, as somebody who meddles with it opens it."""
    return opened(wire, "site")


def opened(wire: Newswire, service: str) -> sqlite3.Connection:
    return sqlite3.connect(wire.data / "db" / f"{service}.db", timeout=10)


def shown(wire: Newswire) -> dict[str, str]:
    """Every address with a page, and which page it is by its hash."""
    with closing(site(wire)) as database:
        rows = database.execute("SELECT path, key FROM routes WHERE key IS NOT NULL").fetchall()
    return {path: name_of(key) for path, key in rows}


def settled(wire: Newswire) -> dict[str, str]:
    """The same, once nothing changes any more."""

    def quiet() -> dict[str, str] | None:
        with closing(opened(wire, "render")) as render, closing(opened(wire, "ingest")) as ingest:
            soon = int((datetime.now(UTC) + timedelta(seconds=70)).timestamp() * 1e6)  # noqa: TID251 - a test's clock
            due = render.execute("SELECT count(*) FROM dirty WHERE due < ?", (soon,)).fetchone()[0]
            open_ = ingest.execute("SELECT count(*) FROM revisions WHERE state IN ('queued','emitted','live')")
            return None if due or open_.fetchone()[0] else shown(wire)

    found = wait_until(quiet, 30, 0.2)
    assert isinstance(found, dict)
    return found


def test_a_rebuild_gives_the_same_bytes_and_sends_nothing(town: Publisher, receiver: Receiver) -> None:
    wire = town.wire
    before = settled(wire)
    assert {
        "/section/once-only/",
        "/section/twice-only/",
        "/section/left-behind/",
        "/archive/2026/03/",
    } <= before.keys()
    assert "/section/secret/" not in before
    mails, calls = len(wire.mails()), len(receiver.requests)
    etag = town.get("/").headers["etag"]
    status, told = command(wire, "rebuild")
    assert (status, told["state"], told["mode"]) == (0, "done", "rebuild")
    assert shown(wire) == before
    assert town.get("/", If_None_Match=etag).status_code == 304
    assert (len(wire.mails()), len(receiver.requests)) == (mails, calls)
    assert not list((wire.data / "db").glob("*_rebuild*"))
    town.put("after", headline="After the rebuild", sections=["Harbour"])
    town.until("/section/harbour/", there="After the rebuild")
    status, told = command(wire, "audit")
    assert (status, told["findings"]) == (0, [])


def test_the_order_of_the_log_does_not_matter(town: Publisher) -> None:
    expected = settled(town.wire)
    for seed in range(ORDERS):
        assert asyncio.run(in_order_of(town.wire, random.Random(seed).shuffle)) == []  # noqa: S311 - an order
    assert shown(town.wire) == expected


async def in_order_of(wire: Newswire, order: Callable[[list[Any]], None], **given: str) -> list[Any]:
    """What differs when everything is made again in another order."""
    settings = Settings.read(data_dir=wire.data, public_url=wire.url, **given)
    async with AsyncExitStack() as stack:
        names = ("ingest", "enrich", "render", "site", "notify")
        ours = {name: Database(settings.database_url, name) for name in names}
        for database in ours.values():
            stack.push_async_callback(database.close)
        made = ("enrich", "render", "site")
        beside = {name: await rebuild_app.beside_of(settings, name, stack) for name in made}
        others = await stack.enter_async_context(rebuild_app.line_apart(settings))
        rebuild = rebuild_app.wired(settings, "none", ours, beside, SqlRebuilds(ours["ingest"]), others)
        await rebuild.lend()
        await rebuild.course.whole(rebuild.tell, order)
        await rebuild.course.follow()
        return list((await rebuilt.compare(ours["site"], beside["site"], rebuild.course.is_behind)).findings())


def test_pages_that_were_lost_are_made_again_while_readers_look(town: Publisher) -> None:
    wire = town.wire
    before = settled(wire)
    shutil.rmtree(wire.data / "pages" / "packs")
    status, told = command(wire, "audit")
    assert (status, {one["where"] for one in told["findings"]}) == (1, {"page"})
    assert len(told["findings"]) == len(before)
    seen: set[int] = set()
    done = threading.Event()

    def read() -> None:
        with httpx.Client(base_url=wire.url, timeout=20) as client:
            while not done.wait(0.02):
                seen.add(client.get("/").status_code)

    reader = threading.Thread(target=read)
    assert command(wire, "rebuild")[0] == 0
    reader.start()
    assert command(wire, "rebuild")[0] == 0
    done.set()
    reader.join()
    assert seen == {200}
    assert shown(wire) == before
    assert town.get(path_of(town.client.get("/v1/stories/pictured").json())).status_code == 200


def test_a_kill_during_a_rebuild_stays_a_kill(town: Publisher) -> None:
    names = [f"doomed-{number}" for number in range(12)]
    told = town.push_all((name, {"headline": f"Doomed {name}", "sections": ["Harbour"]}) for name in names)
    paths = [path_of(one) for one in told]
    rebuilding = threading.Thread(target=command, args=(town.wire, "rebuild"))
    rebuilding.start()
    for name in names:
        assert town.client.post(f"/v1/stories/{name}/kill", json={"reason": "counsel"}).status_code == 202
    rebuilding.join()
    for path in paths:
        town.until(path, status=410)
    settled(town.wire)
    for path in ("/", "/section/harbour/", "/feed/", "/section/harbour/feed/atom/"):
        assert "Doomed" not in town.get(path).text
    assert command(town.wire, "audit")[0] == 0


def drop_route(wire: Newswire) -> None:
    with closing(site(wire)) as database:
        database.execute("DELETE FROM routes WHERE path = '/section/town/'")
        database.commit()


def swap_feed(wire: Newswire) -> None:
    with closing(site(wire)) as database:
        database.execute(
            "UPDATE routes SET key = (SELECT key FROM routes WHERE path = '/tag/salt/feed/') WHERE path = '/feed/'"
        )
        database.commit()


def show_a_killed_story(wire: Newswire) -> None:
    with closing(site(wire)) as database:
        database.execute("UPDATE stories SET state = 'live', revision = 1 WHERE state = 'killed'")
        database.commit()


def forget_a_document(wire: Newswire) -> None:
    with closing(site(wire)) as database:
        database.execute("DELETE FROM documents WHERE headline = 'With a picture'")
        database.commit()


def forget_words(wire: Newswire) -> None:
    with closing(site(wire)) as database:
        database.execute("INSERT INTO words(words) VALUES('delete-all')")
        database.commit()


def spoil_a_page(wire: Newswire) -> None:
    with closing(site(wire)) as database:
        (key,) = database.execute("SELECT key FROM routes WHERE path = '/'").fetchone()
    pack = wire.data / "pages" / key.partition("#")[0]
    start = int(key.partition("#")[2].partition("+")[0])
    body = bytearray(pack.read_bytes())
    body[start + 200 : start + 210] = b"0123456789"
    pack.write_bytes(bytes(body))


def forget_a_notice(wire: Newswire) -> None:
    """Of a story that nobody was told of, so that nobody hears of it twice."""
    with closing(opened(wire, "notify")) as database:
        database.execute(
            "DELETE FROM notices WHERE id = (SELECT max(id) FROM notices WHERE story IS NOT NULL"
            " AND id NOT IN (SELECT notice_id FROM deliveries))"
        )
        database.commit()


#: The words are forgotten last: with them no document can be found.
DRIFTS: list[tuple[Callable[[Newswire], None], tuple[str, str]]] = [
    (drop_route, ("route", "missing")),
    (swap_feed, ("feed", "differs")),
    (show_a_killed_story, ("story", "differs")),
    (forget_a_document, ("search", "missing")),
    (spoil_a_page, ("page", "differs")),
    (forget_a_notice, ("ledger", "missing")),
]


def test_each_drift_is_found_by_name_and_mended(town: Publisher) -> None:
    wire = town.wire
    before = settled(wire)
    mails = len(wire.mails())
    for drift, _ in DRIFTS:
        drift(wire)
    status, told = command(wire, "audit", "--repair")
    found = {(one["where"], one["what"]) for one in told["findings"]}
    assert (status, found) == (0, {expected for _, expected in DRIFTS})
    assert settled(wire) == before
    with closing(site(wire)) as database:
        database.execute("INSERT INTO words(words) VALUES('delete-all')")
        database.commit()
    status, told = command(wire, "audit", "--repair")
    assert (status, {(one["where"], one["what"]) for one in told["findings"]}) == (0, {("search", "differs")})
    assert "Tide table" in town.get("/search?q=heron").text
    assert (settled(wire), len(wire.mails())) == (before, mails)
    assert command(wire, "audit")[0] == 0


def test_the_log_itself_can_only_be_named(town: Publisher) -> None:
    with closing(opened(town.wire, "ingest")) as log:
        (kept,) = log.execute("SELECT content FROM contents WHERE position = 1").fetchone()
        log.execute("UPDATE contents SET content = CAST(replace(content, 'heron', 'goose') AS BLOB) WHERE position = 1")
        log.commit()
        try:
            status, told = command(town.wire, "audit", "--repair")
            found = {(one["where"], one["what"]) for one in told["findings"]}
            assert (status, ("log", "differs") in found) == (1, True)
            # Nothing is made from a log that is damaged.
            status, told = command(town.wire, "rebuild")
            assert (status, told["state"]) == (1, "failed")
        finally:
            log.execute("UPDATE contents SET content = ? WHERE position = 1", (kept,))
            log.commit()
    assert command(town.wire, "audit")[0] == 0


def test_one_at_a_time_and_only_for_the_admin(town: Publisher) -> None:
    assert town.client.post("/v1/rebuilds", json={"mode": "audit"}).status_code == 403
    with town.wire.client() as admin:
        assert admin.post("/v1/rebuilds", json={"mode": "all"}).status_code == 422
        first = admin.post("/v1/rebuilds", json={"mode": "audit"})
        assert first.status_code == 202
        assert admin.post("/v1/rebuilds", json={"mode": "audit"}).status_code == 409
        where = f"/v1/rebuilds/{first.json()['id']}"
        wait_until(lambda: admin.get(where).json()["state"] == "done", 60, 0.2)
        assert admin.get("/v1/rebuilds").json()["rebuilds"][0]["id"] == first.json()["id"]
        assert admin.get("/v1/rebuilds/none").status_code == 404


def test_a_story_goes_down_the_line_again_and_nobody_hears_twice(town: Publisher) -> None:
    told = town.put("again", headline="Down the line again")
    wait_until(lambda: any(b"Down the line again" in mail for mail in town.wire.mails()))
    settled(town.wire)
    mails = len(town.wire.mails())
    with closing(opened(town.wire, "site")) as database:
        database.execute("UPDATE routes SET key = NULL WHERE path = ?", (path_of(told),))
        database.commit()
    assert command(town.wire, "replay", "again", "--publisher", "ebb-desk")[0] == 0
    settled(town.wire)
    assert path_of(told) in shown(town.wire)
    assert len(town.wire.mails()) == mails
    assert town.client.post("/v1/stories/never/replay").status_code == 404
    assert town.client.post("/v1/stories/hidden/replay").status_code == 404
