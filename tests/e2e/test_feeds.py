"""Are feeds what feed readers expect, with the same stories under the same ids in each format?"""

from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import feedparser  # type: ignore[import-untyped]  # it has no types
import httpx
import pytest
from lxml import etree  # type: ignore[import-untyped]  # it has no types

from shared import clock
from tests.servers.publisher import Publisher, path_of

PLACES = ("", "section/ballads/", "tag/ballad/", "author/bea-lute/")
ATOM = {"a": "http://www.w3.org/2005/Atom"}
KINDS = {"": "application/rss+xml", "atom/": "application/atom+xml", "json/": "application/feed+json"}


@pytest.fixture(scope="module")
def ballad(desk: Publisher) -> dict[str, Any]:
    """A story whose feed entries have much to get wrong."""
    return desk.put(
        "ballad",
        headline="Ballads & <b>bells</b>: “now” ]]> 𝄞",
        dek="Five < six & seven.",
        body_html='<p>A <a href="/about/">link</a>, <em>so</em> &amp; more ]]&gt; <script>evil()</script></p>',
        sections=["Ballads"],
        tags=["Ballad"],
        authors=[{"name": "Bea Lute", "url": "https://lute.example/"}],
        language="de",
    )


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("form", KINDS)
def test_feed_readers_understand_every_feed(desk: Publisher, ballad: dict[str, Any], place: str, form: str) -> None:
    page = desk.get(f"/{place}feed/{form}")
    assert page.headers["content-type"].startswith(KINDS[form])
    assert page.headers["cache-control"] == "public, no-cache"
    assert page.headers["etag"].startswith('"')
    assert parsedate_to_datetime(page.headers["last-modified"]) <= clock.now() + timedelta(seconds=1)
    read = feedparser.parse(page.content, response_headers={"content-type": page.headers["content-type"]})
    entry = next(one for one in _entries(page, read) if one["id"] == f"urn:uuid:{ballad['story_id']}")
    assert entry["title"] == "Ballads & <b>bells</b>: “now” ]]> 𝄞"
    assert entry["link"] == ballad["links"]["page"]
    assert f'href="{desk.wire.url}/about/"' in entry["content"]
    assert "<em>so</em>" in entry["content"]
    assert "evil" not in entry["content"]
    without = desk.get(f"/{place}feed/{form}".rstrip("/"))
    assert (without.status_code, without.headers["location"]) == (301, f"/{place}feed/{form}")


def _entries(page: httpx.Response, read: Any) -> list[dict[str, str]]:
    if "json" in page.headers["content-type"]:
        told = page.json()
        assert told["version"] == "https://jsonfeed.org/version/1.1"
        assert told["feed_url"] == str(page.url)
        items = told["items"]
        assert all(one["date_published"] and one["url"] for one in items if not one["_newswire"].get("withdrawn"))
        names = {"id": "id", "title": "title", "url": "link", "content_html": "content"}
        return [{mine: one.get(theirs, "") for theirs, mine in names.items()} for one in items]
    assert not read.bozo, read.get("bozo_exception")
    root = etree.fromstring(page.content)
    found = []
    for one in root.iter("item"):
        guid = one.find("guid")
        assert guid is not None
        assert guid.get("isPermaLink") == "false"
        texts = {name: one.findtext(name) or "" for name in ("title", "link")}
        content = one.findtext("{http://purl.org/rss/1.0/modules/content/}encoded") or ""
        found.append({"id": guid.text or "", **texts, "content": content})
    for one in root.iter("{http://www.w3.org/2005/Atom}entry"):
        told = {name: one.findtext(f"a:{name}", "", ATOM) for name in ("id", "title", "content", "updated")}
        assert told["updated"]
        link = one.find("a:link", ATOM)
        found.append({**told, "link": str(link.get("href")) if link is not None else ""})
    assert len({one["id"] for one in found}) == len(found)
    return found


def test_a_feed_has_the_newest_fifty(desk: Publisher) -> None:
    desk.push_all(
        (
            f"fifty-{place}",
            {
                "headline": f"Verse {place:02}",
                "tags": ["fifty"],
                "published_at": f"2026-01-02T{place % 24:02}:{place:02}:00Z",
            },
        )
        for place in range(54)
    )
    items = desk.until("/tag/fifty/feed/json/", there="Verse 53").json()["items"]
    assert len(items) == 50
    dates = [one["date_published"] for one in items]
    assert dates == sorted(dates, reverse=True)
    for form in ("", "atom/"):
        assert len(feedparser.parse(desk.get(f"/tag/fifty/feed/{form}").content).entries) == 50


