"""Does a backup carry all that cannot be made again, between both kinds of database, and refuse what is not whole?"""

import importlib
import shutil
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import Connection, MetaData, Table, insert, select

from services.backup import Refused, restore, take
from services.backup.manifest import MANIFEST
from services.backup.parts import kind_of
from services.backup.services import SINKS_FIRST, kept, migrations
from services.ingest.adapters import tables as ingest
from services.notify.adapters import tables as notify
from services.site.adapters import tables as site
from shared.bus import Bus
from shared.database import Database
from shared.pages import Pages
from shared.runtime.migrate import migrate
from shared.settings import Settings

NOON = datetime(2026, 11, 25, 12, 0, 0, 123456, tzinfo=UTC)
DAY = timedelta(days=1)
STORY, OTHER = "11111111-1111-5111-8111-111111111111", "22222222-2222-5222-8222-222222222222"
#: What a column of each kind holds when a test says nothing of it.
FILLED: Mapping[str, Any] = {"text": "é \u2028", "number": 3, "bool": True, "time": NOON, "bytes": b"\x00\xff\n"}


def nothing(_what: str, _done: int, _of: int) -> None:
    """Tell nobody how far it is."""


def settings(directory: Path, database_url: str = "") -> Settings:
    """Those of a newswire in this directory."""
    return Settings.read(data_dir=directory, database_url=database_url)


def names(directory: Path) -> list[str]:
    """What lies there."""
    return sorted(path.name for path in directory.iterdir())


def filled(table: Table, **fields: Any) -> dict[str, Any]:
    """A row with something in every column."""
    row = {column.name: FILLED[kind_of(column)] for column in table.columns}
    short = {c.name: str(row[c.name])[:1] for c in table.columns if kind_of(c) == "text"}
    return {**row, **short, **fields}


class Stores:
    """The databases of a newswire."""

    def __init__(self, options: Settings) -> None:
        self.options = options
        self._opened = {name: Database(options.database_url, name) for name in SINKS_FIRST}

    async def migrate(self) -> None:
        """Make all schemas."""
        for name, database in self._opened.items():
            await migrate(database, migrations(name))

    async def enter(self, service: str, table: Table, *rows: Mapping[str, Any]) -> None:
        """Put rows there."""

        def work(connection: Connection) -> None:
            for row in rows:
                connection.execute(insert(table), row)

        await self._opened[service].write(work)

    async def rows(self, service: str, table: Table) -> Sequence[Mapping[str, Any]]:
        """All of a table, by its key."""

        def work(connection: Connection) -> list[Mapping[str, Any]]:
            query = select(table).order_by(*table.primary_key.columns)
            return [dict(row) for row in connection.execute(query).mappings()]

        return await self._opened[service].read(work)

    async def close(self) -> None:
        """Let go."""
        for database in self._opened.values():
            await database.close()


@pytest.fixture
async def opened() -> AsyncGenerator[Any]:
    """Opens databases, and closes them at the end."""
    async with AsyncExitStack() as stack:

        def opening(options: Settings) -> Stores:
            stores = Stores(options)
            stack.push_async_callback(stores.close)
            return stores

        yield opening


def revision(number: int, state: str, **fields: Any) -> dict[str, Any]:
    """A row of the log."""
    row: dict[str, Any] = {
        "position": number,
        "story_id": STORY,
        "revision": number,
        "publisher": "desk",
        "external_id": "a",
        "ordinal": 1,
        "action": "publish" if number == 1 else "update",
        "notify": True,
        "accepted_at": NOON,
        "release_at": None,
        "published_at": NOON,
        "path": "/a/",
        "redirects": "[]",
        "size": 1000,
        "state": state,
        "sends": 1,
        "live_at": None,
        "planned_at": None,
        "seq": None,
        "reason": None,
        "note": None,
        "receipt": None,
    }
    return {**row, **fields}


GONE = ((1, "webhook", 9), (2, "websub", 7))


def delivery(number: int, **fields: Any) -> dict[str, Any]:
    """A row of the ledger."""
    row = {"id": number, "notice_id": 1, "story": 1, "revision": 1, "channel": "email", "recipient": number, "lane": 1}
    settled = {"digest": 0, "state": "delivered", "detail": "", "attempts": 1, "due_at": NOON, "fresh": False}
    return {**row, **settled, "maybe_duplicate": False, "changed_at": NOON, **fields}


