"""Are feeds well formed, whatever is in a story?"""

import gzip
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from uuid import UUID
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import feedparser  # type: ignore[import-untyped]  # it has no types
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html  # type: ignore[import-untyped]  # it has no types

from services.render.domain import atom, json_feed, rss
from services.render.domain.entry import entry
from services.render.domain.feed import FeedHead, Frame, Piece, Tombstone, standing
from services.render.domain.json_ld import json_ld
from services.render.domain.markup import absolute, clean, escape
from services.render.domain.site import Site
from services.render.domain.sitemaps import iso639, opensearch
from services.render.domain.splice import LARGE, deflated, spliced
from services.render.domain.words import words
from services.render.handlers.feeds import discovery
from shared.events import Article, Fragment, HistoryEntry, Person, Reference, StoryHead, Term

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
SITE = Site("A & B", "http://site.example", "en", ZoneInfo("UTC"))
WORDS = words({})
HEAD = FeedHead("T & t", "d", "en", "http://site.example/", "http://site.example/feed/", None)
ID = UUID("6a5d21b7-47a0-53de-91ae-af107110e38d")


def head(**more: object) -> StoryHead:
    values = {
        "story_id": ID,
        "publisher": "desk",
        "publisher_name": "Desk",
        "external_id": "a",
        "revision": 1,
        "action": "publish",
        "ordinal": 1,
        "accepted_at": AT,
        "published_at": AT,
        "path": "/2026/11/23/a/",
        "history": (HistoryEntry(revision=1, action="publish", at=AT),),
    }
    return StoryHead.model_validate(values | more)


def article(**more: object) -> Article:
    values = {
        "headline": "H",
        "dek": "D",
        "body": (Fragment(html="<p>B</p>"),),
        "text": "B",
        "word_count": 1,
        "reading_minutes": 1,
        "language": "en",
    }
    return Article.model_validate(values | more)


def pieces(*bodies: bytes) -> list[Piece]:
    return [Piece(0, -number, 0, body, deflated(body)) for number, body in enumerate(bodies)]


def feed(frame: Frame, *bodies: bytes) -> bytes:
    return spliced(frame, pieces(*bodies))[0]


@given(text=st.text(min_size=1), markup=st.text())
def test_no_text_breaks_a_feed_or_the_data_in_a_script(text: str, markup: str) -> None:
    one = entry(
        head(),
        article(
            headline=text,
            dek=text,
            body=(Fragment(html=markup),),
            authors=(Person(slug="x", name=text),),
            sections=(Term(slug="y", name=text),),
        ),
        None,
        SITE.url,
    )
    for frame, module in ((rss.frame(HEAD, SITE), rss), (atom.frame(HEAD, SITE), atom)):
        root = ET.fromstring(feed(frame, module.item(one, SITE, WORDS)))  # noqa: S314 - our own bytes
        title = root.find(".//item/title") if module is rss else root.find("{*}entry/{*}title")
        wanted = " ".join(clean(text).split())
        assert wanted == ("" if title is None or title.text is None else " ".join(title.text.split()))
    assert json.loads(feed(json_feed.frame(HEAD, SITE), json_feed.item(one, SITE, WORDS)))["items"][0]["id"] == one.urn
    data = json_ld(one, SITE)
    assert not set(data) & {"<", ">", "&", "\u2028", "\u2029"}
    assert json.loads(data)["@type"] == "NewsArticle"


@given(bodies=st.lists(st.binary(max_size=40_000), max_size=6), between=st.sampled_from([b"", b",\n"]))
def test_a_spliced_feed_unpacks_to_itself(bodies: list[bytes], between: bytes) -> None:
    frame = Frame(b"<" * LARGE, between, b">")
    body, zipped = spliced(frame, pieces(*bodies))
    assert (body, zipped is None) == (b"", False)
    assert gzip.decompress(zipped or b"") == b"<" * LARGE + between.join(bodies) + b">"


def test_a_small_feed_is_left_to_be_compressed_whole() -> None:
    assert spliced(Frame(b"<", b"", b">"), pieces(b"x")) == (b"<x>", None)


