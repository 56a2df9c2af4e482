"""Does search find what it should, the same on both databases, and survive what people type?"""

from datetime import UTC, datetime, timedelta

import feedparser  # type: ignore[import-untyped]  # it has no types
from lxml import etree, html  # type: ignore[import-untyped]  # it has none either

from tests.integration.site.conftest import Site, people, story_id, terms
from tests.valid.feeds import problems


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
    "%_[a-z]^$.*+?{1,9}|()",
    "\u202eferry\u202c \u200f\u2066",
    '""" \'\'\' ``` "unbalanced',
    "ferry" + " OR ferry" * 2_000,
    '"' + "the " * 3_000 + '"',
    "-" * 10_000,
    "*" * 10_000,
    "ferry*" * 1_500,
    "\ufdfa" * 2_000,
    "e" + "\u0301" * 3_000,
    "橋" * 2_000,
    "'); DROP TABLE documents; --",
    "<-> & | ! :A :*",
    "·ferry §section·town ¶",
]
DAYS = [
    "0001-01-01",
    "9999-12-31",
    "2026-02-30",
    "2026-W48-1",
    "20261122",
    "-1",
    "2026-11-22T00:00:00Z",
    "\x00",
    "\u0662\u0660\u0662\u0666-11-22",
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
        feed = feedparser.parse((await site.client.get("/search", params=asked | {"format": "rss"})).content)
        assert (query, feed.bozo) == (query, False)
    for day in DAYS:
        answer = await site.client.get("/search", params={"q": "ferry", "from": day, "to": day})
        assert (day, answer.status_code) == (day, 200)


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


async def test_a_filter_is_a_slug_or_a_name(site: Site) -> None:
    await site.publish("a", text="A", sections=terms("économie"), authors=people("mara-lind"), tags=terms("世界"))
    for query in ("section=economie", "section=Économie", "author=Mara+Lind", "author=mara-lind", "tag=世界"):
        assert (query, await found(site, query)) == (query, ["a"])
    assert await found(site, "section=econ") == []
    assert await found(site, "section=!!!") == []


async def test_who_finds_nothing_is_told_what_to_ask_instead(site: Site) -> None:
    await library(site)
    page = html.fromstring((await site.get("/search?q=harbuor&section=port")).text)
    [link] = page.xpath("//p[@class='suggestion']/a")
    assert (link.text, link.get("href")) == ("harbour", "/search?q=harbour&section=port")
    assert await found(site, link.get("href").partition("?")[2]) == ["harbour"]
    page = html.fromstring((await site.get("/search?q=harbour&section=town")).text)
    assert page.xpath("//p[@class='suggestion']/a/@href") == ["/search?q=harbour"]
    assert "did you mean" not in (await site.get("/search?q=qxwvk")).text.lower()


async def test_nothing_of_a_withdrawn_or_an_expired_story_is_found_or_suggested(site: Site) -> None:
    await site.publish("secret", headline="Zanzibargate", text="The zanzibargate affair", tags=terms("zanzibar"))
    await site.publish("late", headline="Vespertine", text="Vespertine news")
    await site.bus.take(site.newsroom.killed("secret"))
    await site.bus.take(await site.newsroom.expired("late"))
    for query in ("q=zanzibargate", "q=zanz*", "q=z*", "tag=zanzibar", "q=zanzibargat", "q=vespertine", "q=vespertin"):
        page = (await site.get(f"/search?{query}")).text.replace(query.partition("=")[2].strip("*"), "…").lower()
        assert (query, "zanzibar" in page, "vespertine" in page) == (query, False, False)
        assert await found(site, query) == []


async def test_any_search_is_a_feed(site: Site) -> None:
    batch = [
        await site.newsroom.rendered(
            f"story-{number}",
            headline="Bridge & ferry" if number < 3 else "News",
            text=f"Bridge {number}",
            authors=people("mara-lind"),
            sections=terms("town"),
            published_at=datetime(2026, 11, 1, tzinfo=UTC) + timedelta(hours=number),
        )
        for number in range(25)
    ]
    await site.bus.take(*batch)
    page = html.fromstring((await site.get("/search?q=bridge")).text)
    [address] = page.xpath("//link[@rel='alternate'][@type='application/rss+xml']/@href")
    answer = await site.get(address)
    feed = feedparser.parse(answer.content)
    assert not feed.bozo
    assert answer.headers["content-type"] == "application/rss+xml; charset=utf-8"
    # Who follows a search misses nothing new, although what is old is more about it.
    assert {entry.title for entry in feed.entries} == {"News"}
    assert {entry.id for entry in feed.entries} == {
        f"urn:uuid:{story_id(f'story-{number}')}" for number in range(5, 25)
    }
    assert (feed.feed.opensearch_totalresults, feed.feed.opensearch_itemsperpage) == ("25", "20")
    assert {entry.author for entry in feed.entries} == {"Mara-Lind"}
    assert "&lt;mark&gt;Bridge&lt;/mark&gt; 24" in answer.text
    links = {link.rel: link.href for link in feed.feed.links}
    assert links["self"] == site.lent.settings.public_url + "/search?q=bridge&format=rss"
    older = feedparser.parse((await site.client.get(links["next"])).content)
    assert {entry.title for entry in older.entries} == {"Bridge & ferry", "News"}
    assert (await site.get(address, If_None_Match=answer.headers["etag"])).status_code == 304
    assert (await site.get(address, If_Modified_Since=answer.headers["last-modified"])).status_code == 304


async def test_a_feed_of_a_search_says_where_it_is_in_the_words_of_who_asks_and_a_browser_can_show_it(
    site: Site,
) -> None:
    await site.publish("a", text="Tea & <b>bridge</b> “é”", sections=terms("tea"), authors=people("mara-lind"))
    for query in ("format=rss&q=bridge", "q=%22tea%22+é&section=tea&format=rss&x=<'&%22", "q=&section=tea&format=rss"):
        answer = await site.get(f"/search?{query}")
        assert "Mara-Lind" in answer.text
        assert problems(answer.content, str(answer.url)) == []
    shown = await site.get("/search?q=bridge&format=rss", Accept="text/html,*/*;q=0.8")
    assert shown.headers["content-type"] == "application/xml; charset=utf-8"
    assert "accept" in shown.headers["vary"].split(", ")
    root = etree.fromstring(shown.content)
    told = "{http://www.w3.org/1999/xhtml}"
    assert [one.text for one in root.iter(f"{told}h1")] == ["Newswire: bridge"]
    assert [one.get("href") for one in root.iter(f"{told}a")] == [f"{site.lent.settings.public_url}/2026/11/23/a/"]
    assert ["Tea & <b>bridge</b> “é”" in (one.text or "") for one in root.iterfind(f".//item/{told}p")] == [True]


async def test_a_page_beyond_the_last_leads_back(site: Site) -> None:
    await site.publish("bridge", text="Bridge")
    page = html.fromstring((await site.get("/search?q=bridge&page=9")).text)
    assert page.xpath("//a[@rel='prev']/@href") == ["/search?q=bridge"]
    assert "Nothing found" not in page.text_content()


async def test_results_come_in_pages(site: Site) -> None:
    batch = [await site.newsroom.rendered(f"story-{number}", text=f"Bridge {number}") for number in range(25)]
    await site.bus.take(*batch)
    assert len(await found(site, "q=bridge")) == 20
    assert len(await found(site, "q=bridge&page=2")) == 5
    assert "page=2" in (await site.get("/search?q=bridge")).text
