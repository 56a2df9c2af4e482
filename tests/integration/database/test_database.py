"""Does `Database` keep its promises on SQLite and on PostgreSQL alike?"""

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import (
    Column,
    Connection,
    Integer,
    MetaData,
    String,
    Table,
    bindparam,
    delete,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError

from shared import clock
from shared.database import Database, Instant, Many, is_outage, lock, upsert
from tests.servers.postgres import PostgresServer

METADATA = MetaData()
THINGS = Table(
    "things",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False),
    Column("at", Instant),
)


@pytest.fixture
async def database(database_url: str) -> AsyncGenerator[Database]:
    """A database with an empty table of things."""
    opened = Database(database_url, "ingest")
    if opened.dialect == "postgresql":
        await opened.write(lambda connection: connection.execute(text("CREATE SCHEMA ingest")))
    await opened.write(METADATA.create_all)
    yield opened
    await opened.close()


def add(number: int, name: str = "thing") -> Callable[[Connection], object]:
    """Work that adds one thing."""
    return lambda connection: connection.execute(insert(THINGS).values(id=number, name=name))


def run(statement: str, connection: Connection) -> None:
    """Work that is one statement."""
    connection.execute(text(statement))


def names(connection: Connection) -> list[str]:
    """Every thing's name, in order."""
    return list(connection.scalars(select(THINGS.c.name).order_by(THINGS.c.id)))


async def test_what_was_written_is_read(database: Database) -> None:
    await database.write(add(1, "ä story"))
    assert await database.read(names) == ["ä story"]


def test_processes_that_open_a_new_file_together_all_get_it(tmp_path: Path) -> None:
    together = threading.Barrier(6)

    def open_new(path: Path) -> None:
        together.wait()
        asyncio.run(begin(path))

    async def begin(path: Path) -> None:
        opened = Database(f"sqlite:///{path}", "ingest")
        await opened.write(METADATA.create_all)
        await opened.close()

    with ThreadPoolExecutor(6) as threads:
        for number in range(40):
            list(threads.map(open_new, [tmp_path / str(number)] * 6))


async def test_work_that_raises_leaves_nothing(database: Database) -> None:
    def fail(connection: Connection) -> None:
        connection.execute(insert(THINGS).values(id=1, name="half"))
        raise LookupError("in the middle")

    with pytest.raises(LookupError):
        await database.write(fail)
    assert await database.read(names) == []
    await database.write(add(1))  # the connection is as good as new


async def test_a_statement_that_is_wrong_is_no_outage(database: Database) -> None:
    await database.write(add(1))
    with pytest.raises(IntegrityError) as raised:
        await database.write(add(1))
    assert not is_outage(raised.value)
    with pytest.raises(DBAPIError) as raised_too:
        await database.read(lambda connection: connection.execute(text("SELECT nothing FROM nowhere")))
    assert not is_outage(raised_too.value)


async def test_an_instant_comes_back_in_utc(database: Database) -> None:
    there = datetime(2026, 11, 23, 14, 5, 6, 789012, timezone(timedelta(hours=5, minutes=30)))
    await database.write(lambda connection: connection.execute(insert(THINGS).values(id=1, name="x", at=there)))
    found = await database.read(lambda connection: connection.execute(select(THINGS.c.at)).scalar_one())
    assert found == there
    assert found.tzinfo is UTC


async def test_instants_compare_in_the_database_whatever_their_zone(database: Database) -> None:
    east = datetime(2026, 1, 1, 1, 0, tzinfo=timezone(timedelta(hours=2)))
    utc = datetime(2026, 1, 1, 0, 0, tzinfo=UTC)
    await database.write(lambda connection: connection.execute(insert(THINGS).values(id=1, name="x", at=east)))
    older = await database.read(lambda connection: connection.scalar(select(THINGS.c.id).where(THINGS.c.at < utc)))
    assert older == 1


