"""How do readers search?"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from fastapi import Request

from services.site.adapters.sql_search import LAST_PAGE, MOST, PER_PAGE, Found, Hit, SqlSearch, Suggested, Wanted
from services.site.adapters.word_index import Narrowed
from services.site.domain.addresses import wire_form
from services.site.domain.entries import Entry
from services.site.domain.query import LONGEST_QUERY, Query, parse
from services.site.domain.snippets import shown
from services.site.routes.made_feeds import MadeFeeds
from services.site.routes.readers import made
from services.site.routes.search_feed import SearchFeed, feed
from shared.theme import Theme

RSS: Final = "application/rss+xml; charset=utf-8"
#: What a query may have as it is (RFC 3986 §3.4), and what is encoded already.
_ASKED: Final = "%/?:@!$&'()*+,;=-._~"
FILTERS: Final = ("section", "tag", "author")


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
        asked = request.query_params.items()
        given = {name: value.replace("\x00", "")[:LONGEST_QUERY].strip() for name, value in asked}
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

    def path(self, page: int = 1, text: str | None = None, *, narrowed: bool = True, rss: bool = False) -> str:
        """The address of another page of it, or of something like it."""
        asked = {"q": self.text if text is None else text}
        if narrowed:
            asked |= {**self.filters, "from": self.since, "to": self.until}
        asked |= {"page": str(page) if page > 1 else "", "format": "rss" if rss else ""}
        return "/search?" + urlencode({name: value for name, value in asked.items() if value})

    def wanted(self, zone: ZoneInfo, now: datetime, *, newest: bool) -> Wanted:
        """What to find; dates are days in the site's time zone, both inclusive."""
        since, until = _day(self.since), _day(self.until)
        narrowed = Narrowed(
            tuple(f"{name}:{value}" for name, value in self.filters.items() if value),
            _midnight(since, zone) if since else None,
            _midnight(until + timedelta(days=1), zone) if until and until < date.max else None,
        )
        return Wanted(parse(self.text), narrowed, self.page, now.timestamp(), newest)


@dataclass(frozen=True)
class Searching:
    """The search page and its feed."""

    search: SqlSearch
    theme: Theme
    title: str
    language: str
    public_url: str
    zone: ZoneInfo
    now: Callable[[], Awaitable[datetime]]
    feeds: MadeFeeds

    async def __call__(self, request: Request) -> Entry:
        """`/search?q=&section=&tag=&author=&from=&to=&page=&format=`."""
        asked, rss = Asked.of(request), request.query_params.get("format") == "rss"
        wanted = asked.wanted(self.zone, await self.now(), newest=rss)
        nothing = asked.is_empty or (bool(asked.text) and not wanted.query.terms)
        found = Found(0, []) if nothing else await self.search.find(wanted)
        if rss:
            # A feed says where it is in the very words in which it was asked for; a URI is ASCII.
            own = f"/search?{quote(request.scope['query_string'], safe=_ASKED)}"
            return await self.feeds.entry(own, feed(self._feed(asked, found, wanted.query, own)), RSS)
        suggested = Suggested() if nothing or found.total else await self.search.suggest(wanted)
        context = self._context(asked, found, wanted.query) | _suggestions(asked, suggested)
        return made(self.theme.page("search.html", **context))

    def _context(self, asked: Asked, found: Found, query: Query) -> dict[str, Any]:
        pages = max(1, -(-found.total // PER_PAGE))
        before = min(asked.page - 1, pages)
        return {
            "query": asked.text,
            **asked.filters,
            "from": asked.since,
            "to": asked.until,
            "page": asked.page,
            "pages": pages,
            "total": found.total,
            "total_is_least": found.total == MOST,
            "hits": [self._card(hit, query) for hit in found.hits],
            "previous_path": asked.path(before) if before else None,
            "next_path": asked.path(asked.page + 1) if asked.page < pages else None,
            "feed_path": None if asked.is_empty else asked.path(rss=True),
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
            "snippet_html": shown((hit.text, hit.dek), query),
        }

    def _feed(self, asked: Asked, found: Found, query: Query, own: str) -> SearchFeed:
        pages = max(1, -(-found.total // PER_PAGE))
        return SearchFeed(
            title=f"{self.title}: {asked.text}" if asked.text else self.title,
            terms=asked.text,
            language=self.language,
            site=self.public_url,
            page_path=asked.path(asked.page),
            style=self.theme.addresses["feed.css"],
            own_path=own,
            previous_path=asked.path(asked.page - 1, rss=True) if asked.page > 1 else None,
            next_path=asked.path(asked.page + 1, rss=True) if asked.page < pages else None,
            start=(asked.page - 1) * PER_PAGE + 1,
            per_page=PER_PAGE,
            total=found.total,
            items=[(hit, shown((hit.text, hit.dek), query)) for hit in found.hits],
        )


def _suggestions(asked: Asked, suggested: Suggested) -> dict[str, Any]:
    text, narrowed = suggested.text, not suggested.anywhere
    if text is None:
        return {"anywhere_path": None if narrowed else asked.path(narrowed=False)}
    return {"suggestion": {"query": text, "path": asked.path(text=text, narrowed=narrowed)}}


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _midnight(day: date, zone: ZoneInfo) -> float:
    return datetime.combine(day, time(), zone).timestamp()
