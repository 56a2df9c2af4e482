"""How does a feed look to a person with a browser? As the same feed, in which a style sheet finds what to show.

Chromium shows `application/rss+xml` as bare text whatever style it names, and XSLT is gone from browsers. So who asks
for HTML is sent the feed as `application/xml`, and with it elements of HTML, which XML may hold: a heading, the words
that say what this is, and a link for each story. It stays a feed: whatever a cache hands to whom, readers can read it.
"""

import re
from collections.abc import Mapping
from html import escape
from typing import Final

CONTENT_TYPE: Final = "application/xml; charset=utf-8"
#: The feeds that have a view; browsers show JSON by themselves.
FEEDS: Final = ("application/rss+xml", "application/atom+xml")

_XHTML: Final = 'xmlns="http://www.w3.org/1999/xhtml"'
_ROOT: Final = re.compile(r"<channel>|<feed\b[^>]*>")
_TITLE: Final = re.compile(r"<title>([^<]*)</title>")
_SELF: Final = re.compile(r'<(?:atom:)?link rel="self" type="[^"]*" href="([^"]*)"/>')
_STORY: Final = re.compile(
    r'(?P<begin><item>|<entry xml:lang="[^"]*"><id>[^<]*</id>)(?=<title>(?P<title>[^<]*)</title>'
    r'(?:<link>(?P<rss>[^<]*)</link>|<link rel="alternate" type="text/html" href="(?P<atom>[^"]*)"/>))'
)
#: An item's description is HTML: text in it is escaped twice, and a style sheet would show that. A search also marks
#: the words that were looked for.
_DESCRIBED: Final = re.compile(r"<description>([^<]*(?:&amp;(?:amp|lt|gt|quot|#x27);|&lt;mark&gt;)[^<]*)</description>")


def asks(accept: bytes) -> bool:
    """Does a browser ask? It names HTML and no kind of feed."""
    return b"text/html" in accept and b"rss+xml" not in accept and b"atom+xml" not in accept


def view(feed: bytes, words: Mapping[str, str]) -> bytes:
    """The feed with what a person reads. `feed` is one of ours: the places of its elements are known."""
    text = feed.decode()
    title, own = _TITLE.search(text), _SELF.search(text)
    address = f" <code>{own[1]}</code>" if own else ""
    name = title[1] if title else ""
    head = (
        f"<header {_XHTML}><title>{name}</title><h1>{name}</h1>"
        f"<p>{escape(words['feed_explained'], quote=False)}{address}</p></header>"
    )
    text = _ROOT.sub(lambda root: root[0] + head, text, count=1)
    return _DESCRIBED.sub(_readable, _STORY.sub(_linked, text)).encode()


def _linked(found: re.Match[str]) -> str:
    address = found["rss"] or found["atom"] or ""
    return f'{found["begin"]}<h2 {_XHTML}><a href="{address}">{found["title"]}</a></h2>'


def _readable(found: re.Match[str]) -> str:
    text = re.sub("&amp;(amp|lt|gt|quot|#x27);", r"&\1;", re.sub("&lt;/?mark&gt;", "", found[1]))
    return f"<p {_XHTML}>{text}</p>{found[0]}"
