"""How does a snapshot become pages? Without waiting and without a clock: the same snapshot gives the same bytes."""

from collections.abc import Iterable, Sequence

from services.render.domain import sitemaps
from services.render.domain.comment_pages import split
from services.render.domain.comments import StoryComment
from services.render.domain.comments import feed as comment_feed
from services.render.domain.discussion import comments_context
from services.render.domain.entry import Entry
from services.render.domain.feed import FeedHead, Piece
from services.render.domain.fragments import Fragments
from services.render.domain.instants import micros
from services.render.domain.list_page import list_context
from services.render.domain.lists import (
    COMMENTS,
    FRONT,
    IN_FEED,
    PER_PAGE,
    archive_of,
    archive_page_count,
    page_count,
    path_of,
)
from services.render.domain.references import live_related
from services.render.domain.site import Site
from services.render.domain.snapshot import ArchiveSlice, Listing, Snapshot, StoryShot
from services.render.domain.splice import inflated, spliced
from services.render.domain.stored_form import unpack_comments
from services.render.domain.story_page import story_context
from services.render.domain.words import month_name, words
from services.render.handlers.feeds import RSS, FeedPainter
from services.render.handlers.parts import Parts
from services.render.handlers.ports import Painted, Templates
from shared.events import ApprovedComment
from shared.events.comment_pages import page_path
from shared.pages import Page

HTML = "text/html; charset=utf-8"
XML = "application/xml; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
OPENSEARCH = "application/opensearchdescription+xml; charset=utf-8"


