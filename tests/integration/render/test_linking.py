"""Do pages follow the stories and comments that they show?"""

from datetime import timedelta
from xml.etree import ElementTree as ET

from shared.events import ApprovedComment, CommentsChanged, Fragment, Reference, StoryRendered
from tests.integration.render.conftest import AT, World, also, enriched, expired, killed, story_id


def comments(name: str, version: int, *texts: str) -> CommentsChanged:
    told = tuple(
        ApprovedComment(id=number, name="Bea", html=f"<p>{text}</p>", at=AT + timedelta(hours=number))
        for number, text in enumerate(texts, 1)
    )
    return CommentsChanged(story_id=story_id(name), version=version, comments=told, at=AT)


async def test_a_reference_is_plain_text_until_its_target_arrives_and_follows_its_headline(world: World) -> None:
    await world.take(enriched("beta", 2, body=also("alpha")))
    assert "what the publisher wrote" in await world.body("/2026/11/23/beta/")
    await world.take(enriched("alpha", 1))
    await world.settle()
    page = await world.body("/2026/11/23/beta/")
    assert '<a href="/2026/11/23/alpha/">Headline alpha</a>' in page
    await world.take(enriched("alpha", 1, revision=2, headline="Another name"))
    await world.settle()
    assert '<a href="/2026/11/23/alpha/">Another name</a>' in await world.body("/2026/11/23/beta/")


async def test_a_reference_by_address_finds_our_path_a_former_path_and_a_canonical_url(world: World) -> None:
    addresses = ("http://site.example/2026/11/23/alpha", "/old/alpha/", "https://elsewhere.example/a?x=1")
    body = (Fragment(html="<p>x</p>"), *(Reference(address=one, text=f"text {one}") for one in addresses))
    await world.take(enriched("beta", 2, body=body))
    await world.take(enriched("alpha", 1, redirects=("/old/alpha/",), canonical_url="https://elsewhere.example/a?x=1"))
    await world.settle()
    assert (await world.body("/2026/11/23/beta/")).count('<a href="/2026/11/23/alpha/">Headline alpha</a>') == 3


async def test_pages_that_show_an_expired_or_moved_story_follow(world: World) -> None:
    await world.take(enriched("alpha", 1), enriched("beta", 2, body=also("alpha"), related=(story_id("alpha"),)))
    await world.take(enriched("alpha", 1, revision=2, path="/2026/11/23/new/"))
    await world.settle()
    assert "/2026/11/23/new/" in await world.body("/2026/11/23/beta/")
    await world.take(expired("alpha", 1, revision=3))
    await world.settle()
    assert "Headline alpha" not in await world.body("/2026/11/23/beta/")


async def test_approved_comments_are_on_the_page_and_in_both_feeds(world: World) -> None:
    await world.take(enriched("alpha", 1))
    [[event]] = await world.take(comments("alpha", 1, "First!"))
    assert isinstance(event, StoryRendered)
    assert (event.comments_version, event.head.revision) == (1, 1)
    for path in ("/2026/11/23/alpha/", "/2026/11/23/alpha/feed/", "/comments/feed/"):
        assert "First!" in await world.body(path)
    ET.fromstring(await world.body("/comments/feed/"))  # noqa: S314 - our own bytes
    [[again]] = await world.take(enriched("alpha", 1, revision=2))
    assert isinstance(again, StoryRendered)
    assert again.comments_version == 1
    assert "First!" in await world.body("/2026/11/23/alpha/")


async def test_a_comment_keeps_its_id_in_feeds_when_its_story_moves(world: World) -> None:
    await world.take(enriched("alpha", 1))
    await world.take(comments("alpha", 1, "First!", "Second!"))
    before = [ids(await world.body(path)) for path in ("/2026/11/23/alpha/feed/", "/comments/feed/")]
    assert before[0] == before[1]
    assert len(set(before[0])) == 2
    await world.take(enriched("alpha", 1, revision=2, path="/2026/11/23/new/"))
    after = [ids(await world.body(path)) for path in ("/2026/11/23/new/feed/", "/comments/feed/")]
    assert after == before