async def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    naive = datetime(2026, 1, 1)  # noqa: DTZ001 - the point of the test
    with pytest.raises(StatementError, match="without a zone"):
        await database.write(lambda connection: connection.execute(insert(THINGS).values(id=1, name="x", at=naive)))


async def test_upsert_updates_what_is_there(database: Database) -> None:
    def put(connection: Connection) -> None:
        statement = upsert(connection, THINGS).values(id=1, name="second")
        connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_={"name": "second"}))

    await database.write(add(1, "first"))
    await database.write(put)
    assert await database.read(names) == ["second"]


async def test_what_work_raises_by_itself_keeps_its_name(database: Database) -> None:
    def fail(_connection: Connection) -> None:
        raise KeyError("mine")

    with pytest.raises(KeyError):
        await database.read(fail)


async def test_fifty_writers_at_once_lose_no_update(database: Database) -> None:
    await database.write(add(1, "0"))

    def count(connection: Connection) -> None:
        lock(connection, "counter")
        now = int(connection.scalar(select(THINGS.c.name)) or 0)
        connection.execute(update(THINGS).values(name=str(now + 1)))

    await asyncio.gather(*(database.write(count) for _ in range(50)))
    assert await database.read(names) == ["50"]


async def test_a_reader_does_not_wait_for_a_writer_on_sqlite(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}", "ingest")
    await database.write(METADATA.create_all)
    await database.write(add(1))
    seen: list[list[str]] = []
    loop = asyncio.get_running_loop()

    def slow(connection: Connection) -> None:
        connection.execute(insert(THINGS).values(id=2, name="new"))
        seen.append(asyncio.run_coroutine_threadsafe(database.read(names), loop).result(5))

    await database.write(slow)
    assert seen == [["thing"]]
    await database.close()


async def test_a_reader_cannot_change_anything_on_sqlite(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}", "ingest")
    await database.write(METADATA.create_all)
    with pytest.raises(DBAPIError):
        await database.read(add(1))
    await database.close()


async def test_the_databases_clock_is_near_ours(database: Database) -> None:
    assert abs(await database.now() - clock.now()) < timedelta(seconds=1)
    assert abs(await database.skew()) < timedelta(seconds=1)


async def test_a_database_that_answers_pings(database: Database) -> None:
    await database.ping()


async def test_two_services_do_not_see_each_others_tables(database_url: str) -> None:
    one, other = Database(database_url, "ingest"), Database(database_url, "desk")
    for each in (one, other):
        if each.dialect == "postgresql":
            await each.write(partial(run, f"CREATE SCHEMA {each.service}"))
        await each.write(METADATA.create_all)
    await one.write(add(1))
    assert await other.read(names) == []
    await one.close()
    await other.close()


async def test_a_server_that_goes_away_is_an_outage_and_comes_back(
    postgres_server: PostgresServer, postgres_url: str
) -> None:
    database = Database(postgres_url, "ingest")
    await database.ping()
    postgres_server.stop()
    try:
        with pytest.raises(Exception) as raised:  # noqa: PT011 - any error will do, if is_outage knows it
            await database.write(lambda connection: connection.execute(text("SELECT 1")))
    finally:
        await asyncio.to_thread(postgres_server.start)
    assert is_outage(raised.value), repr(raised.value)
    await database.ping()
    await database.close()


async def test_a_server_that_is_not_there_is_an_outage(tmp_path: Path) -> None:
    database = Database(f"postgresql://nobody@/none?host={tmp_path}", "ingest")
    with pytest.raises(Exception) as raised:  # noqa: PT011 - any error will do, if is_outage knows it
        await database.ping()
    assert is_outage(raised.value), repr(raised.value)
    await database.close()


async def test_a_connection_that_is_cut_in_a_transaction_is_an_outage(postgres_url: str) -> None:
    database = Database(postgres_url, "ingest")

    def cut(connection: Connection) -> None:
        connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    with pytest.raises(Exception) as raised:  # noqa: PT011 - any error will do, if is_outage knows it
        await database.write(cut)
    assert is_outage(raised.value), repr(raised.value)
    await database.ping()
    await database.close()


