"""Is a redacted story nowhere any more, in no file and for no reader, and can it not come back?"""

import asyncio
import contextlib
import json
import re
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
import zstandard
from PIL import Image

from tests.e2e.inbox import confirmed
from tests.servers.http import Receiver, Reply
from tests.servers.newswire import ROOT, Newswire, newswire
from tests.servers.publisher import Publisher, path_of

pytestmark = [pytest.mark.timeout(240)]

#: Words that stand nowhere else. Each is said in another place of the story.
WORDS = {
    "headline": "Zibellinoq",
    "dek": "Quastelvex",
    "body_html": "Vrombaxilus",
    "caption": "Phlegmatoz",
    "tag": "Wurzelbrandt",
    "author": "Jocastrine",
    "note": "Krumminator",
    "reason": "Oblomovitz",
    "comment": "Splendiforo",
    "mail": "Tatterdemalix",
    "url": "Xylographer",
}
#: Names that addresses are made of: as a slug (`/tag/…/`) they stay, as they were written they go.
SLUGS = {"tag", "author"}


def command(wire: Newswire, *arguments: str, ends: int = 0) -> Any:
    """Run `newswire …` as the admin; what it printed as JSON."""
    call = [sys.executable, "-m", "services.cli", *arguments, "--json"]
    done = subprocess.run(call, cwd=ROOT, env=wire.environment, capture_output=True, text=True, check=False)
    assert done.returncode == ends, f"{done.returncode}\n{done.stdout}\n{done.stderr}"
    return json.loads(done.stdout) if ends == 0 else done.stderr


def readings(path: Path) -> Iterator[bytes]:
    """A file as it is, and everything compressed in it: pages lie in packs as gzip, documents in tables as zstd."""
    raw = path.read_bytes()
    yield raw
    for place in (found.start() for found in re.finditer(rb"\x1f\x8b\x08", raw)):
        with contextlib.suppress(zlib.error):  # not everything that begins so is one
            yield zlib.decompressobj(wbits=31).decompress(raw[place:])
    for place in (found.start() for found in re.finditer(rb"\x28\xb5\x2f\xfd", raw)):
        with contextlib.suppress(zstandard.ZstdError):
            yield zstandard.ZstdDecompressor().decompressobj().decompress(raw[place:])


def words_in(reading: bytes) -> set[str]:
    """Which of the words does it hold?"""
    folded = reading.lower()
    return {
        name
        for name, word in WORDS.items()
        if (word.encode() in reading if name in SLUGS else word.lower().encode() in folded)
    }


def found_in(directory: Path, wire: Newswire | None = None) -> dict[str, set[str]]:
    """Word → the files (and tables on PostgreSQL) that hold it; mail that was sent is its readers'."""
    found: dict[str, set[str]] = {}
    for path in sorted(directory.rglob("*")):
        if path.is_file() and not path.is_socket() and directory / "mail" not in path.parents:
            for name in set().union(*map(words_in, readings(path))):
                found.setdefault(name, set()).add(str(path.relative_to(directory)))
    url = wire.environment.get("NEWSWIRE_DATABASE_URL", "") if wire else ""
    for table, text in asyncio.run(rows(url)) if url.startswith("postgres") else ():
        for name in words_in(text.encode()):
            found.setdefault(name, set()).add(table)
    return found


async def rows(url: str) -> list[tuple[str, str]]:
    """Every row of every table, as text."""
    connection = await asyncpg.connect(url)
    try:
        named = "SELECT schemaname || '.' || tablename AS name FROM pg_tables WHERE schemaname !~ '^(pg_|information)'"
        return [
            (table["name"], row["whole"])
            for table in await connection.fetch(named)
            for row in await connection.fetch(f"SELECT t::text AS whole FROM {table['name']} t")  # noqa: S608 - our tables
        ]
    finally:
        await connection.close()


@pytest.fixture(scope="module")
def court(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Publisher]:
    """A newswire of its own: its files are searched."""
    with newswire(tmp_path_factory.mktemp("court"), ALLOW_NETWORKS="127.0.0.0/8") as wire:
        desk = Publisher(wire, str(wire.publisher("Testwell Desk")["key"]))
        yield desk
        desk.close()


def photo(server: Receiver) -> str:
    """A picture at an address that says something."""
    drawn = BytesIO()
    Image.new("RGB", (1000, 600), "teal").save(drawn, "PNG")
    path = f"/{WORDS['url']}.png"
    server.replies[path] = Reply(200, drawn.getvalue(), {"Content-Type": "image/png"})
    return server.url + path


