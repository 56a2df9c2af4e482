"""Is a feed in a browser a page that people can read, and still the same feed?"""

from uuid import UUID

import feedparser  # type: ignore[import-untyped]  # it has no types
import pytest
from lxml import etree  # type: ignore[import-untyped]  # it has no types

from services.render.domain import atom, comments, rss
from services.render.domain.entry import entry
from services.render.domain.feed import FeedHead, Tombstone
from services.render.domain.splice import spliced
from services.site.domain.feed_view import asks, view
from shared.events import ApprovedComment, Person, Term
from tests.unit.render.test_feeds import AT, HEAD, ID, SITE, WORDS, article, head, pieces

XHTML = "{http://www.w3.org/1999/xhtml}"
GONE = Tombstone(ID, "/2026/11/23/its-headline/", 1_700_000_000_000_000, "Note & <note>", 0, 1)
SAID = {"feed_explained": "This is a <feed> & more:"}


@pytest.mark.parametrize("form", [rss, atom])
def test_a_feed_in_a_browser_has_a_heading_its_address_and_a_link_for_each_story(form: object) -> None:
    module = rss if form is rss else atom
    one = entry(
        head(),
        article(
            headline="Tea & <b>", authors=(Person(slug="x", name="X"),), tags=(Term(slug="y", name="<channel><item>"),)
        ),
        None,
        SITE.url,
    )
    plain, _ = spliced(module.frame(HEAD, SITE), pieces(module.item(one, SITE, WORDS), module.tombstone(GONE, WORDS)))
    shown = view(plain, SAID)
    root = etree.fromstring(shown)
    assert [one.text for one in root.iter(f"{XHTML}h1")] == ["T & t"]
    assert [one.text for one in root.iter(f"{XHTML}code")] == ["http://site.example/feed/"]
    assert "This is a <feed> & more:" in "".join(root.itertext())
    assert [(a.get("href"), a.text) for a in root.iter(f"{XHTML}a")] == [(one.url, "Tea & <b>")]
    before, after = feedparser.parse(plain), feedparser.parse(shown)
    assert not after.bozo
    told = [(one.id, one.title, one.get("link"), one.get("content"), one.summary) for one in after.entries]
    assert told == [(one.id, one.title, one.get("link"), one.get("content"), one.summary) for one in before.entries]
    if form is rss:
        assert [one.text for one in root.findall(f".//item/{XHTML}p")] == ["Note & <note>"]
    assert (after.feed.title, after.feed.link) == (before.feed.title, before.feed.link)


def test_a_feed_of_comments_has_a_view_too_and_one_that_has_no_items() -> None:
    told = comments.StoryComment(UUID(int=1), "/a/", "H & h", ApprovedComment(id=1, name="Ben", html="<p>x</p>", at=AT))
    for some, links in (((), []), ((told,), ["http://site.example/a/#comment-1"])):
        root = etree.fromstring(view(comments.feed(HEAD, some, SITE), SAID))
        assert [a.get("href") for a in root.iter(f"{XHTML}a")] == links
    assert view(b"<feed></feed>", SAID).startswith(b"<feed><header")


def test_headlines_cannot_add_markup_to_a_view() -> None:
    hostile = FeedHead('"><script>x</script>', "", "en", "http://x/", 'http://x/"><script>', None)
    assert b"<script" not in view(spliced(rss.frame(hostile, SITE), [])[0], SAID)


@pytest.mark.parametrize(
    ("accept", "asked"),
    [
        (b"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", True),
        (b"*/*", False),
        (b"", False),
        (b"application/rss+xml, application/atom+xml, text/html;q=0.1", False),
        (b"application/atom+xml,application/xml;q=0.9,text/xml;q=0.2,*/*;q=0.1", False),
    ],
)
def test_browsers_are_known_by_asking_for_html_and_for_no_feed(accept: bytes, asked: bool) -> None:
    assert asks(accept) is asked
