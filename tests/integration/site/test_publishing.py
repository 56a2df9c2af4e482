"""Does an event become what readers see, and is it told only then?"""

import dataclasses

import httpx

from services.site.app import build
from services.site.routes.edge import Edge
from services.site.routes.live import LiveStream
from shared.events import KillConfirmed, StoryKilled, StoryLive
from tests.integration.site.conftest import HandBus, Site, picture


async def test_a_rendered_story_is_on_its_page_and_only_then_told(site: Site) -> None:
    assert (await site.get("/2026/11/23/flood/")).status_code == 404
    live = await site.publish("flood")
    assert live.url == f"{site.lent.settings.public_url}/2026/11/23/flood/"
    assert live.article is not None
    page = await site.get("/2026/11/23/flood/")
    assert page.status_code == 200
    assert page.headers["x-story-revision"] == "1"
    assert "flood in revision 1" in page.text
    assert "front with flood" in (await site.get("/")).text


async def test_the_same_event_is_told_again_and_an_older_one_is_not(site: Site) -> None:
    first = await site.newsroom.rendered("flood", 1)
    second = await site.newsroom.rendered("flood", 2)
    [[live]] = await site.bus.take(second)
    [[again]] = await site.bus.take(second)
    assert isinstance(again, StoryLive)
    assert again.head == second.head
    assert isinstance(live, StoryLive)
    assert await site.bus.take(first) == [[]]
    assert "revision 2" in (await site.get("/2026/11/23/flood/")).text


async def test_in_a_batch_only_the_newest_revision_is_told(site: Site) -> None:
    batch = [await site.newsroom.rendered("flood", revision) for revision in (1, 2, 3)]
    batch.append(await site.newsroom.rendered("storm"))
    answers = await site.bus.take(*batch)
    assert [len(answer) for answer in answers] == [0, 0, 1, 1]
    assert "front with storm" in (await site.get("/")).text


async def test_a_list_never_goes_back_to_a_lower_version(site: Site) -> None:
    early = await site.newsroom.lists(await site.newsroom.route("/section/town/", "early"))
    late = await site.newsroom.lists(await site.newsroom.route("/section/town/", "late"))
    await site.bus.take(late)
    await site.bus.take(early)
    assert "late" in (await site.get("/section/town/")).text


async def test_a_killed_story_is_gone_and_never_comes_back(site: Site) -> None:
    await site.lent.pages.put("media/abc.png", b"\x89PNG")
    stale = await site.newsroom.rendered("flood", 2)
    await site.publish("flood", 1, image=picture("abc.png"), redirects=("/old/flood.html",))
    assert (await site.get("/media/abc.png")).status_code == 200
    assert (await site.get("/old/flood.html")).headers["location"] == "/2026/11/23/flood/"
    kill = site.newsroom.killed("flood", 3, redirects=("/old/flood.html",))
    [events] = await site.bus.take(kill)
    assert [type(event) for event in events] == [StoryLive, KillConfirmed, KillConfirmed, KillConfirmed]
    assert [event.channel for event in events if isinstance(event, KillConfirmed)] == ["page", "search", "media"]
    assert await site.bus.take(stale) == [[]]
    for path in ("/2026/11/23/flood/", "/2026/11/23/flood/feed/", "/old/flood.html", "/media/abc.png"):
        answer = await site.get(path)
        assert (path, answer.status_code) == (path, 410)
        assert answer.headers["cache-control"] == "no-store"
        assert "revision 1" not in answer.text
    page = await site.get("/2026/11/23/flood/")
    assert "Gone for a reason." in page.text
    assert "noindex" in page.text
    assert "desk@site.example" in page.text
    assert "/2026/11/23/flood/" not in (await site.get("/search?q=flood")).text


async def test_a_picture_stays_while_another_live_story_shows_it(site: Site) -> None:
    await site.lent.pages.put("media/abc.png", b"\x89PNG")
    await site.lent.pages.put("media/abc-640.png", b"\x89PNG small")
    await site.publish("flood", image=picture("abc.png"))
    await site.publish("storm", image=picture("abc.png"))
    await site.bus.take(site.newsroom.killed("flood"))
    assert (await site.get("/media/abc.png")).status_code == 200
    assert (await site.get("/media/abc-640.png")).headers["cache-control"] == "public, max-age=31536000, immutable"
    await site.bus.take(site.newsroom.killed("storm"))
    assert (await site.get("/media/abc.png")).status_code == 410
    assert (await site.get("/media/abc-640.png")).status_code == 410
    assert (await site.get("/media/unknown.png")).status_code == 404