async def test_the_feed_of_a_story_has_its_newest_comments_and_says_what_it_is(world: World) -> None:
    await world.take(enriched("alpha", 1))
    await world.take(comments("alpha", 1, *(f"Number {number}." for number in range(60))))
    channel = ET.fromstring(await world.body("/2026/11/23/alpha/feed/"))[0]  # noqa: S314 - our own bytes
    said = [str(one.findtext("{http://purl.org/rss/1.0/modules/content/}encoded")) for one in channel.iter("item")]
    assert [text.strip("<p/>") for text in said] == [f"Number {number}." for number in range(59, 9, -1)]
    assert channel.findtext("description")


async def test_a_story_with_many_comments_shows_the_first_fifty_and_leads_on(world: World) -> None:
    own = "/2026/11/23/alpha/"
    await world.take(enriched("alpha", 1, canonical_url="https://elsewhere.example/a"))
    many = [f"Number {number}." for number in range(1, 121)]
    [[event]] = await world.take(comments("alpha", 1, *many))
    assert isinstance(event, StoryRendered)
    pages = {f"{own}comment-page-{number}/": "comments" for number in (2, 3)}
    brought = {route.path: route.kind for route in event.routes if route.path.startswith(own)}
    assert brought == {own: "story", f"{own}feed/": "comments", **pages}
    story, second, third = [await world.body(path) for path in (own, *pages)]
    for page, (first, last) in ((story, (1, 50)), (second, (51, 100)), (third, (101, 120))):
        shown = [number for number in range(1, 121) if f'<li id="comment-{number}"' in page]
        assert (shown[0], shown[-1], len(shown)) == (first, last, last - first + 1)
        assert "120 comments" in page
        assert f'action="{own}comments"' in page
    assert f'rel="next" href="{own}comment-page-2/#comments"' in story
    assert f'rel="prev" href="{own}#comments"' in second
    assert f'rel="next" href="{own}comment-page-3/#comments"' in second
    assert 'rel="next"' not in third
    assert '<link rel="canonical" href="https://elsewhere.example/a">' in third
    for feed in (f"{own}feed/", "/comments/feed/"):
        links = [one.findtext("link") for one in ET.fromstring(await world.body(feed)).iter("item")]  # noqa: S314 - ours
        assert links[0] == f"http://site.example{own}comment-page-3/#comment-120"
        assert links[-1] == f"http://site.example{own}comment-page-2/#comment-71"
    # What is taken away leaves the feed of the site to what was below it.
    await world.take(comments("alpha", 2, *many[:40]))
    assert "comment-page" not in await world.body("/comments/feed/")
    assert "comment-page" not in await world.body(own)
    assert "Number 1." in await world.body("/comments/feed/")


def ids(feed: str) -> list[str | None]:
    """The ids in a feed."""
    return [one.text for one in ET.fromstring(feed).iter("guid") if one.get("isPermaLink") == "false"]  # noqa: S314 - ours


async def test_older_comments_answer_nothing_and_equal_ones_are_told_again(world: World) -> None:
    await world.take(enriched("alpha", 1))
    await world.take(comments("alpha", 2, "a", "b"))
    assert await world.take(comments("alpha", 1, "a")) == [[]]
    [[again]] = await world.take(comments("alpha", 2, "a", "b"))
    assert isinstance(again, StoryRendered)


async def test_comments_that_come_before_their_story_wait_for_it(world: World) -> None:
    assert await world.take(comments("alpha", 1, "Early")) == [[]]
    [[event]] = await world.take(enriched("alpha", 1))
    assert isinstance(event, StoryRendered)
    assert event.comments_version == 1
    assert "Early" in await world.body("/2026/11/23/alpha/")
    assert "Early" in await world.body("/comments/feed/")


async def test_comments_of_a_killed_story_are_nowhere(world: World) -> None:
    await world.take(enriched("alpha", 1))
    await world.take(comments("alpha", 1, "First!"))
    await world.take(killed("alpha", 1))
    assert "First!" not in await world.body("/comments/feed/")
    assert await world.take(comments("alpha", 2, "First!", "Second!")) == [[]]
    assert "Second!" not in await world.body("/comments/feed/")


async def test_what_enrich_tells_again_reaches_readers_also_when_the_answer_is_forgotten(world: World) -> None:
    await world.take(enriched("alpha", 1), enriched("beta", 2))
    await world.settle()
    better = enriched("beta", 2, body=also("alpha")).model_copy(update={"at": AT + timedelta(seconds=1)})
    await world.steps.enriched([better])  # a Redis that is flushed now has the answer, nobody else
    await world.settle()
    assert '<a href="/2026/11/23/alpha/">Headline alpha</a>' in await world.body("/2026/11/23/beta/")