@pytest.mark.parametrize("service", SINKS_FIRST)
def test_every_table_is_either_carried_or_made_again(service: str) -> None:
    metadata: MetaData = importlib.import_module(f"services.{service}.adapters.tables").metadata
    sorted_out = importlib.import_module(f"services.{service}.adapters.kept")
    carried, again = set(sorted_out.KEPT), set(sorted_out.MADE_AGAIN)
    assert not carried & again
    assert carried | again == set(metadata.tables.values()), "services/X/adapters/kept.py must name each table once"


@pytest.mark.parametrize("there_and_back", [("sqlite", "postgresql"), ("postgresql", "sqlite")])
async def test_rows_come_out_as_they_went_in_whatever_the_database(
    there_and_back: tuple[str, str], tmp_path: Path, postgres_url: str, opened: Any
) -> None:
    urls = ["" if kind == "sqlite" else postgres_url for kind in there_and_back]
    before, after = (settings(tmp_path / name, url) for name, url in zip(("before", "after"), urls, strict=True))
    source = opened(before)
    await source.migrate()
    held: dict[str, Sequence[Mapping[str, Any]]] = {}
    for service in SINKS_FIRST:
        for table in kept(service):
            await source.enter(service, table, filled(table))
            held[f"{service}.{table.name}"] = await source.rows(service, table)
    await source.close()
    pages = Pages(before.pages_url)
    await pages.put("media/aa.png", b"a picture")
    await pages.put("media/aa-640.webp", b"its smaller copy")
    manifest = await take(before, tmp_path / "kept", NOON, nothing)
    assert manifest.rows == sum(map(len, held.values()))
    await restore(after, tmp_path / "kept", NOON + DAY, nothing)
    target = opened(after)
    for service in ("desk", "enrich"):  # no rule changes these
        for table in kept(service):
            assert list(await target.rows(service, table)) == list(held[f"{service}.{table.name}"]), table.name
    for table in (ingest.contents, ingest.paths, ingest.publishers, notify.subscriptions, notify.secrets):
        service = "ingest" if table.metadata is ingest.metadata else "notify"
        assert list(await target.rows(service, table)) == list(held[f"{service}.{table.name}"]), table.name
    assert await Pages(after.pages_url).media() == ["media/aa.png"]
    assert await Pages(after.pages_url).get("media/aa.png") == b"a picture"


async def lost(tmp_path: Path, opened: Any) -> Path:
    """A backup of a newswire with an open revision, two embargoes and a ledger that is not settled."""
    source = opened(settings(tmp_path / "before"))
    await source.migrate()
    await source.enter("ingest", ingest.counters, {"name": "seq", "value": 7})
    await source.enter(
        "ingest",
        ingest.revisions,
        revision(1, "settled", seq=5, told="publish", live_at=NOON, planned_at=NOON),
        revision(2, "live", seq=7, told="update", live_at=NOON),
        revision(3, "waiting", release_at=NOON + 2 * DAY),
        revision(4, "waiting", story_id=OTHER, revision=1, release_at=NOON + DAY / 2),
    )
    notice = {"id": 1, "story": 1, "revision": 1, "action": "publish", "planned_at": NOON}
    await source.enter("notify", notify.notices, notice)
    fresh = {"planned": 1, "cancelled_below": 0, "topics": "all", "version": 4, "reported": 4}
    await source.enter("notify", notify.stories, {"id": 1, "story_id": STORY, **fresh})
    open_ones = (delivery(2, state="pending"), delivery(3, state="sending", token="t", lease_until=NOON))
    carried = delivery(4, state="pending", lane=2, digest=1, channel="email")
    webhook = delivery(5, state="pending", channel="webhook")
    await source.enter("notify", notify.deliveries, delivery(1), *open_ones, carried, webhook)
    await source.close()
    await take(settings(tmp_path / "before"), tmp_path / "kept", NOON, nothing)
    return tmp_path / "kept"


async def test_a_restored_log_jumps_and_waits_for_nobody(tmp_path: Path, database_url: str, opened: Any) -> None:
    options = settings(tmp_path / "after", database_url)
    restored = await restore(options, await lost(tmp_path, opened), NOON + DAY, nothing)
    assert restored.stories == 1
    target = opened(options)
    log = {row["position"]: row for row in await target.rows("ingest", ingest.revisions)}
    assert [log[place]["state"] for place in (1, 2, 3, 4)] == ["settled", "queued", "waiting", "waiting"]
    # The embargo that ended meanwhile is told to nobody; the one to come will be.
    assert [log[place]["planned_at"] for place in (1, 2, 3, 4)] == [NOON, NOON + DAY, None, NOON + DAY]
    assert log[2]["live_at"] == NOON
    counters = {row["name"]: row["value"] for row in await target.rows("ingest", ingest.counters)}
    assert counters == {"seq": 1_000_007, "floor": 1003, "held_until": 0}


