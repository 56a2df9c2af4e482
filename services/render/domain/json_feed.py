"""How does a feed read as JSON Feed 1.1?"""

from typing import Any

import orjson

from services.render.domain.entry import Entry
from services.render.domain.feed import FeedHead, Frame, Tombstone
from services.render.domain.instants import exact, rfc3339
from services.render.domain.markup import clean, uri
from services.render.domain.site import Site
from services.render.domain.story_text import content_html, summary_of, title_of


def item(one: Entry, site: Site, words: dict[str, str], *, update: bool = False) -> bytes:
    """A story's item; with `update` as the feed of corrections shows it."""
    article = one.article
    fields: dict[str, Any] = {
        "id": one.urn,
        "url": one.url,
        "title": clean(title_of(one, words, update=update)),
        "summary": clean(summary_of(one)) or None,
        "content_html": content_html(one, words, site),
        "date_published": rfc3339(one.published),
        "date_modified": exact(one.updated),
        "authors": [_person(who.name, who.url) for who in article.authors] or None,
        "tags": [term.name for term in (*article.sections, *article.tags)] or None,
        "image": uri(site.url + article.image.path) if article.image else None,
        "language": article.language,
        "_newswire": {"revision": one.head.revision, "corrected": bool(one.corrections)},
    }
    return _dump({name: value for name, value in fields.items() if value is not None})


def tombstone(gone: Tombstone, words: dict[str, str]) -> bytes:
    """What stays of a killed story. Its address would repeat its headline."""
    return _dump(
        {
            "id": gone.urn,
            "title": words["withdrawn"],
            "content_text": clean(gone.note),
            "date_modified": exact(gone.killed),
            "_newswire": {"withdrawn": True},
        }
    )


def frame(head: FeedHead, site: Site) -> Frame:
    """What stands around the items, which are ready JSON and are joined, not parsed again."""
    fields = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": head.title,
        "description": head.description or None,
        "home_page_url": head.page_url,
        "feed_url": head.self_url,
        "next_url": _older(head),
        "favicon": f"{site.url}/favicon.svg",
        "authors": [{"name": site.title, "url": f"{site.url}/"}],
        "language": head.language,
        "hubs": [{"type": "WebSub", "url": site.hub}] if site.hub and head.has_hub else None,
    }
    opening = _dump({name: value for name, value in fields.items() if value is not None})
    return Frame(opening[:-1] + b',"items":[', b",\n", b"]}\n")


def _older(head: FeedHead) -> str | None:
    """JSON Feed has one way on: first the pages, then what is archived."""
    known = dict(head.links)
    return known.get("next") or known.get("prev-archive")


def _person(name: str, url: str | None) -> dict[str, str]:
    return {"name": clean(name), "url": url} if url else {"name": clean(name)}


def _dump(fields: dict[str, Any]) -> bytes:
    # Copied, for this is kept: orjson 3.13 hands out the whole buffer that it grew, 128 KB for an answer of 9 KB.
    return bytes(memoryview(orjson.dumps(fields)))
