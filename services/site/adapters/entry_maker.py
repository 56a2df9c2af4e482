"""What is sent for an answer: a page of the store, a picture, a drawn card, or that a story is gone?"""

from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Final, Protocol

from services.site.domain.answers import Card, Found, Gone
from services.site.domain.entries import FOREVER, VARY, VARY_FEED, Entry, page_entry, plain_entry
from services.site.domain.feed_view import CONTENT_TYPE, FEEDS, view
from shared.pages import Page, Pages, StoredPage, encoded, encodings

#: The page that says how many stories came after it.
LIVE: Final = "/"
#: What pictures are called and what they are.
TYPES: Final = {
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "avif": "image/avif",
    "svg": "image/svg+xml",
}


class Pictures(Protocol):
    """Has pictures, or draws them."""

    async def get(self, key: str) -> bytes:
        """A picture, or a cut of one; PageMissing."""

    async def card(self, headline: str) -> bytes:
        """A PNG with the headline."""


#: Makes the page that a withdrawn story's address shows.
GonePage = Callable[[Gone], bytes]


class EntryMaker:
    """Fetches, draws and says."""

    def __init__(self, store: Pages, pictures: Pictures, gone_page: GonePage, words: Mapping[str, str]) -> None:
        """`words`: the catalogue, for feeds in a browser."""
        self._store, self._pictures, self._gone_page, self._words = store, pictures, gone_page, words

    async def make(self, answer: Found | Gone | Card, path: str = "") -> Entry:
        """Ready to be sent; PageMissing when what it names is not there. `path`: who asks."""
        if isinstance(answer, Card):
            return await self._card(answer)
        if isinstance(answer, Gone):
            robots = [(b"x-robots-tag", b"noindex")]
            return plain_entry(410, self._gone_page(answer), number=answer.number, headers=robots)
        if answer.key.startswith("media/"):
            return await self._picture(answer)
        page = await self._store.get_page(answer.key)
        is_feed = page.content_type.startswith(FEEDS)
        entry = page_entry(
            content_type=page.content_type,
            encodings=page.encodings,
            etag=page.etag,
            headers={**page.headers, **(_change(answer.number) if path == LIVE else {})},
            modified=answer.modified,
            number=answer.number,
            # What was stored in no encoding is too small for any.
            encode=partial(encoded, page.encodings["identity"]) if len(page.encodings) > 1 else None,
            vary=VARY_FEED if is_feed else VARY,
        )
        if is_feed:
            entry.view = cache(partial(self._view, page, answer))
        return entry

    def _view(self, page: StoredPage, answer: Found) -> Entry:
        """What a browser is sent for a feed."""
        body = view(page.encodings["identity"], self._words)
        return page_entry(
            content_type=CONTENT_TYPE,
            encodings={"identity": body},
            etag=f"{page.etag}-view",
            modified=answer.modified,
            encode=partial(encoded, body),
            vary=VARY_FEED,
        )

    async def _picture(self, found: Found) -> Entry:
        name = found.key.removeprefix("media/")
        kind = TYPES[name.rpartition(".")[2].lower()]
        body = await self._pictures.get(found.key)
        # An SVG is a document: opened by itself it must not run or load anything.
        parts = encodings(body, kind)
        # Not the name alone: a cache that has an old picture with all that betrays shall ask for the other one.
        etag = f"{name.partition('.')[0]}-b"
        return page_entry(content_type=kind, encodings=parts, etag=etag, number=found.number, cache=FOREVER)

    async def _card(self, card: Card) -> Entry:
        page = Page("image/png", await self._pictures.card(card.headline))
        return page_entry(
            content_type=page.content_type, encodings={"identity": page.body}, etag=page.name, number=card.number
        )


def _change(number: int) -> dict[str, str]:
    """Which change a page shows: what comes after that `/live?since=` tells.

    The page's bytes follow from the log and cannot say it; of a page's own headers this one is what scripts can read.
    """
    return {"Server-Timing": f'change;desc="{number}"'}