async def test_a_restored_ledger_holds_what_was_not_settled(tmp_path: Path, database_url: str, opened: Any) -> None:
    options = settings(tmp_path / "after", database_url)
    restored = await restore(options, await lost(tmp_path, opened), NOON + DAY, nothing)
    assert restored.held == 4
    target = opened(options)
    ledger = {row["id"]: row for row in await target.rows("notify", notify.deliveries)}
    held = ("uncertain", "restored")
    found = [(ledger[number]["state"], ledger[number]["detail"]) for number in (1, 2, 3, 4, 5)]
    assert found == [("delivered", ""), held, held, held, held]
    assert max(ledger) > 1_000_000
    told = {row["story_id"]: row for row in await target.rows("notify", notify.stories)}
    assert (told[STORY]["planned"], told[STORY]["version"]) == (2, 5)
    noticed = {(row["story"], row["revision"]) for row in await target.rows("notify", notify.notices) if row["story"]}
    assert noticed == {(1, 1), (1, 2), (told[OTHER]["id"], 1)}
    assert {row["channel"] for row in await target.rows("notify", notify.pauses)} == {"email", "webhook", "websub"}


async def test_new_rows_get_numbers_that_nobody_had(tmp_path: Path, database_url: str, opened: Any) -> None:
    source = opened(settings(tmp_path / "before"))
    await source.migrate()
    reader = {"state": "confirmed", "created_at": NOON}
    await source.enter(
        "notify", notify.subscribers, {"id": 41, "address": "a@b.example", "email": "a@b.example", **reader}
    )
    # Endpoint 9 was removed, and subscription 7 of the hub; what they were told is still in the ledger.
    told = [delivery(number, channel=channel, recipient=who) for number, channel, who in GONE]
    await source.enter("notify", notify.deliveries, *told)
    await source.close()
    await take(settings(tmp_path / "before"), tmp_path / "kept", NOON, nothing)
    options = settings(tmp_path / "after", database_url)
    await restore(options, tmp_path / "kept", NOON, nothing)
    target = opened(options)
    await target.enter("notify", notify.subscribers, {"address": "c@d.example", "email": "c@d.example", **reader})
    plain = {"publisher": "", "url": "", "events": "", "topics": "", "secret": "", "enabled": True, "reason": ""}
    await target.enter("notify", notify.endpoints, {"public_id": "x", "created_at": NOON, **plain})
    assert (await target.rows("notify", notify.subscribers))[-1]["id"] == 100_042
    [endpoint] = await target.rows("notify", notify.endpoints)
    assert endpoint["id"] > 1009
    feed = {"callback": "", "host": "", "topic": "", "kind": "all", "slug": "", "form": "rss", "failures": 0}
    times = dict.fromkeys(("since", "expires_at", "next_at", "busy_until"), NOON)
    await target.enter("notify", notify.hub_subscriptions, {"key": "k", **feed, **times})
    [subscription] = await target.rows("notify", notify.hub_subscriptions)
    assert subscription["id"] > 1007


async def test_who_hears_of_answers_comes_back_and_no_old_answer_is_told(
    tmp_path: Path, database_url: str, opened: Any
) -> None:
    source = opened(settings(tmp_path / "before"))
    await source.migrate()
    writer = {"address": "a@b.example", "email": "a@b.example", "state": "confirmed", "asked_at": NOON}
    await source.enter("notify", notify.correspondents, {"id": 7, "changed_at": NOON, **writer})
    await source.enter("notify", notify.answered, {"comment": 5, "at": NOON})
    owed = {"story_id": STORY, "version": 1, "settled": False, "owed_at": NOON, "repeat_at": NOON}
    await source.enter("site", site.answers, {"comment": 6, **owed})
    await source.close()
    await take(settings(tmp_path / "before"), tmp_path / "kept", NOON, nothing)
    options = settings(tmp_path / "after", database_url)
    await restore(options, tmp_path / "kept", NOON, nothing)
    target = opened(options)
    fresh = {"address": "c@d.example", "email": "c@d.example", "state": "asked", "asked_at": NOON, "changed_at": NOON}
    await target.enter("notify", notify.correspondents, fresh)
    writers = await target.rows("notify", notify.correspondents)
    # The number of a writer is in the links that end their mail.
    assert [(row["id"], row["email"]) for row in writers if row["email"]] == [
        (7, "a@b.example"),
        (100_008, "c@d.example"),
    ]
    assert [row["comment"] for row in await target.rows("notify", notify.answered)] == [5]
    assert [(row["comment"], row["settled"]) for row in await target.rows("site", site.answers)] == [(6, True)]


