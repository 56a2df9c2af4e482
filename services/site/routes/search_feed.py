"""How does a search read as RSS 2.0, with what OpenSearch 1.1 says of itself?

A page of it is of the newest stories that are found, so that who subscribes to a search misses none.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from typing import Final
from urllib.parse import quote

from services.site.adapters.sql_search import Hit
from services.site.domain.addresses import wire_form

_NAMESPACES: Final = (
    'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/"'
)
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class SearchFeed:
    """A page of a search; `items`: each hit with the piece of its text (HTML) that shows why it was found."""

    title: str
    terms: str
    language: str
    site: str
    style: str
    page_path: str
    own_path: str
    previous_path: str | None
    next_path: str | None
    start: int
    per_page: int
    total: int
    items: Sequence[tuple[Hit, str]]


def feed(search: SearchFeed) -> bytes:
    """The feed's bytes."""
    head = "".join(_head(search))
    items = "".join(_item(search.site, hit, shown) for hit, shown in search.items)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<?xml-stylesheet type="text/css" href="{_xml(search.style)}"?>\n'
        f'<rss version="2.0" {_NAMESPACES} xml:lang="{_xml(search.language)}">\n<channel>{head}\n'
        f"{items}</channel>\n</rss>\n"
    ).encode()


def _head(search: SearchFeed) -> Iterator[str]:
    title = _xml(search.title)
    yield f"<title>{title}</title><link>{_xml(search.site + search.page_path)}</link><description>{title}</description>"
    yield f"<language>{_xml(search.language)}</language>"
    for relation, path in (("self", search.own_path), ("previous", search.previous_path), ("next", search.next_path)):
        if path is not None:
            yield f'<atom:link rel="{relation}" type="application/rss+xml" href="{_xml(search.site + path)}"/>'
    yield f'<atom:link rel="search" type="application/opensearchdescription+xml" href="{search.site}/opensearch.xml"/>'
    yield f"<opensearch:totalResults>{search.total}</opensearch:totalResults>"
    yield f"<opensearch:startIndex>{search.start}</opensearch:startIndex>"
    yield f"<opensearch:itemsPerPage>{search.per_page}</opensearch:itemsPerPage>"
    if search.terms:
        # URL-encoded, says OpenSearch 1.1, in an attribute of XML though it stands.
        yield f'<opensearch:Query role="request" searchTerms="{quote(search.terms, safe="")}"/>'


def _item(site: str, hit: Hit, shown: str) -> str:
    published = format_datetime(datetime.fromtimestamp(hit.published, UTC), usegmt=True)
    authors = "".join(f"<dc:creator>{_xml(name)}</dc:creator>" for _, name in hit.card["authors"])
    sections = "".join(f"<category>{_xml(name)}</category>" for _, name in hit.card["sections"])
    described = f"<description>{_xml(shown)}</description>" if shown else ""
    return (
        f"<item><title>{_xml(hit.headline)}</title><link>{_xml(site + wire_form(hit.path))}</link>"
        f'<guid isPermaLink="false">urn:uuid:{hit.story_id}</guid><pubDate>{published}</pubDate>{authors}{sections}'
        f"{described}</item>\n"
    )


def _xml(text: str) -> str:
    return escape(_NOT_XML.sub("", text))