@given(order=st.permutations([Piece(at, n, 0, b"", b"") for at in (1, 2) for n in (1, 2, 3)]))
def test_the_newest_stands_first_and_of_equals_the_one_accepted_later(order: list[Piece]) -> None:
    assert [(one.sort_at, one.ordinal) for one in sorted(order, key=standing)] == [
        (2, 3),
        (2, 2),
        (2, 1),
        (1, 3),
        (1, 2),
        (1, 1),
    ]


def test_references_stay_out_of_feeds_and_links_to_our_own_pages_become_absolute() -> None:
    body = (Fragment(html='<p><a href="/a/">x</a><a href="//cdn.example/y">y</a></p>'), Reference(text="secret"))
    one = entry(head(), article(body=body), None, SITE.url)
    assert one.html == '<p><a href="http://site.example/a/">x</a><a href="http://cdn.example/y">y</a></p>'


@pytest.mark.parametrize(
    ("part", "whole"),
    [
        ('<img src="/media/x.jpg">', '<img src="http://site.example/media/x.jpg">'),
        ('<img alt="a" src="//cdn.example/x">', '<img alt="a" src="http://cdn.example/x">'),
        ('<q cite="/law/">x</q>', '<q cite="http://site.example/law/">x</q>'),
        (
            '<img srcset="/a.jpg 480w,/b.jpg 2x, //c.example/c,d.jpg 3x">',
            '<img srcset="http://site.example/a.jpg 480w,http://site.example/b.jpg 2x, http://c.example/c,d.jpg 3x">',
        ),
        ('<p>He wrote <code>a href="/x"</code></p>', '<p>He wrote <code>a href="/x"</code></p>'),
        ('<a href="https://else.example/" hreflang="de">x</a>', '<a href="https://else.example/" hreflang="de">x</a>'),
    ],
)
def test_every_address_in_a_feed_is_whole_and_text_that_looks_like_one_stays(part: str, whole: str) -> None:
    assert absolute(part, SITE.url) == whole


def test_a_correction_stands_on_top_and_names_its_kind_among_the_updates() -> None:
    note = HistoryEntry(
        revision=2, action="correct", note="It was <blue>.", kind="clarification", at=AT + timedelta(hours=1)
    )
    one = entry(head(revision=2, history=(*head().history, note)), article(), None, SITE.url)
    item = json.loads(json_feed.item(one, SITE, WORDS, update=True))
    assert item["title"] == "Clarification: H"
    assert item["content_html"].startswith("<p><strong>Clarification:</strong> It was &lt;blue&gt;.</p>")
    assert item["date_modified"] == "2026-11-23T13:00:00Z"
    assert json.loads(json_feed.item(one, SITE, WORDS))["title"] == "H"


def test_a_tombstone_says_only_that_it_is_withdrawn_and_why() -> None:
    gone = Tombstone(ID, "/2026/11/23/its-headline/", 1_700_000_000_000_000, "Note & <note>", 0, 1)
    item = json.loads(json_feed.tombstone(gone, WORDS))
    assert item["content_text"] == "Note & <note>"
    assert set(item) == {"id", "title", "content_text", "date_modified", "_newswire"}
    entries = ET.fromstring(feed(atom.frame(HEAD, SITE), atom.tombstone(gone, WORDS)))  # noqa: S314 - our own
    assert [one.tag.partition("}")[2] for one in entries][-2:] == ["entry", "deleted-entry"]
    for said in (rss.tombstone(gone, WORDS), atom.tombstone(gone, WORDS), json_feed.tombstone(gone, WORDS)):
        assert b"its-headline" not in said


@pytest.mark.parametrize(
    ("tag", "code"),
    [("en", "en"), ("en-GB", "en"), ("pt_BR", "pt"), ("zh-Hant-TW", "zh-tw"), ("zh-CN", "zh-cn"), ("zh", "zh")],
)
def test_the_news_sitemap_names_languages_as_iso_639(tag: str, code: str) -> None:
    assert iso639(tag) == code


