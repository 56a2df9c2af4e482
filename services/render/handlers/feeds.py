"""How do a list, and the months that are over, become feeds in each format?"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from services.render.domain import atom, json_feed, rss
from services.render.domain.feed import FeedHead, Frame, newest_change, standing
from services.render.domain.fragments import FeedPieces
from services.render.domain.graves import on_page
from services.render.domain.list_page import title_of
from services.render.domain.lists import (
    FEEDS,
    FRONT,
    PER_PAGE,
    UPDATES,
    archive_feed_path,
    archive_page_count,
    feed_path,
    older_feed_path,
    path_of,
)
from services.render.domain.site import Site
from services.render.domain.snapshot import ArchiveSlice, Listing
from services.render.domain.splice import spliced
from services.render.handlers.parts import Parts
from services.render.handlers.ports import Painted
from shared.pages import Page

RSS: Final = f"{rss.TYPE}; charset=utf-8"
FORMS: Final[Mapping[str, tuple[str, Callable[[FeedHead, Site], Frame]]]] = {
    "rss": (RSS, rss.frame),
    "atom": (f"{atom.TYPE}; charset=utf-8", atom.frame),
    "json": ("application/feed+json; charset=utf-8", json_feed.frame),
}


class FeedPainter:
    """Makes feeds. Entries lie ready in the snapshot or its cache; a feed is a frame around them."""

    def __init__(self, site: Site, words: Mapping[str, str]) -> None:
        """`words`: those of the site's language."""
        self._site, self._words = site, words

    def of_list(self, listing: Listing, parts: Parts) -> Iterable[Painted]:
        """The newest of a list and what was withdrawn from it; they lead on to what is older (RFC 5005).

        The site's own feed does so to the months, which are archived feeds. Any other list's feed is a paged one: what
        is older the site joins from the months when somebody asks. Written here, each story would lie in the store
        once more a list and format, and one that is dated back would make all after it again.
        """
        update = listing.key == UPDATES
        found = [parts.pieces(place, update=update) for place in listing.places]
        found += [parts.graves(gone) for gone in listing.tombstones]
        page = "/corrections/" if update else path_of(listing.key)
        for form in FEEDS:
            path = feed_path(listing.key, form)
            links = self._older(listing, form)
            yield self._painted(path, form, found, self._list_title(listing), page, links, of=f"list:{listing.key}")

    def of_month(self, archive: ArchiveSlice, name: str, parts: Parts) -> Iterable[Painted]:
        """A month's pages as feeds (RFC 5005 §4), oldest first: what is full, or over, is archived and stays so.

        A month's own address is that of its newest page, wherever that is: so the month after it need not be made
        again when this one grows.
        """
        last = archive_page_count(archive.size)
        before, after = archive.neighbours
        waiting = list(archive.tombstones)
        for number in range(archive.page, min(archive.until, last) + 1):
            start = (number - archive.page) * PER_PAGE
            places = archive.places[start : start + PER_PAGE]
            graves = on_page(waiting, places, is_last=number == last)
            waiting = [one for one in waiting if one not in graves]
            found = [*(parts.pieces(one, update=False) for one in places), *map(parts.graves, graves)]
            older = (archive.key, number - 1) if number > 1 else (before, None)
            page = path_of(archive.key, number)
            title = f"{self._site.title}: {name}"
            for form in FEEDS:
                links = [("current", self._site.url + feed_path(FRONT, form))]
                if older[0] is not None:
                    links.append(("prev-archive", self._site.url + archive_feed_path(older[0], older[1], form)))
                elif archive.second is not None:
                    # An archive that leads nowhere is incomplete, says the W3C's validator.
                    links.append(("next-archive", self._site.url + archive_feed_path(*archive.second, form)))
                path = archive_feed_path(archive.key, number if number < last else None, form)
                is_over = number < last or after is not None
                yield self._painted(path, form, found, title, page, tuple(links), archived=is_over)
        if last < archive.until:
            # The month has shrunk: what is its newest page now had another address, and so had those that are gone.
            for number in range(last, archive.until + 1):
                yield from (Painted(archive_feed_path(archive.key, number, form), "feed", None) for form in FEEDS)

    def _older(self, listing: Listing, form: str) -> tuple[tuple[str, str], ...]:
        if listing.key == FRONT:
            archived = listing.archived
            return (("prev-archive", self._site.url + archive_feed_path(*archived, form)),) if archived else ()
        if listing.older is None:
            return ()
        return (("next", self._site.url + older_feed_path(listing.key, listing.older, form)),)

    def _painted(  # noqa: PLR0917 - one value a fact of the document
        self,
        path: str,
        form: str,
        found: Sequence[FeedPieces],
        title: str,
        page: str,
        links: tuple[tuple[str, str], ...],
        *,
        of: str = "",
        archived: bool = False,
    ) -> Painted:
        site, (content_type, frame) = self._site, FORMS[form]
        pieces = sorted((getattr(one, form) for one in found), key=standing)
        head = FeedHead(
            title=title,
            description=title.removeprefix(f"{site.title}: "),
            language=site.language,
            page_url=site.url + page,
            self_url=site.url + path,
            updated=newest_change(pieces),
            feed_url=site.url + feed_path(FRONT, form) if path.startswith("/archive/") else "",
            links=links,
            archived=archived,
            hubbed=bool(of),  # the feeds of lists; a month changes when they do
        )
        body, zipped = spliced(frame(head, site), pieces)
        return Painted(path, "feed", Page(content_type, body, discovery(head, site.hub), zipped=zipped), of)

    def _list_title(self, listing: Listing) -> str:
        site = self._site
        if not listing.key:
            return site.title
        name = self._words["corrections_title"] if listing.key == UPDATES else title_of(listing.key, listing.name, site)
        return f"{site.title}: {name}"


def discovery(head: FeedHead, hub: str | None) -> dict[str, str]:
    """What a subscriber finds without reading the feed (W3C WebSub §4); it is stored, so it costs readers nothing.

    A header is ASCII. Where an operator writes the site's name otherwise, the document names the hub alone.
    """
    if hub is None or not head.has_hub:
        return {}
    said = f'<{hub}>; rel="hub", <{head.self_url}>; rel="self"'
    return {"Link": said} if said.isascii() else {}