async def test_a_backup_of_an_older_schema_is_brought_up_to_date(tmp_path: Path, opened: Any) -> None:
    before = settings(tmp_path / "before")
    source = opened(before)
    await source.migrate()
    await source.close()
    await take(before, tmp_path / "kept", NOON, nothing)
    manifest = orjson.loads((tmp_path / "kept" / MANIFEST).read_bytes())
    manifest["services"]["notify"]["schema_at"] = "0002"
    tables = manifest["services"]["notify"]["tables"]
    manifest["services"]["notify"]["tables"] = [one for one in tables if one["table"] != "pauses"]
    (tmp_path / "kept" / MANIFEST).write_bytes(orjson.dumps(manifest))
    options = settings(tmp_path / "after")
    await restore(options, tmp_path / "kept", NOON, nothing)
    assert len(await opened(options).rows("notify", notify.pauses)) == 3


async def test_what_is_not_whole_is_refused_and_changes_nothing(tmp_path: Path, opened: Any) -> None:
    before, after = settings(tmp_path / "before"), settings(tmp_path / "after")
    with pytest.raises(Refused, match="nothing to back up"):
        await take(before, tmp_path / "kept", NOON, nothing)
    source = opened(before)
    await source.migrate()
    await source.enter("ingest", ingest.paths, {"path": "/a/", "story_id": STORY})
    await source.close()
    await Pages(before.pages_url).put("media/aa.png", b"a picture")
    await take(before, tmp_path / "kept", NOON, nothing)
    assert names(tmp_path) == ["before", "kept"], "nothing unfinished is left"
    for damaged in ("ingest/paths.ndjson.zst", "media/aa.png", MANIFEST):
        shutil.copytree(tmp_path / "kept", tmp_path / "damaged")
        (tmp_path / "damaged" / damaged).write_bytes(b"x")
        with pytest.raises(Refused):
            await restore(after, tmp_path / "damaged", NOON, nothing)
        (tmp_path / "damaged" / damaged).unlink()
        with pytest.raises(Refused):
            await restore(after, tmp_path / "damaged", NOON, nothing)
        shutil.rmtree(tmp_path / "damaged")
    assert not after.data_dir.exists()


async def test_a_restore_refuses_any_state(tmp_path: Path, database_url: str, opened: Any) -> None:
    before = settings(tmp_path / "before")
    source = opened(before)
    await source.migrate()
    await source.close()
    await take(before, tmp_path / "kept", NOON, nothing)
    options = settings(tmp_path / "after", database_url)
    target = opened(options)
    await target.migrate()
    await target.enter("ingest", ingest.paths, {"path": "/a/", "story_id": STORY})
    await target.close()
    with pytest.raises(Refused, match="ingest has state already"):
        await restore(options, tmp_path / "kept", NOON, nothing)
    with pytest.raises(Refused, match="is there already"):
        await take(before, tmp_path / "kept", NOON, nothing)


async def test_a_restore_refuses_where_others_are_at_work_on_the_server(
    tmp_path: Path, postgres_url: str, opened: Any
) -> None:
    before = settings(tmp_path / "before")
    source = opened(before)
    await source.migrate()
    await source.close()
    await take(before, tmp_path / "kept", NOON, nothing)
    other = Database(postgres_url, "site")  # a replica on another machine
    await other.ping()
    try:
        with pytest.raises(Refused, match="1 connections of site"):
            await restore(settings(tmp_path / "after", postgres_url), tmp_path / "kept", NOON, nothing)
    finally:
        await other.close()


async def test_a_restore_refuses_an_old_life_in_redis(tmp_path: Path, redis_url: str, opened: Any) -> None:
    before = settings(tmp_path / "before")
    source = opened(before)
    await source.migrate()
    await source.close()
    await take(before, tmp_path / "kept", NOON, nothing)
    after = Settings.read(data_dir=tmp_path / "after", redis_url=redis_url)
    bus = Bus(redis_url, "ingest", is_outage=lambda _error: False)
    await bus.set_epoch("before")
    await bus.stop()
    with pytest.raises(Refused, match="another life"):
        await restore(after, tmp_path / "kept", NOON, nothing)


async def test_a_failed_backup_leaves_nothing_behind(tmp_path: Path, opened: Any) -> None:
    before = settings(tmp_path / "before")
    source = opened(before)
    await source.migrate()
    await source.enter("notify", notify.subscribers, filled(notify.subscribers))
    await source.close()

    def full(what: str, _done: int, _of: int) -> None:
        if what == "notify":
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        await take(before, tmp_path / "kept", NOON, full)
    assert names(tmp_path) == ["before"]