def test_a_feed_without_entries_has_no_date_of_its_own() -> None:
    assert b"lastBuildDate" not in feed(rss.frame(HEAD, SITE))
    assert b"<updated>1970-01-01T00:00:00Z</updated>" in feed(atom.frame(HEAD, SITE))


def test_the_search_description_is_xml_with_a_template() -> None:
    assert b"/search?q={searchTerms}&amp;format=rss" in opensearch(SITE, "Search")
    ET.fromstring(opensearch(SITE, "Search"))  # noqa: S314 - our own bytes


def test_control_characters_vanish_and_markup_is_escaped() -> None:
    assert escape('a\x00b\x1f<"&>\ufffe') == "ab&lt;&quot;&amp;&gt;"


@pytest.mark.parametrize("module", [rss, atom, json_feed])
def test_a_publisher_may_be_told_in_summary_only_and_corrections_stay_marked(module: Any) -> None:
    note = HistoryEntry(revision=2, action="correct", note="It was <blue>.", at=AT)
    one = entry(
        head(revision=2, history=(*head().history, note)),
        article(dek="The dek & more.", body=(Fragment(html="<p>The whole story.</p>"),)),
        None,
        SITE.url,
    )
    brief = replace(SITE, in_full=lambda publisher: publisher != "desk")
    text = unescape(unescape(module.item(one, brief, WORDS).decode()))
    assert "The whole story." not in text
    assert "<strong>Correction:</strong> It was <blue>.</p>" in text
    assert "<p>The dek & more.</p>" in text
    assert "The whole story." in module.item(one, SITE, WORDS).decode()


def test_a_story_without_a_dek_is_described_by_how_it_begins() -> None:
    one = entry(head(), article(dek="", text="One  two\nthree " * 40), None, SITE.url)
    said = ET.fromstring(feed(rss.frame(HEAD, SITE), rss.item(one, SITE, WORDS))).findtext(".//item/description")  # noqa: S314 - our own
    assert said is not None
    assert said.startswith("One two three One two")
    assert said.endswith(" …")
    assert len(said) <= 302


@pytest.mark.parametrize("module", [rss, atom, json_feed])
def test_a_hub_is_named_where_there_is_one_and_never_by_what_it_does_not_tell_of(module: Any) -> None:
    told = replace(SITE, hub="https://hub.example/?a&b")
    shown = feed(module.frame(HEAD, told)).decode()
    assert "https://hub.example/?a" in shown
    assert ('rel="hub"' in shown) or json.loads(shown)["hubs"] == [
        {"type": "WebSub", "url": "https://hub.example/?a&b"}
    ]
    assert b"hub" not in feed(module.frame(HEAD, SITE))
    assert b"hub" not in feed(module.frame(replace(HEAD, archived=True), told))
    assert b"hub" not in feed(module.frame(replace(HEAD, hubbed=False), told))


def test_a_header_names_the_hub_as_the_document_does_where_it_can() -> None:
    said = {"Link": '<http://site.example/websub>; rel="hub", <http://site.example/feed/>; rel="self"'}
    assert discovery(HEAD, "http://site.example/websub") == said
    assert discovery(HEAD, "http://сайт.example/websub") == {}
    assert discovery(HEAD, None) == discovery(replace(HEAD, hubbed=False), "http://site.example/websub") == {}


def test_text_where_readers_expect_markup_is_still_that_text() -> None:
    for dek in ("Five < six & <b>seven</b> &amp; more", "Tom & Jerry", "a &lt b", "x<!--y", "2<3"):
        one = entry(head(), article(dek=dek), None, SITE.url)
        said = ET.fromstring(feed(rss.frame(HEAD, SITE), rss.item(one, SITE, WORDS))).findtext(".//item/description")  # noqa: S314 - our own
        assert html.fragment_fromstring(said, create_parent="p").text_content() == dek
        read = feedparser.parse(feed(atom.frame(HEAD, SITE), atom.item(one, SITE, WORDS)))
        assert read.entries[0].summary == dek