async def test_a_full_disk_is_an_outage(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}", "ingest")
    await database.write(METADATA.create_all)
    await database.write(lambda connection: connection.execute(text("PRAGMA max_page_count = 3")))
    with pytest.raises(DBAPIError) as raised:
        await database.write(add(1, "x" * 100_000))
    assert is_outage(raised.value), repr(raised.value)
    await database.close()


def test_other_errors_are_no_outage() -> None:
    assert not is_outage(ValueError("a story's fault"))
    assert not is_outage(LookupError())


async def test_two_transactions_that_wait_for_each_other_both_succeed(database: Database) -> None:
    await database.write(add(1))
    await database.write(add(2))

    def rename(first: int, second: int, name: str, connection: Connection) -> None:
        connection.execute(update(THINGS).where(THINGS.c.id == first).values(name=name))
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_sleep(0.2)"))
        connection.execute(update(THINGS).where(THINGS.c.id == second).values(name=name))

    await asyncio.gather(
        database.write(partial(rename, 1, 2, "one way")), database.write(partial(rename, 2, 1, "the other"))
    )
    assert len(set(await database.read(names))) == 1


NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def _three(connection: Connection) -> list[tuple[int, str, datetime | None]]:
    return [tuple(row) for row in connection.execute(select(THINGS).order_by(THINGS.c.id))]


async def test_rows_go_in_by_the_thousand_as_they_go_in_one_by_one(database: Database) -> None:
    enter = Many(lambda _: insert(THINGS))
    rows = [{"name": f"n{number}", "at": None if number % 2 else NOON, "id": number} for number in range(1_000)]
    await database.write(lambda connection: enter(connection, rows))
    await database.write(lambda connection: enter(connection, []))
    found = await database.read(_three)
    assert found == [(row["id"], row["name"], row["at"]) for row in rows]


async def test_what_is_there_stays_or_is_replaced_but_for_what_is_kept(database: Database) -> None:
    await database.write(add(1, "first"))
    new = [{"id": 1, "name": "again", "at": NOON}, {"id": 2, "name": "second", "at": NOON}]
    await database.write(lambda connection: Many.adding(THINGS)(connection, new))
    assert await database.read(_three) == [(1, "first", None), (2, "second", NOON)]
    await database.write(lambda connection: Many.replacing(THINGS, "id", keeping=["name"])(connection, new))
    assert await database.read(_three) == [(1, "first", NOON), (2, "second", NOON)]
    await database.write(lambda connection: Many.replacing(THINGS, "id")(connection, new))
    assert await database.read(names) == ["again", "second"]


async def test_a_statement_for_many_may_bring_values_of_its_own_and_take_a_single_one(database: Database) -> None:
    await database.write(add(1))
    await database.write(add(2))
    date = Many(lambda _: update(THINGS).where(THINGS.c.id == bindparam("number")).values(name="dated", at=NOON))
    await database.write(lambda connection: date(connection, [{"number": 2}]))
    assert await database.read(_three) == [(1, "thing", None), (2, "dated", NOON)]
    drop = Many(lambda _: delete(THINGS).where(THINGS.c.id == bindparam("number")))
    await database.write(lambda connection: drop(connection, [{"number": 1}, {"number": 2}]))
    assert await database.read(names) == []


async def test_a_time_without_a_zone_does_not_go_in_with_many_either(database: Database) -> None:
    enter = Many(lambda _: insert(THINGS))
    rows = [{"id": 1, "name": "one", "at": NOON}, {"id": 2, "name": "two", "at": NOON.replace(tzinfo=None)}]
    with pytest.raises(ValueError, match="zone"):
        await database.write(lambda connection: enter(connection, rows))
    assert await database.read(names) == []