def test_the_id_of_a_story_never_changes(desk: Publisher) -> None:
    first = desk.put("idem", headline="First verse", slug="first-verse", tags=["idem"])
    desk.put("idem", headline="Second verse", slug="second-verse", tags=["idem"])
    items = desk.until("/tag/idem/feed/json/", there="Second verse").json()["items"]
    assert [one["id"] for one in items] == [f"urn:uuid:{first['story_id']}"]


def test_corrections_have_a_feed_and_a_page_of_their_own(desk: Publisher) -> None:
    told = desk.put("wrong-verse", headline="The third verse")
    desk.act("wrong-verse", "correct", note="It was the <fourth>.", kind="clarification")
    for form in KINDS:
        text = desk.until(f"/updates/feed/{form}", there=told["story_id"]).text
        assert "The third verse" in text
        assert "Clarification" in text
    assert "It was the &lt;fourth&gt;." in desk.get("/corrections/").text
    page = desk.get(path_of(told)).text
    assert page.index("It was the &lt;fourth&gt;.") < page.index("whistled at dawn")
    entry = next(one for one in desk.get("/feed/json/").json()["items"] if one["id"] == f"urn:uuid:{told['story_id']}")
    assert "It was the &lt;fourth&gt;." in entry["content_html"]


def test_comments_have_feeds(desk: Publisher) -> None:
    told = desk.put("sung", headline="A song is sung")
    path = path_of(told)
    empty = feedparser.parse(desk.get(f"{path}feed/").content)
    assert (empty.bozo, len(empty.entries)) == (False, 0)
    said = {"name": "Ben & Co", "email": "ben.hidden@example.org", "comment": "Out of <tune>"}
    held = httpx.post(desk.url(f"{path}comments"), json=said).json()
    with desk.wire.client() as admin:
        admin.post(f"/v1/comments/{held['id']}/approve").raise_for_status()
    for address in (f"{path}feed/", "/comments/feed/"):
        text = desk.until(address, there="Out of &lt;tune&gt;").text
        read = feedparser.parse(text)
        assert not read.bozo
        entry = next(one for one in read.entries if "tune" in one.content[0].value)
        assert entry.link.startswith(f"{told['links']['page']}#comment-")
        assert "ben.hidden" not in text


def test_sitemaps_list_what_may_be_listed(desk: Publisher) -> None:
    told = desk.put("mapped", headline="A map <of> & maps", language="zh-Hant")
    paid = desk.put("paid", headline="Buy kettles", sponsored=True)
    old = desk.put("old-map", headline="An old map", published_at="2026-01-01T00:00:00Z")
    text = desk.until("/news-sitemap.xml", there=told["links"]["page"]).text
    assert paid["links"]["page"] not in text
    assert old["links"]["page"] not in text
    news = {"n": "http://www.google.com/schemas/sitemap-news/0.9", "s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
    for row in etree.fromstring(text.encode()).iterfind("s:url", news):
        assert row.findtext("n:news/n:publication/n:name", namespaces=news) == "The Testwell Courier"
        assert row.findtext("n:news/n:publication_date", namespaces=news)
        if row.findtext("s:loc", namespaces=news) == told["links"]["page"]:
            assert row.findtext("n:news/n:title", namespaces=news) == "A map <of> & maps"
            assert row.findtext("n:news/n:publication/n:language", namespaces=news) == "zh-tw"
    index = etree.fromstring(desk.get("/sitemap.xml").content)
    files = [str(one.text) for one in index.iterfind("s:sitemap/s:loc", news)]
    whole = "".join(desk.get(one).text for one in files)
    desk.until(files[-1], there=told["links"]["page"])
    whole = "".join(desk.get(one).text for one in files)
    assert all(one["links"]["page"] in whole for one in (told, paid, old))


def test_machines_find_their_way(desk: Publisher) -> None:
    robots = desk.get("/robots.txt")
    assert robots.headers["content-type"].startswith("text/plain")
    assert f"Sitemap: {desk.wire.url}/sitemap.xml" in robots.text
    search = desk.get("/opensearch.xml")
    assert "opensearchdescription+xml" in search.headers["content-type"]
    root = etree.fromstring(search.content)
    assert root.tag == "{http://a9.com/-/spec/opensearch/1.1/}OpenSearchDescription"
    front = desk.get("/").text
    for address in ("/opensearch.xml", "/feed/", "/feed/atom/", "/feed/json/"):
        assert f'href="{address}"' in front
