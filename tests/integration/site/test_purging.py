"""Does the CDN hear of what changed, whenever it listens again, and do receipts say so?"""

import asyncio
import dataclasses
from collections.abc import AsyncGenerator
from datetime import timedelta
from ipaddress import ip_network

import orjson
import pytest
from sqlalchemy import func, select, update

from services.site.adapters.sql_purges import SqlPurges
from services.site.adapters.tables import purges
from services.site.app import build
from services.site.domain.purging import END
from services.site.handlers.purging import Purging
from shared.database import Database
from shared.events import KillConfirmed
from shared.net import Net
from tests.integration.site.conftest import HandBus, Site, picture
from tests.servers.http import Receiver, Reply

STORY = "https://news.example/2026/11/23/flood/"


class Edge:
    """A site behind a CDN; its purges go out when a test says so."""

    def __init__(self, site: Site, bus: HandBus, purging: Purging, cdn: Receiver) -> None:
        self.site, self.bus, self.purging, self.cdn = site, bus, purging, cdn

    def purged(self) -> set[str]:
        """The paths of which the CDN was told, answered or not."""
        told = (url for one in self.cdn.requests for url in orjson.loads(one.body)["urls"])
        return {url.removeprefix(self.site.lent.settings.public_url) for url in told}

    def words(self) -> list[tuple[str, bool]]:
        """What receipts heard of the CDN: (outcome, is it still trying)."""
        told = [one for one in self.bus.emitted if isinstance(one, KillConfirmed)]
        assert {one.channel for one in told} <= {"cdn"}
        return [(one.outcome, one.retrying) for one in told]

    async def change(self, **values: object) -> None:
        """Let time pass for what is owed."""
        await self.site.database.write(lambda connection: connection.execute(update(purges).values(**values)))

    async def due(self) -> None:
        """All that is owed is due now."""
        await self.change(due_at=await self.site.database.now())

    async def owed(self) -> int:
        """How many rows."""
        query = select(func.count()).select_from(purges)
        return await self.site.database.read(lambda connection: connection.scalar(query)) or 0


class NextTo(HandBus):
    """The bus of another replica: what it changes is followed at once by the one that readers (and proofs) meet."""

    def __init__(self, site: Site) -> None:
        super().__init__()
        self.site = site

    async def wake(self, topic: str) -> None:
        await super().wake(topic)
        for callback in self.site.bus.woken:
            await callback.__self__.look()


async def edge_of(site: Site, cdn: Receiver, net: Net) -> Edge:
    settings = site.lent.settings.model_copy(update={"purge_url": f"{cdn.url}/purge"})
    bus = NextTo(site)
    lent = dataclasses.replace(site.lent, settings=settings, net=net, bus=lambda _service: bus)  # type: ignore[arg-type,return-value]
    service = await build(lent)
    return Edge(site, bus, service.loops["purge"].__self__, cdn)  # type: ignore[attr-defined]


@pytest.fixture
async def net() -> AsyncGenerator[Net]:
    opened = Net((ip_network("127.0.0.0/8"),))
    yield opened
    await opened.close()


@pytest.fixture
async def edge(site: Site, receiver: Receiver, net: Net) -> Edge:
    return await edge_of(site, receiver, net)


async def published(edge: Edge) -> None:
    rendered = await edge.site.newsroom.rendered("flood", image=picture("abc.png"))
    further = await edge.site.newsroom.route("/2026/11/23/flood/comment-page-2/", "more comments", "comments")
    await edge.bus.take(rendered.model_copy(update={"routes": (*rendered.routes, further)}))
    assert await edge.purging.turn()
    assert "/2026/11/23/flood/" in edge.purged()
    edge.cdn.requests.clear()


async def test_a_kill_is_purged_with_its_pictures_and_confirmed(edge: Edge) -> None:
    await published(edge)
    [events] = await edge.bus.take(edge.site.newsroom.killed("flood"))
    assert "cdn" not in {one.channel for one in events if isinstance(one, KillConfirmed)}
    assert await edge.purging.turn()
    page = "/2026/11/23/flood/"
    assert edge.purged() == {
        *(page, f"{page}feed/", f"{page}comment-page-2/", f"{page}share.png"),
        *("/media/abc.png", "/media/abc-640.webp"),
        *(f"/media/abc-{ratio}.jpg" for ratio in ("16x9", "4x3", "1x1")),
    }
    assert edge.words() == [("confirmed", False)]
    assert not await edge.purging.turn()


async def test_a_cdn_that_does_not_answer_is_unreachable_until_it_does(edge: Edge) -> None:
    await published(edge)
    edge.cdn.default = Reply(503)
    await edge.bus.take(edge.site.newsroom.killed("flood"))
    assert await edge.purging.turn()
    assert not await edge.purging.turn(), "it waits before it tries again"
    await edge.due()
    assert await edge.purging.turn()
    edge.cdn.default = Reply(204)
    await edge.due()
    assert await edge.purging.turn()
    assert edge.words() == [("unreachable", True), ("unreachable", True), ("confirmed", False)]
    assert [one.detail for one in edge.bus.emitted if isinstance(one, KillConfirmed)] == ["answers 503"] * 2 + [""]


