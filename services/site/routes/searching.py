"""How do readers search, and how does a search become a feed?"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from email.utils import format_datetime
from html import escape
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import Request

from services.site.adapters.sql_search import LAST_PAGE, PER_PAGE, Hit, SqlSearch, Wanted
from services.site.domain.addresses import wire_form
from services.site.domain.entries import Entry
from services.site.domain.query import Query, parse
from services.site.domain.snippets import snippet
from services.site.routes.readers import made
from shared.theme import Theme

FILTERS: Final = ("section", "tag", "author")
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Asked:
    """A search as the address bar has it."""

    text: str
    filters: Mapping[str, str]
    since: str
    until: str
    page: int

    @classmethod
    def of(cls, request: Request) -> "Asked":
        """Read the query string; what makes no sense counts as not there."""
        given = {name: value.replace("\x00", "")[:200].strip() for name, value in request.query_params.items()}
        page = given.get("page", "")
        number = int(page) if page.isascii() and page.isdigit() and len(page) < 4 else 1  # noqa: PLR2004
        return cls(
            given.get("q", ""),
            {name: given.get(name, "") for name in FILTERS},
            given.get("from", ""),
            given.get("to", ""),
            min(max(number, 1), LAST_PAGE),
        )

    @property
    def is_empty(self) -> bool:
        """Is nothing looked for?"""
        return not (self.text or any(self.filters.values()) or self.since or self.until)

    def path(self, page: int) -> str:
        """The address of another page of it."""
        asked = {"q": self.text, **self.filters, "from": self.since, "to": self.until, "page": str(page)}
        return "/search?" + urlencode({name: value for name, value in asked.items() if value})

    def wanted(self, zone: ZoneInfo, now: datetime) -> Wanted:
        """What to find; dates are days in the site's time zone, both inclusive."""
        since, until = _day(self.since), _day(self.until)
        return Wanted(
            query=parse(self.text),
            facets=tuple(f"{name}:{value.lower()}" for name, value in self.filters.items() if value),
            since=_midnight(since, zone) if since else None,
            until=_midnight(until + timedelta(days=1), zone) if until and until < date.max else None,
            page=self.page,
            now=now.timestamp(),
        )


@dataclass(frozen=True)
class Searching:
    """The search page and its feed."""

    search: SqlSearch
    theme: Theme
    title: str
    public_url: str
    zone: ZoneInfo
    now: Callable[[], Awaitable[datetime]]

    async def __call__(self, request: Request) -> Entry:
        """`/search?q=&section=&tag=&author=&from=&to=&page=&format=`."""
        asked = Asked.of(request)
        wanted = asked.wanted(self.zone, await self.now())
        nothing = asked.is_empty or (bool(asked.text) and not wanted.query.terms)
        total, hits = (0, []) if nothing else await self.search.find(wanted)
        if request.query_params.get("format") == "rss":
            return made(self._rss(asked, hits, wanted.query), "application/rss+xml; charset=utf-8")
        return made(self.theme.page("search.html", **self._context(asked, total, hits, wanted.query)))

    def _context(self, asked: Asked, total: int, hits: list[Hit], query: Query) -> dict[str, Any]:
        pages = min(max(1, -(-total // PER_PAGE)), LAST_PAGE)
        return {
            "query": asked.text,
            **asked.filters,
            "from": asked.since,
            "to": asked.until,
            "page": asked.page,
            "pages": pages,
            "total": total,
            "searched": not asked.is_empty,
            "hits": [self._card(hit, query) for hit in hits],
            "previous_path": asked.path(asked.page - 1) if asked.page > 1 else None,
            "next_path": asked.path(asked.page + 1) if asked.page < pages else None,
            "noindex": True,
        }

    def _card(self, hit: Hit, query: Query) -> dict[str, Any]:
        sections = [{"name": name, "path": wire_form(f"/section/{slug}/")} for slug, name in hit.card["sections"]]
        return {
            "path": wire_form(hit.path),
            "headline": hit.headline,
            "dek": hit.dek,
            "date": self.theme.date(datetime.fromtimestamp(hit.published, UTC)),
            "section": sections[0] if sections else None,
            "authors": [{"name": name, "path": wire_form(f"/author/{slug}/")} for slug, name in hit.card["authors"]],
            "image": None,
            "priority": hit.card["priority"],
            "sponsored": hit.card["sponsored"],
            "corrected": hit.card["corrected"],
            "language": hit.card.get("language"),
            "snippet_html": snippet(hit.text, query),
        }

    def _rss(self, asked: Asked, hits: list[Hit], query: Query) -> bytes:
        items = "".join(self._item(hit, query) for hit in hits)
        link = _xml(self.public_url + asked.path(1))
        own = _xml(self.public_url + asked.path(1) + "&format=rss")
        title = _xml(f"{self.title}: {asked.text}" if asked.text else self.title)
        return (
            '<?xml version="1.0" encoding="utf-8"?>\n'
            '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel>'
            f"<title>{title}</title><link>{link}</link><description>{title}</description>"
            f'<atom:link rel="self" type="application/rss+xml" href="{own}"/>{items}</channel></rss>\n'
        ).encode()

    def _item(self, hit: Hit, query: Query) -> str:
        published = format_datetime(datetime.fromtimestamp(hit.published, UTC), usegmt=True)
        return (
            f"<item><title>{_xml(hit.headline)}</title><link>{_xml(self.public_url + wire_form(hit.path))}</link>"
            f'<guid isPermaLink="false">urn:uuid:{hit.story_id}</guid><pubDate>{published}</pubDate>'
            f"<description>{_xml(snippet(hit.text, query))}</description></item>"
        )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _midnight(day: date, zone: ZoneInfo) -> float:
    return datetime.combine(day, time(), zone).timestamp()


def _xml(text: str) -> str:
    return escape(_NOT_XML.sub("", text))
