"""Is a killed story nowhere, and told of everywhere it was?"""

import json
from xml.etree import ElementTree as ET

import feedparser  # type: ignore[import-untyped]  # it has no types

from shared.events import FormerList, ListsRendered
from tests.integration.render.conftest import World, also, enriched, killed, story_id

ATOM = "{http://www.w3.org/2005/Atom}"
AT_NS = "{http://purl.org/atompub/tombstones/1.0}"
URN = f"urn:uuid:{story_id('alpha')}"


async def test_a_kill_removes_the_story_from_every_page_at_once_and_names_its_receipt(world: World) -> None:
    await world.take(*(enriched(f"s{number}", number) for number in range(2, 40)), enriched("alpha", 1))
    await world.settle()
    assert "Headline alpha" in await world.body("/page/2/")
    [[event]] = await world.take(killed("alpha", 1))
    assert isinstance(event, ListsRendered)
    assert [(one[0], one[1]) for one in event.killed] == [(story_id("alpha"), 2)]
    for path in world.routes:
        if not path.startswith("/2026/11/23/alpha/"):
            body = await world.body(path)
            assert "Headline alpha" not in body, path
            assert "Dek of alpha" not in body, path
            assert "Body of alpha" not in body, path
    assert "/2026/11/23/alpha/" not in {route.path for route in event.routes}


async def test_every_feed_that_carried_it_keeps_a_tombstone_for_thirty_days(world: World) -> None:
    await world.take(enriched("alpha", 1), enriched("other", 2))
    # It left this section before the kill; those who read it there must hear of it, too.
    await world.take(enriched("alpha", 1, revision=2, sections=()))
    await world.take(killed("alpha", 1, revision=3))
    for base in ("/", "/section/town/", "/tag/harbour/", "/author/ada-lind/", "/updates/"):
        rss = feedparser.parse(await world.body(f"{base}feed/"))
        [entry] = [one for one in rss.entries if one.id == URN]
        assert (entry.title, entry.summary) == ("Withdrawn", "Withdrawn for the tests.")
        assert "content" not in entry
        assert "author" not in entry
        assert entry.updated == "2026-11-23T12:01:03Z"
        atom = ET.fromstring(await world.body(f"{base}feed/atom/"))  # noqa: S314 - our own bytes
        [deleted] = atom.findall(f"{AT_NS}deleted-entry")
        assert deleted.get("ref") == URN
        [old] = [one for one in atom.findall(f"{ATOM}entry") if one.findtext(f"{ATOM}id") == URN]
        assert old.findtext(f"{ATOM}updated") == deleted.get("when") == "2026-11-23T12:01:03Z"
        [item] = [one for one in json.loads(await world.body(f"{base}feed/json/"))["items"] if one["id"] == URN]
        assert item["_newswire"] == {"withdrawn": True}
        assert item["date_modified"] == "2026-11-23T12:01:03Z"
    await world.settle(hours=24 * 30 + 1)
    for path in ("/feed/", "/section/town/feed/atom/", "/updates/feed/json/"):
        assert URN not in await world.body(path)


async def test_a_killed_story_is_not_shown_again_by_a_late_revision(world: World) -> None:
    await world.take(killed("alpha", 1, revision=3))
    assert await world.take(enriched("alpha", 1, revision=2)) == [[]]
    assert "/2026/11/23/alpha/" not in world.routes


async def test_a_kill_of_a_story_that_nobody_saw_leaves_no_tombstone(world: World) -> None:
    [[event]] = await world.take(killed("alpha", 1))
    assert isinstance(event, ListsRendered)
    assert event.killed
    assert URN not in await world.body("/updates/feed/")


async def test_a_kill_that_comes_again_is_told_again_and_an_older_one_is_not(world: World) -> None:
    await world.take(enriched("alpha", 1))
    await world.take(killed("alpha", 1))
    [[again]] = await world.take(killed("alpha", 1))
    assert isinstance(again, ListsRendered)
    assert "/section/town/" in {route.path for route in again.routes}
    await world.take(enriched("alpha", 1, revision=3))
    assert await world.take(killed("alpha", 1)) == [[]]
    assert "Headline alpha" in await world.body("/")


async def test_a_revived_story_has_no_tombstone(world: World) -> None:
    await world.take(enriched("alpha", 1))
    await world.take(killed("alpha", 1))
    await world.take(enriched("alpha", 1, revision=3, action="revive"))
    for path in ("/feed/", "/updates/feed/"):
        assert "Withdrawn" not in (await world.body(path)).replace("Corrections and withdrawals", "")
    assert "Headline alpha" in await world.body("/feed/")


async def test_a_kill_takes_references_and_related_cards_of_other_stories_with_it(world: World) -> None:
    await world.take(enriched("alpha", 1), enriched("beta", 2, body=also("alpha"), related=(story_id("alpha"),)))
    assert (await world.body("/2026/11/23/beta/")).count("Headline alpha") >= 2
    [[event]] = await world.take(killed("alpha", 1))
    assert isinstance(event, ListsRendered)
    assert "/2026/11/23/beta/" in {route.path for route in event.routes}
    page = await world.body("/2026/11/23/beta/")
    assert "Headline alpha" not in page
    assert "what the publisher wrote" not in page
    assert "READ ALSO" not in page


async def test_corrections_are_marked_and_listed_in_the_feed_of_updates(world: World) -> None:
    await world.take(enriched("alpha", 1), enriched("beta", 2))
    await world.take(enriched("alpha", 1, revision=2, action="correct", note="The bridge is 40 m long."))
    for path in ("/feed/", "/feed/atom/", "/feed/json/", "/2026/11/23/alpha/", "/updates/feed/"):
        assert "The bridge is 40 m long." in await world.body(path)
    updates = feedparser.parse(await world.body("/updates/feed/"))
    assert [one.title for one in updates.entries] == ["Correction: Headline alpha"]
    assert updates.entries[0].id == URN


async def test_a_page_beyond_the_last_does_not_keep_what_it_showed(world: World) -> None:
    await world.take(*(enriched(f"s{number}", number) for number in range(2, 22)), enriched("alpha", 1))
    await world.settle()
    assert "Headline alpha" in await world.body("/page/2/")
    await world.take(killed("alpha", 1))
    assert "Headline alpha" not in await world.body("/archive/2026/11/")
    for path in ("/page/2/", "/section/town/page/2/", "/archive/2026/11/page/2/"):
        assert not world.routes[path].key, path


async def test_a_kill_that_overtook_its_story_leaves_the_same_traces(world: World) -> None:
    gone = killed("alpha", 1, revision=2)
    stood = (FormerList(key="archive/2026/11"), FormerList(key="section/town", name="Town"))
    await world.take(gone.model_copy(update={"head": gone.head.model_copy(update={"listed_before": stood})}))
    await world.settle()
    for path in ("/feed/", "/section/town/feed/atom/", "/updates/feed/json/"):
        assert URN in await world.body(path)
    assert "Town" in await world.body("/section/town/")
    assert "/archive/2026/11/" in world.routes


async def test_a_kill_of_what_nobody_has_seen_leaves_none(world: World) -> None:
    gone = killed("alpha", 1, revision=2)
    await world.take(gone.model_copy(update={"head": gone.head.model_copy(update={"hidden": True})}))
    await world.settle()
    assert not [path for path in world.routes if "town" in path or "archive" in path]
    for path in world.routes:
        assert URN not in await world.body(path)
