"""Does search find what it should, the same on both databases, and survive what people type?"""

from datetime import UTC, datetime, timedelta

from tests.integration.site.conftest import Site, people, story_id, terms


async def library(site: Site) -> None:
    await site.publish(
        "ferry",
        text="The ferry of Zażółć returns",
        sections=terms("town"),
        tags=terms("boats"),
        authors=people("mara-lind"),
        published_at=datetime(2026, 11, 1, 12, tzinfo=UTC),
    )
    await site.publish(
        "harbour",
        text="Harbour closed",
        dek="No ferry today",
        sections=terms("port"),
        published_at=datetime(2026, 11, 22, 22, 30, tzinfo=UTC),
    )
    await site.publish(
        "tokyo", text="東京の新しい橋", sections=terms("world"), published_at=datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    )


TABLE = [
    ("q=ferry", ["ferry", "harbour"]),
    ("q=ferries", []),
    ("q=ferr", ["ferry", "harbour"]),
    ("q=fe*", ["ferry", "harbour"]),
    ("q=zazolc", ["ferry"]),
    ("q=ZAŻÓŁĆ", ["ferry"]),
    ("q=%22ferry of%22", ["ferry"]),
    ("q=%22of returns%22", []),
    ("q=ferry -harbour", ["ferry"]),
    ("q=東京", ["tokyo"]),
    ("q=Lind", ["ferry"]),
    ("q=&section=port", ["harbour"]),
    ("q=ferry&section=port", ["harbour"]),
    ("q=&tag=boats&author=mara-lind", ["ferry"]),
    ("q=&from=2026-11-22&to=2026-11-22", ["harbour"]),
    ("q=&from=2026-11-23", ["tokyo"]),
    ("q=&to=2026-11-01", ["ferry"]),
    ("q=the&to=1999-01-01", []),
]


async def test_a_section_that_becomes_a_tag_of_the_same_name_is_found_as_that(site: Site) -> None:
    await site.publish("ferry", 1, text="The ferry", sections=terms("town"))
    await site.publish("ferry", 2, text="The ferry", tags=terms("town"))
    assert "The ferry" in (await site.get("/search?q=&tag=town")).text
    assert "The ferry" not in (await site.get("/search?q=&section=town")).text


async def test_stories_of_one_moment_come_in_one_order_whichever_was_heard_of_first(site: Site) -> None:
    for name, revision in (("b", 1), ("c", 1), ("a", 1), ("b", 2)):
        await site.publish(name, revision, text=f"Ferry {name} {revision}")
    found = (await site.get("/search?q=ferry")).text
    places = {name: found.index(f"/2026/11/23/{name}/") for name in "abc"}
    assert sorted(places, key=places.__getitem__) == sorted("abc", key=lambda name: str(story_id(name)))


HOSTILE = [
    '"',
    "'",
    "*",
    "(",
    "NEAR(a b)",
    "a AND OR NOT",
    "headline:x",
    "a:*",
    "\\",
    "' OR 1=1 --",
    "%",
    "🦊",
    "-",
    '-"',
    "\x00x",
    "a" * 3000,
    "<script>alert(1)</script>",
    "a\u0301 & | !",
    "😀*",
]


async def found(site: Site, query: str) -> list[str]:
    text = (await site.get(f"/search?{query}&format=rss")).text
    return [part.split("/2026/11/23/")[1].split("/")[0] for part in text.split("<item>")[1:]]


async def test_words_phrases_filters_and_days(site: Site) -> None:
    await library(site)
    for query, stories in TABLE:
        assert (query, sorted(await found(site, query))) == (query, stories)


async def test_the_headline_counts_more_than_the_text_and_the_new_more_than_the_old(site: Site) -> None:
    day = datetime(2026, 11, 20, tzinfo=UTC)
    text = "Words about other things, and then a bridge. " + "More words. " * 50
    filler = [await site.newsroom.rendered(f"filler-{number}", text=f"Filler {number}") for number in range(10)]
    await site.bus.take(*filler)
    await site.publish("body", headline="Other things", text=text, published_at=day)
    await site.publish("old", headline="A bridge", text=text, published_at=day - timedelta(days=400))
    await site.publish("new", headline="A bridge", text=text, published_at=day)
    assert await found(site, "q=bridge") in (["new", "body", "old"], ["new", "old", "body"])


async def test_nothing_that_is_typed_breaks_the_search(site: Site) -> None:
    await library(site)
    for query in HOSTILE:
        asked = {"q": query, "page": "-1", "from": "x", "to": "9999-12-31", "section": query}
        answer = await site.client.get("/search", params=asked)
        assert (query, answer.status_code) == (query, 200)
        assert "<script>alert" not in answer.text


async def test_hits_show_where_the_words_are_and_gone_stories_are_not_found(site: Site) -> None:
    await library(site)
    assert "<mark>ferry</mark>" in (await site.get("/search?q=ferry")).text
    await site.bus.take(site.newsroom.killed("ferry"))
    await site.publish("harbour", 2, text="All quiet")
    assert await found(site, "q=ferry") == []
    assert await found(site, "q=quiet") == ["harbour"]
    assert await found(site, "q=closed") == []
    await site.publish("ferry", 3, text="The ferry is back")
    assert await found(site, "q=ferry") == ["ferry"]


async def test_results_come_in_pages(site: Site) -> None:
    batch = [await site.newsroom.rendered(f"story-{number}", text=f"Bridge {number}") for number in range(25)]
    await site.bus.take(*batch)
    assert len(await found(site, "q=bridge")) == 20
    assert len(await found(site, "q=bridge&page=2")) == 5
    assert "page=2" in (await site.get("/search?q=bridge")).text
