"""Does the memory hold what readers ask for, within its bounds, and never what a commit made old?"""

import asyncio
import sqlite3
from pathlib import Path

import httpx
import pytest
from sqlalchemy.exc import OperationalError

from services.site.adapters.entry_maker import EntryMaker
from services.site.adapters.page_memory import PageMemory
from services.site.domain.answers import Answer, Found, Missing, Moved
from services.site.domain.entries import Entry, plain_entry
from services.site.routes.edge import Edge
from services.site.routes.readers import Readers
from shared.pages import Page, PageMissing, Pages
from shared.settings import Settings
from shared.theme import Theme


class Table:
    """A route table as a test sets it; `gate` holds answers back."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked = 0
        self.gate = asyncio.Event()
        self.gate.set()

    async def resolve(self, path: str, query: str = "") -> Answer:
        del query
        self.asked += 1
        answer = self.answers.get(path, Missing())
        await self.gate.wait()
        return answer

    async def alias(self, path: str, query: str) -> Moved | None:
        raise AssertionError((path, query))

    async def picture(self, name: str) -> Answer:
        return await self.resolve(f"/media/{name}")


@pytest.fixture
async def store(tmp_path: Path) -> Pages:
    return Pages(f"file://{tmp_path}/pages")


async def put(store: Pages, table: Table, path: str, text: str, number: int) -> None:
    [key] = await store.put_pages([Page("text/plain", text.encode())])
    table.answers[path] = Found(key, 1, number)


class Album:
    """The store's pictures; of cards it says the headline."""

    def __init__(self, store: Pages) -> None:
        self.get = store.get

    async def card(self, headline: str) -> bytes:
        return headline.encode()


def memory(table: Table, store: Pages, limit: int = 10**6) -> PageMemory:
    return PageMemory(table, EntryMaker(store, Album(store), lambda gone: (gone.note or "").encode(), {}), limit=limit)


async def test_many_readers_load_a_page_once(store: Pages) -> None:
    table = Table()
    await put(store, table, "/a/", "one", 1)
    held = memory(table, store)
    found = await asyncio.gather(*(held.load("/a/") for _ in range(20)))
    assert table.asked == 1
    assert all(entry is found[0] for entry in found)


async def test_a_page_that_changes_while_it_is_loaded_is_loaded_again(store: Pages) -> None:
    table = Table()
    await put(store, table, "/a/", "old", 1)
    held = memory(table, store)
    table.gate.clear()
    loading = asyncio.create_task(held.load("/a/"))
    await asyncio.sleep(0.01)
    await put(store, table, "/a/", "new", 2)
    held.forget(["/a/"], 2)
    table.gate.set()
    entry = await loading
    assert isinstance(entry, Entry)
    assert entry.variants["identity"].body["body"] == b"new"
    assert held.pages["/a/"].number == 2


async def test_what_is_as_new_as_the_change_stays(store: Pages) -> None:
    table = Table()
    await put(store, table, "/a/", "one", 5)
    held = memory(table, store)
    await held.load("/a/")
    held.forget(["/a/"], 5)
    assert "/a/" in held.pages
    held.forget(["/a/"], 6)
    assert "/a/" not in held.pages


async def test_what_a_commit_showed_is_known_without_asking_until_it_is_overtaken(store: Pages) -> None:
    table = Table()
    await put(store, table, "/a/", "one", 1)
    shown = table.answers["/a/"]
    assert isinstance(shown, Found)
    held = memory(table, store)
    held.expect({"/a/": shown})
    assert isinstance(await held.load("/a/"), Entry)
    assert table.asked == 0
    held.forget(["/a/"], 2)
    held.expect({"/a/": shown})
    held.forget(["/a/"], 2)
    table.answers["/a/"] = Missing()
    assert await held.load("/a/") == Missing()


async def test_what_a_commit_showed_is_not_believed_once_a_later_commit_was_heard_of(store: Pages) -> None:
    table = Table()
    await put(store, table, "/a/", "old", 5)
    shown = table.answers["/a/"]
    assert isinstance(shown, Found)
    held = memory(table, store)
    held.forget(["/a/"], 6)
    table.answers["/a/"] = Missing()
    held.expect({"/a/": shown})
    assert await held.load("/a/") == Missing()


async def test_the_memory_is_bounded_and_keeps_what_is_asked_for(store: Pages) -> None:
    table = Table()
    held = memory(table, store, limit=50_000)
    held.pin({"/pinned": plain_entry(200, b"x")})
    for number in range(40):
        await put(store, table, f"/{number}/", f"{number:05}" * 200, 1)
        await held.load(f"/{number}/")
        if number:
            held.pages["/0/"].used = True
    assert "/0/" in held.pages
    assert "/pinned" in held.pages
    assert sum(entry.size for path, entry in held.pages.items() if path != "/pinned") <= 50_000


async def test_pictures_are_asked_for_by_name_only(store: Pages) -> None:
    table = Table()
    await store.put("media/abc.svg", b"<svg/>")
    for name in ("abc.svg", "abc-640.webp", "../pages/x.png", "a.exe", "a/b.png", "..png", ".png"):
        table.answers[f"/media/{name}"] = Found(f"media/{name}", 0, 1)
    held = memory(table, store)
    assert isinstance(await held.load("/media/abc.svg"), Entry)
    for name in ("abc-640.webp", "../pages/x.png", "a.exe", "a/b.png", "..png", ".png"):
        assert await held.load(f"/media/{name}") == Missing()
    table.answers["/media/abc.svg"] = Missing()
    held.forget_pictures(2)
    assert await held.load("/media/abc.svg") == Missing()


async def test_a_page_that_the_store_lost_is_an_error_and_not_a_404(store: Pages) -> None:
    table = Table()
    table.answers["/a/"] = Found("pages/no/thing", 0, 1)
    with pytest.raises(PageMissing):
        await memory(table, store).load("/a/")


async def test_readers_get_503_and_no_traceback_while_the_database_is_away(store: Pages, tmp_path: Path) -> None:
    class Away(Table):
        async def resolve(self, path: str, query: str = "") -> Answer:
            raised = sqlite3.OperationalError("unable to open database file")
            raised.sqlite_errorcode = sqlite3.SQLITE_CANTOPEN
            raise OperationalError("SELECT", (path, query), raised)

    async def nothing(*_: object) -> None:
        raise AssertionError("asks nobody else")

    async def nothing_older(_path: str) -> None:
        raise AssertionError("asks nobody else")

    class Silence:
        post = form = staticmethod(nothing)

    held = memory(Away(), store)
    held.pin({"/held/": plain_entry(200, b"in memory")})
    theme = Theme.of(Settings.read(data_dir=tmp_path))
    edge = Edge(held, Readers(held, theme, {}, Silence(), nothing, nothing_older))
    transport = httpx.ASGITransport(app=edge)
    async with httpx.AsyncClient(transport=transport, base_url="http://site") as client:
        answer = await client.get("/2026/11/23/x/")
        assert (answer.status_code, answer.headers["cache-control"]) == (503, "no-store")
        assert "unable to open" not in answer.text
        assert (await client.get("/held/")).text == "in memory"
