"""Does a story reach every page and feed that it belongs to?"""

import json
from datetime import timedelta
from xml.etree import ElementTree as ET

import feedparser  # type: ignore[import-untyped]  # it has no types

from shared.events import ListsRendered, StoryRendered
from shared.pages import name_of
from tests.integration.render.conftest import AT, World, also, enriched, expired, story_id


async def lead(world: World) -> str:
    """The lead of the front page, as markup."""
    return (await world.body("/")).partition('<article class="lead"')[2].partition("</article>")[0]


async def strip(world: World) -> str:
    """The breaking stories beside the lead, as markup."""
    return (await world.body("/")).partition('<section class="breaking"')[2].partition("</section>")[0]


async def test_a_story_is_on_its_page_the_front_page_its_lists_and_every_feed_with_one_event(world: World) -> None:
    [[event]] = await world.take(enriched("alpha", 1))
    assert isinstance(event, StoryRendered)
    paths = {route.path for route in event.routes}
    for base in ("/", "/section/town/", "/tag/harbour/", "/author/ada-lind/"):
        for path in (base, f"{base}feed/", f"{base}feed/atom/", f"{base}feed/json/"):
            assert path in paths
            assert "Headline alpha" in await world.body(path)
    assert {"/2026/11/23/alpha/", "/2026/11/23/alpha/feed/"} <= paths
    page = await world.pages.get_page(world.routes["/2026/11/23/alpha/"].key)
    assert page.headers["X-Story-Revision"] == "1"
    assert 'name="newswire:revision" content="1"' in page.encodings["identity"].decode()


async def test_a_batch_renders_each_touched_list_once_and_each_story_names_the_lists_it_touched(world: World) -> None:
    answers = await world.take(*(enriched(f"s{number}", number) for number in range(1, 31)))
    fronts = {route for [event] in answers for route in event.routes if route.path == "/"}  # type: ignore[attr-defined]
    assert len(fronts) == 1
    assert "Headline s30" in await world.body("/")
    assert "Headline s9<" not in await world.body("/")
    await world.settle()
    assert "Headline s9<" in await world.body("/page/2/")


async def test_an_older_revision_answers_nothing_and_an_equal_one_is_told_again_with_a_higher_version(
    world: World,
) -> None:
    await world.take(enriched("alpha", 1, revision=2, headline="Second"))
    before = world.routes["/2026/11/23/alpha/"]
    assert await world.take(enriched("alpha", 1, revision=1)) == [[]]
    [[again]] = await world.take(enriched("alpha", 1, revision=2, headline="Second"))
    assert isinstance(again, StoryRendered)
    after = world.routes["/2026/11/23/alpha/"]
    assert name_of(after.key) == name_of(before.key)
    assert after.version > before.version


async def test_an_equal_revision_that_is_known_better_later_is_rendered_and_an_earlier_one_does_not_undo_it(
    world: World,
) -> None:
    await world.take(enriched("alpha", 1), enriched("gamma", 3))
    first = enriched("beta", 2, related=(story_id("gamma"),))
    better = enriched("beta", 2, related=(story_id("alpha"),), body=also("alpha"))
    better = better.model_copy(update={"at": AT + timedelta(seconds=1)})
    await world.take(first)
    for batch in ((better,), (first,), (better, first)):
        [event] = [one for answer in await world.take(*batch) for one in answer]
        assert isinstance(event, StoryRendered)
        assert event.article == better.article
        page, _, _ = (await world.body("/2026/11/23/beta/")).partition('<nav class="neighbours"')
        assert ("Headline alpha" in page, "Headline gamma" in page) == (True, False)
    # The references follow, too: only a page that is known to show it hears of its new name.
    await world.take(enriched("alpha", 1, revision=2, headline="Another name"))
    await world.settle()
    assert "Another name" in await world.body("/2026/11/23/beta/")


async def test_only_the_newest_revision_of_a_batch_is_told(world: World) -> None:
    answers = await world.take(enriched("alpha", 1, headline="One"), enriched("alpha", 1, revision=2, headline="Two"))
    assert [len(one) for one in answers] == [0, 1]
    assert "Two" in await world.body("/feed/")


async def test_a_story_that_changes_its_section_leaves_the_old_list(world: World) -> None:
    await world.take(enriched("alpha", 1))
    await world.take(enriched("alpha", 1, revision=2, sections=()))
    assert "Headline alpha" not in await world.body("/section/town/")
    assert "Headline alpha" in await world.body("/")


async def test_an_expired_story_leaves_lists_and_feeds_and_a_revived_one_comes_back(world: World) -> None:
    await world.take(enriched("alpha", 1))
    [[event]] = await world.take(expired("alpha", 1))
    assert isinstance(event, StoryRendered)
    assert event.article is None
    assert "/2026/11/23/alpha/" not in {route.path for route in event.routes}
    for path in ("/", "/feed/", "/section/town/", "/section/town/feed/json/"):
        assert "Headline alpha" not in await world.body(path)
    await world.settle()
    assert "alpha" not in await world.body("/sitemap-1.xml")
    await world.take(enriched("alpha", 1, revision=3))
    assert "Headline alpha" in await world.body("/section/town/")


async def test_an_empty_site_has_a_front_page_feeds_sitemaps_robots_and_opensearch(world: World) -> None:
    from services.render.handlers.sweep import FROM_THE_START  # noqa: PLC0415 - only this test

    await world.index.mark(FROM_THE_START, await world.index.now())
    await world.settle()
    paths = ("/", "/feed/", "/feed/atom/", "/feed/json/", "/updates/feed/", "/comments/feed/", "/sitemap.xml")
    for path in (*paths, "/news-sitemap.xml", "/robots.txt", "/opensearch.xml"):
        assert await world.body(path)
    for path in ("/feed/", "/feed/atom/", "/updates/feed/atom/", "/comments/feed/", "/sitemap.xml", "/opensearch.xml"):
        ET.fromstring(await world.body(path))  # noqa: S314 - our own bytes
    assert all(isinstance(event, ListsRendered) for event in world.told)