async def test_lists_that_carry_a_kill_out_confirm_it(site: Site) -> None:
    await site.publish("flood")
    kill = site.newsroom.killed("flood")
    await site.bus.take(kill)
    lists = await site.newsroom.lists(await site.newsroom.route("/", "front without"), killed=[kill])
    [events] = await site.bus.take(lists)
    assert [(event.channel, event.receipt) for event in events if isinstance(event, KillConfirmed)] == [
        (channel, kill.receipt) for channel in ("lists", "feeds", "sitemaps", "related")
    ]
    assert "front without" in (await site.get("/")).text


async def test_a_kill_that_comes_before_the_story_answers_410_and_keeps_it_out(site: Site) -> None:
    rendered = await site.newsroom.rendered("flood", 1)
    kill: StoryKilled = site.newsroom.killed("flood", 2)
    [[live, *_]] = await site.bus.take(kill)
    assert isinstance(live, StoryLive)
    assert live.article is None
    assert await site.bus.take(rendered) == [[]]
    assert (await site.get("/2026/11/23/flood/")).status_code == 410


async def test_a_revived_story_is_back_and_an_expired_one_says_so(site: Site) -> None:
    old = ("/old/flood.html",)
    await site.publish("flood", 1, redirects=old)
    await site.bus.take(site.newsroom.killed("flood", 2, redirects=old))
    paths = ("/2026/11/23/flood/", "/2026/11/23/flood/feed/", "/old/flood.html", "/2026/11/23/flood/share.png")
    assert [(await site.get(path)).status_code for path in paths] == [410] * 4
    assert (await site.publish("flood", 3, action="revive", redirects=old)).head.action == "revive"
    assert [(await site.get(path)).status_code for path in paths] == [200, 200, 301, 200]
    assert "revision 3" in (await site.get("/2026/11/23/flood/")).text
    [[live]] = await site.bus.take(await site.newsroom.expired("flood", 4))
    assert isinstance(live, StoryLive)
    assert live.article is None
    page = await site.get("/2026/11/23/flood/")
    assert page.status_code == 410
    assert "This story is no longer available." in page.text


async def test_a_new_slug_moves_the_page_and_the_old_address_leads_there(site: Site) -> None:
    await site.publish("flood", 1)
    await site.publish("flood", 2, path="/2026/11/23/high-water/", redirects=("/2026/11/23/flood/", "/?p=12"))
    moved = await site.get("/2026/11/23/flood/?x=1")
    assert (moved.status_code, moved.headers["location"]) == (301, "/2026/11/23/high-water/")
    feed = await site.get("/2026/11/23/flood/feed/")
    assert (feed.status_code, feed.headers["location"]) == (301, "/2026/11/23/high-water/feed/")
    assert (await site.get("/?p=12")).headers["location"] == "/2026/11/23/high-water/"
    assert (await site.get("/?p=12&utm_source=x")).headers["location"] == "/2026/11/23/high-water/"
    assert "front with" in (await site.get("/?p=13&fbclid=12")).text


async def test_a_late_copy_of_a_page_that_has_moved_does_not_take_its_redirect_away(site: Site) -> None:
    await site.publish("flood", 1)
    late = [
        await site.newsroom.route("/2026/11/23/flood/", "an old copy", "story"),
        await site.newsroom.route("/2026/11/23/flood/feed/", "its old comments", "comments"),
    ]
    await site.publish("flood", 2, path="/2026/11/23/high-water/", redirects=("/2026/11/23/flood/",))
    await site.bus.take(await site.newsroom.lists(*late))
    for tail in ("", "feed/"):
        old = await site.get(f"/2026/11/23/flood/{tail}")
        assert (old.status_code, old.headers["location"]) == (301, f"/2026/11/23/high-water/{tail}")


async def test_a_page_that_came_ahead_of_its_story_shows_only_with_it(site: Site) -> None:
    early = await site.newsroom.rendered("flood", 1)
    again = await site.newsroom.route("/2026/11/23/flood/", "with its reference", "story", X_Story_Revision="1")
    await site.bus.take(await site.newsroom.lists(again))
    assert (await site.get("/2026/11/23/flood/")).status_code == 404
    [[_]] = await site.bus.take(early)
    assert "with its reference" in (await site.get("/2026/11/23/flood/")).text


async def test_other_replicas_follow_a_kill(site: Site) -> None:
    bus = HandBus()
    other = await build(dataclasses.replace(site.lent, bus=lambda _service: bus))  # type: ignore[arg-type,return-value]
    assert isinstance(other.app, Edge)
    await site.publish("flood")
    [wake] = bus.woken
    stream: LiveStream = wake.__self__
    await stream.look()
    assert await asks(other.app, "/2026/11/23/flood/") == 200
    await site.bus.take(site.newsroom.killed("flood"))
    assert await asks(other.app, "/2026/11/23/flood/") == 200
    await stream.look()
    assert await asks(other.app, "/2026/11/23/flood/") == 410


async def asks(app: Edge, path: str) -> int:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://other") as client:
        return (await client.get(path)).status_code