async def test_what_was_owed_when_the_process_died_is_told_by_the_next_one(edge: Edge, net: Net) -> None:
    await edge.bus.take(edge.site.newsroom.killed("flood"))
    after = await edge_of(edge.site, edge.cdn, net)
    assert await after.purging.turn()
    assert after.words() == [("confirmed", False)]
    # Whoever dies after the call and before it is written down leaves it to be told once more.
    await edge.bus.take(edge.site.newsroom.killed("flood", 3))
    assert await SqlPurges(edge.site.database).lease()
    assert not await after.purging.turn(), "it is leased"
    await edge.due()
    assert await after.purging.turn()
    assert after.words() == [("confirmed", False)] * 2


async def test_a_kill_that_is_heard_again_is_purged_and_confirmed_again(edge: Edge) -> None:
    kill = edge.site.newsroom.killed("flood")
    await edge.bus.take(kill)
    assert await edge.purging.turn()
    edge.cdn.requests.clear()
    await edge.bus.take(kill, kill)
    await edge.bus.take(kill)
    assert await edge.owed() == 1, "what is owed already is owed once"
    assert await edge.purging.turn()
    assert edge.words() == [("confirmed", False)] * 2
    assert "/2026/11/23/flood/" in edge.purged()


async def test_a_receipt_is_confirmed_when_the_lists_without_the_story_are_purged_too(edge: Edge) -> None:
    await published(edge)
    kill = edge.site.newsroom.killed("flood")
    edge.cdn.default = Reply(503)
    await edge.bus.take(kill)
    assert await edge.purging.turn()
    lists = await edge.site.newsroom.lists(await edge.site.newsroom.route("/", "front without"), killed=[kill])
    await edge.bus.take(lists)
    edge.cdn.default = Reply(204)
    edge.bus.emitted.clear()
    assert await edge.purging.turn()
    assert edge.words() == [], "the page's own purge has not been heard yet"
    await edge.due()
    assert await edge.purging.turn()
    assert edge.words() == [("confirmed", False)]
    assert {"/", "/2026/11/23/flood/"} <= edge.purged()


async def test_who_never_listens_is_given_up_after_two_days_and_the_receipt_says_failed(edge: Edge) -> None:
    edge.cdn.default = Reply(500)
    await edge.bus.take(edge.site.newsroom.killed("flood"))
    now = await edge.site.database.now()
    await edge.change(owed_at=now - END)
    assert (await SqlPurges(edge.site.database).overdue(now))["purge"] == END.total_seconds()
    assert await edge.purging.turn()
    assert edge.words() == [("failed", False)]
    assert await edge.owed() == 0
    assert (await SqlPurges(edge.site.database).overdue(now))["purge"] == 0


async def test_two_replicas_tell_the_cdn_once(edge: Edge, database_url: str) -> None:
    await edge.bus.take(edge.site.newsroom.killed("flood"))
    other = Database(database_url, "site")
    try:
        both = [SqlPurges(one) for one in (edge.site.database, other)]
        found = await asyncio.gather(*(one.lease() for one in both))
    finally:
        await other.close()
    assert sorted(len(one) for one in found) == [0, 1]


async def test_a_kill_comes_before_ordinary_pages_and_these_are_owed_too(edge: Edge) -> None:
    await edge.bus.take(await edge.site.newsroom.rendered("storm"))
    await edge.bus.take(edge.site.newsroom.killed("flood"))
    assert await edge.purging.turn()
    assert "/2026/11/23/storm/" not in edge.purged()
    assert edge.words() == [("confirmed", False)]
    assert await edge.purging.turn()
    assert "/2026/11/23/storm/" in edge.purged()


async def test_without_a_cdn_nothing_is_owed(site: Site) -> None:
    await site.publish("flood")
    await site.bus.take(site.newsroom.killed("flood"))
    assert "purge" not in site.loops
    query = select(func.count()).select_from(purges)
    assert await site.database.read(lambda connection: connection.scalar(query)) == 0


async def test_a_page_that_is_not_gone_yet_is_told_to_the_receipt(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    handlers = site.bus.steps[type(kill := site.newsroom.killed("flood"))].__self__
    monkeypatch.setattr(handlers.proof, "_patience", 0.0)

    class Stale:
        async def prove(self, wanted: object) -> list[str]:
            del wanted
            return ["cdn.example: still 200"]

    monkeypatch.setattr(handlers.proof, "_prover", Stale())
    with pytest.raises(Exception, match="still 200"):
        await site.bus.take(kill)
    [word] = [one for one in site.bus.emitted if isinstance(one, KillConfirmed)]
    assert (word.channel, word.outcome, word.retrying) == ("page", "unreachable", True)
    assert timedelta(seconds=5) > await site.database.now() - word.at