@pytest.fixture(scope="module")
def story(court: Publisher) -> dict[str, Any]:
    """A story that says all of the words, with a correction, a comment and readers who got it; then it is redacted."""
    server = Receiver()
    server.start()
    for number in range(30):
        court.put(f"other-{number}", sections=["Harbour"])
    confirmed(court.wire, "ada@example.org", "all")
    fields = {
        "slug": "a-plain-address",
        "headline": f"The {WORDS['headline']} affair",
        "dek": f"About {WORDS['dek']}.",
        "body_html": f"<p>It was {WORDS['body_html']} who did it.</p>",
        "tags": [WORDS["tag"]],
        "sections": ["Harbour"],
        "authors": [{"name": WORDS["author"]}],
        "image": {"url": photo(server), "alt": "A photo.", "caption": WORDS["caption"]},
    }
    told = court.put("secret", **fields)
    assert court.client.get("/v1/stories/secret").json()["story"]["image"]
    court.act("secret", "correct", note=f"Not {WORDS['note']} but another.", headline=f"{WORDS['headline']} again")
    said = {"name": "Cora", "email": f"{WORDS['mail']}@example.org", "comment": f"{WORDS['comment']}!"}
    held = httpx.post(f"{court.wire.url}{path_of(told)}comments", json=said).json()
    with court.wire.client() as admin:
        assert admin.post(f"/v1/comments/{held['id']}/approve").status_code == 200
    court.until(path_of(told), there=WORDS["comment"])
    time.sleep(3.5)  # deeper pages, archives and sitemaps carry it, too
    before = found_in(court.wire.data, court.wire)
    assert WORDS.keys() - before.keys() == {"reason"}, "the search finds what is there"
    reason = f"Order about {WORDS['reason']}"
    court.act("secret", "kill", reason=reason, public_note=f"{WORDS['note']} said so.")
    redacted = command(
        court.wire,
        "redact",
        "secret",
        "--publisher",
        "testwell-desk",
        "--reason",
        "Case 4711",
        "--by",
        "Cleo",
        "--wait",
    )
    server.stop()
    return {"path": path_of(told), "story_id": told["story_id"], "redacted": redacted}


def test_every_service_confirms_it_and_the_log_says_who_and_when(court: Publisher, story: dict[str, Any]) -> None:
    told = story["redacted"]
    assert (told["status"], told["by"], told["reason"], told["missing"]) == ("redacted", "Cleo", "Case 4711", [])
    assert told["confirmed"].keys() == {"enrich", "render", "site", "notify", "desk"}
    again = command(court.wire, "redact", story["story_id"])
    assert again == told


def test_its_words_are_in_no_file(court: Publisher, story: dict[str, Any]) -> None:
    assert story["redacted"]["status"] == "redacted"
    left = found_in(court.wire.data, court.wire)
    if any("redis" in file for files in left.values() for file in files):
        time.sleep(10)  # Redis writes its file anew in its own time
        left = found_in(court.wire.data, court.wire)
    assert left == {}


def test_a_rebuild_makes_nothing_of_it_again(court: Publisher, story: dict[str, Any]) -> None:
    assert story["redacted"]["status"] == "redacted"
    assert command(court.wire, "audit")["findings"] == []
    assert command(court.wire, "rebuild")["state"] == "done"
    assert command(court.wire, "audit")["findings"] == []
    assert found_in(court.wire.data, court.wire) == {}


def test_a_backup_made_after_it_does_not_hold_them(court: Publisher, story: dict[str, Any], tmp_path: Path) -> None:
    del story
    command(court.wire, "backup", str(tmp_path / "kept"))
    assert found_in(tmp_path / "kept") == {}


def test_readers_partners_and_publishers_see_nothing_of_it(court: Publisher, story: dict[str, Any]) -> None:
    gone = court.get(story["path"])
    assert gone.status_code == 410
    seen = [gone.text]
    lists = ("/", "/feed/", "/updates/feed/", "/corrections/", "/section/harbour/feed/json/", "/comments/feed/")
    seen += [court.get(path).text for path in lists]
    with court.wire.client() as admin:
        calls = (f"/v1/stories/{story['story_id']}", f"/v1/traces/{story['story_id']}", "/v1/changes", "/v1/comments")
        seen += [admin.get(path).text for path in (*calls, "/v1/deliveries", "/v1/dead")]
    for word in WORDS.values():
        assert word.lower() not in "".join(seen).lower()
    for number in range(30):
        assert court.status(f"other-{number}") == "live"
    assert "This story has been withdrawn." in gone.text


def test_it_cannot_be_revived_or_pushed_again(court: Publisher, story: dict[str, Any]) -> None:
    del story
    refused = court.client.post("/v1/stories/secret/revive", json={"note": "Back."})
    assert refused.status_code == 409
    assert "redacted" in refused.json()["detail"]
    again = court.client.put("/v1/stories/secret", json={"headline": "A", "body_html": "<p>B</p>"})
    assert again.status_code == 409


def test_a_live_story_is_killed_first_and_only_the_admin_may_ask(court: Publisher) -> None:
    told = court.put("alive", headline="It was alive")
    refused = court.client.post("/v1/stories/alive/redact", json={"reason": "None"})
    assert refused.status_code == 403
    assert command(court.wire, "redact", told["story_id"], "--wait")["status"] == "redacted"
    assert court.get(path_of(told)).status_code == 410
    assert court.status("alive") == "killed"
    assert "no story" in command(court.wire, "redact", "nowhere", "--publisher", "testwell-desk", ends=4)