class Painter:
    """Makes pages from snapshots."""

    def __init__(self, theme: Templates, site: Site, cache: Fragments) -> None:
        """`cache` keeps parts of pages between snapshots."""
        self._theme = theme
        self._site = site
        self._cache = cache
        self._words = words(theme.strings)
        self._feeds = FeedPainter(site, self._words)

    def paint(self, snapshot: Snapshot) -> list[Painted]:
        """Every page of a snapshot."""
        parts = Parts(snapshot, self._site, self._theme, self._words, self._cache)
        pages: list[Painted] = []
        for shot in snapshot.stories:
            pages += self._story(shot, parts)
        for listing in snapshot.lists:
            pages += self._feeds.of_list(listing, parts) if listing.fed else ()
            if listing.paged:
                pages.append(self._page(listing, 1, parts))
        for deep in snapshot.deep:
            last = page_count(deep.size)
            pages += [self._page(deep, number, parts) for number in range(2, last + 1)]
            pages += _ended(deep.key, last, deep.pages)
        for archive in snapshot.archives:
            pages += self._archive(archive, parts)
        if snapshot.comments is not None:
            pages.append(self._comments(snapshot.comments))
        return pages + list(self._sitemaps(snapshot))

    def _story(self, shot: StoryShot, parts: Parts) -> Iterable[Painted]:
        stored, site = shot.stored, self._site
        one = parts.entry(stored)
        parts.card_of(stored)
        comments = split(unpack_comments(stored.comments))
        related = [parts.card(target.story_id) for target in live_related(one.article, shot.targets.get)]
        context = story_context(
            one, site, self._theme.date, shot.targets.get, related, comments, stored.comments_version, shot.between
        )
        headers = {"X-Story-Revision": str(stored.revision), "Content-Language": one.article.language}
        page = Page(HTML, self._theme.page("story.html", story=context), headers)
        of = f"story:{stored.story_id}"
        yield Painted(one.head.path, "story", page, of)
        for number in range(2, len(comments) + 1):
            further = comments_context(one, context["dir"], self._theme.date, comments, number)
            page = Page(HTML, self._theme.page("comments.html", story=further), headers)
            yield Painted(page_path(one.head.path, number), "comments", page, of)
        yield Painted(f"{one.head.path}feed/", "comments", self._story_comments(one, comments), of)

    def _story_comments(self, one: Entry, pages: Sequence[Sequence[ApprovedComment]]) -> Page:
        site = self._site
        comments = sorted(((each, number) for number, page in enumerate(pages, 1) for each in page), key=_by_number)
        newest = reversed(comments[-IN_FEED:])
        told = [
            StoryComment(one.head.story_id, one.head.path, one.article.headline, each, page) for each, page in newest
        ]
        head = FeedHead(
            title=f"{self._words['comment_on']} {one.article.headline}",
            description=one.article.dek or one.article.headline,
            language=site.language,
            page_url=one.url,
            self_url=f"{one.url}feed/",
            updated=max((micros(each.at) for each, _ in comments), default=None),
            hubbed=False,
        )
        return Page(RSS, comment_feed(head, told, site))

    def _page(self, listing: Listing, number: int, parts: Parts) -> Painted:
        front = listing.key == FRONT
        places = listing.places[(number - 1) * PER_PAGE : number * PER_PAGE]
        cards = [parts.card(place.story_id) for place in places]
        lead = None
        if front and number == 1 and cards:
            lead = parts.card(listing.breaking[0].story_id) if listing.breaking else cards[0]
        context = list_context(
            listing.key,
            listing.name,
            listing.size,
            number,
            cards,
            self._site,
            lead=lead,
            breaking=[parts.card(place.story_id) for place in listing.breaking[1:]],
            sections=listing.sections,
            oldest_month=archive_of(places[-1].sort_at, self._site.zone) if places else None,
        )
        return self._list(path_of(listing.key, number), context, f"list:{listing.key}")

    def _archive(self, archive: ArchiveSlice, parts: Parts) -> Iterable[Painted]:
        name = month_name(archive.key, self._theme.strings)
        last = min(archive.until, archive_page_count(archive.size))
        for number in range(archive.page, last + 1):
            start = (number - archive.page) * PER_PAGE
            cards = [parts.card(place.story_id) for place in archive.places[start : start + PER_PAGE]]
            context = list_context(
                archive.key, name, archive.size, number, cards, self._site, neighbours=archive.neighbours
            )
            yield self._list(path_of(archive.key, number), context, "")
        yield from self._feeds.of_month(archive, name, parts)
        yield from _ended(archive.key, last, archive.until)

    def _list(self, path: str, context: dict[str, object], of: str) -> Painted:
        headers = {"Content-Language": self._site.language}
        return Painted(path, "list", Page(HTML, self._theme.page("list.html", list=context), headers), of)

    def _comments(self, comments: Iterable[StoryComment]) -> Painted:
        told, path = list(comments), f"/{COMMENTS}/feed/"
        updated = max((micros(one.comment.at) for one in told), default=None)
        head = FeedHead(
            title=f"{self._site.title}: {self._words['comments']}",
            description=self._words["comments"],
            language=self._site.language,
            page_url=f"{self._site.url}/",
            self_url=self._site.url + path,
            updated=updated,
            hubbed=False,
        )
        return Painted(path, "comments", Page(RSS, comment_feed(head, told, self._site)))

    def _sitemaps(self, snapshot: Snapshot) -> Iterable[Painted]:
        site = self._site
        for number, runs in snapshot.files:
            body, zipped = spliced(sitemaps.FILE, [Piece(0, 0, 0, inflated(run), run) for run in runs])
            yield Painted(sitemaps.file_path(number), "sitemap", Page(XML, body, zipped=zipped))
        for number in snapshot.former_files:
            yield Painted(sitemaps.file_path(number), "sitemap", None)
        if snapshot.sitemap is not None:
            yield Painted(sitemaps.INDEX_PATH, "sitemap", Page(XML, sitemaps.index(snapshot.sitemap.files, site)))
            yield Painted(sitemaps.PAGES_PATH, "sitemap", Page(XML, sitemaps.pages(snapshot.sitemap.sections, site)))
        if snapshot.news is not None:
            yield Painted(sitemaps.NEWS_PATH, "sitemap", Page(XML, sitemaps.news(snapshot.news, site)))
        if snapshot.static:
            search = sitemaps.opensearch(site, self._words["search_prompt"])
            yield Painted("/robots.txt", "sitemap", Page(TEXT, sitemaps.robots(site)))
            yield Painted("/opensearch.xml", "sitemap", Page(OPENSEARCH, search))


def _by_number(one: tuple[ApprovedComment, int]) -> int:
    return one[0].id


def _ended(key: str, last: int, before: int) -> Iterable[Painted]:
    """A list has shrunk: what was a page of it is beyond its last one now."""
    return (Painted(path_of(key, number), "list", None) for number in range(last + 1, before + 1))