async def test_feeds_hold_the_newest_fifty_whole_with_ids_that_never_change(world: World) -> None:
    await world.take(*(enriched(f"s{number}", number) for number in range(1, 61)))
    feed = feedparser.parse(await world.body("/feed/"))
    assert not feed.bozo
    assert len(feed.entries) == 50
    assert feed.entries[0].id == f"urn:uuid:{story_id('s60')}"
    assert feed.entries[0].content[0].value == "<p>Body of s60.</p>"
    items = json.loads(await world.body("/feed/json/"))["items"]
    assert [one["title"] for one in items] == [f"Headline s{number}" for number in range(60, 10, -1)]


async def test_what_is_older_than_ten_pages_is_reached_by_month(world: World) -> None:
    for start in range(1, 221, 55):
        await world.take(*(enriched(f"s{number}", number) for number in range(start, start + 55)))
    await world.settle()
    assert "/page/10/" in world.routes
    assert "/page/11/" not in world.routes
    assert "/archive/2026/11/" in await world.body("/page/10/")
    assert "Headline s1<" in await world.body("/archive/2026/11/")
    assert "Headline s220<" in await world.body("/archive/2026/11/page/11/")


async def test_a_new_story_touches_only_the_end_of_its_month(world: World) -> None:
    await world.take(*(enriched(f"s{number}", number) for number in range(1, 61)))
    await world.take(*(enriched(f"s{number}", number) for number in range(61, 102)))
    await world.settle()
    before = {path: route.version for path, route in world.routes.items() if path.startswith("/archive/")}
    await world.take(enriched("s102", 102))
    await world.settle()
    changed = {path for path, version in before.items() if world.routes[path].version > version}
    pages = {f"/archive/2026/11/page/{number}/" for number in (5, 6)}
    feeds = {f"/archive/2026/11/{page}feed/{form}" for page in ("", "page/5/") for form in ("", "atom/", "json/")}
    assert changed == pages | feeds


async def test_breaking_news_leads_the_front_page_for_six_hours(world: World) -> None:
    world.index.time = AT + timedelta(hours=1)
    await world.take(
        enriched("big", 1, priority="breaking"), *(enriched(f"s{number}", number) for number in range(2, 9))
    )
    assert "Headline big" in await lead(world)
    await world.settle(hours=4.5)
    assert "Headline big" in await lead(world)
    await world.settle(hours=1)
    assert "Headline s8" in await lead(world)


async def test_the_strip_beside_the_lead_holds_breaking_stories_of_six_hours_only(world: World) -> None:
    old, late = AT - timedelta(hours=4.5), AT - timedelta(minutes=30)
    await world.take(
        enriched("old", 1, priority="breaking", published_at=old),
        enriched("late", 2, priority="breaking", published_at=late),
        enriched("big", 3, priority="breaking"),
        *(enriched(f"s{number}", number) for number in range(4, 9)),
    )
    assert "Headline big" in await lead(world)
    assert ("Headline old" in await strip(world), "Headline late" in await strip(world)) == (True, True)
    await world.settle(hours=1)
    assert ("Headline old" in await strip(world), "Headline late" in await strip(world)) == (False, True)
    assert "Headline old" in await world.body("/")
    await world.settle(hours=5)
    assert await strip(world) == ""


async def test_the_news_sitemap_has_two_days_and_no_advertising(world: World) -> None:
    await world.take(enriched("news", 1, language="en-GB"), enriched("ad", 2, sponsored=True))
    await world.settle()
    news = await world.body("/news-sitemap.xml")
    assert "Headline news" in news
    assert "<news:language>en</news:language>" in news
    assert "Headline ad" not in news
    await world.settle(hours=48)
    assert "Headline news" not in await world.body("/news-sitemap.xml")


async def test_a_moved_story_is_at_its_new_address_everywhere(world: World) -> None:
    await world.take(enriched("alpha", 1))
    await world.take(enriched("alpha", 1, revision=2, path="/2026/11/23/beta/", redirects=("/2026/11/23/alpha/",)))
    await world.settle()
    assert "/2026/11/23/beta/" in world.routes
    for path in ("/", "/feed/", "/sitemap-1.xml", "/archive/2026/11/"):
        body = await world.body(path)
        assert "/2026/11/23/beta/" in body
        assert "/2026/11/23/alpha/" not in body


async def test_months_link_to_each_other_whatever_came_first(world: World) -> None:
    await world.take(enriched("nov", 1))
    await world.settle()
    await world.take(enriched("sep", 2, published_at=AT - timedelta(days=60)))
    await world.settle()
    await world.take(enriched("oct", 3, published_at=AT - timedelta(days=30)))
    await world.settle()
    assert "/archive/2026/10/" in await world.body("/archive/2026/11/")
    assert "/archive/2026/10/" in await world.body("/archive/2026/09/")
    assert "/archive/2026/11/" in await world.body("/archive/2026/10/")


async def test_a_month_imported_at_one_moment_is_rendered_whole(world: World) -> None:
    for start in range(1, 401, 100):
        await world.take(*(enriched(f"s{number}", number, published_at=AT) for number in range(start, start + 100)))
    await world.settle()
    assert "Headline s400<" in await world.body("/archive/2026/11/page/20/")
    assert "/archive/2026/11/page/21/" not in world.routes
