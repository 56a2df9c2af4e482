"""Which pages are in memory, and how do others get there?

The memory is bounded in bytes; what was not asked for since the last sweep goes first (second chance, so that a hit
costs one attribute). A page is loaded by one task however many readers wait for it, and a page that changed while it
was being loaded is loaded again: what a commit made old is never kept.
"""

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import cache, partial
from typing import Final, Protocol

from services.site.domain.answers import Answer, Card, Found, Gone, Missing, Moved
from services.site.domain.cuts import CARD
from services.site.domain.entries import FOREVER, VARY, VARY_FEED, Entry, page_entry, plain_entry
from services.site.domain.feed_view import CONTENT_TYPE, FEEDS, view
from shared.pages import Page, PageMissing, Pages, StoredPage, encoded, encodings

MEMORY: Final = 64 * 1024 * 1024
#: A larger object is served from the store each time.
LARGEST: Final = 4 * 1024 * 1024
MEDIA: Final = "/media/"
#: The page that says how many stories came after it.
LIVE: Final = "/"
#: Pages that were shown and that nobody has asked for yet; more only where the proof reaches another replica.
MOST_EXPECTED: Final = 1_000
_NAME: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]*\.[0-9A-Za-z]+")
_TYPES: Final = {
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "avif": "image/avif",
    "svg": "image/svg+xml",
}


class Addresses(Protocol):
    """Knows what an address answers."""

    async def resolve(self, path: str, query: str = "") -> Answer:
        """A page's path."""

    async def alias(self, path: str, query: str) -> Moved | Gone | None:
        """An old address that is a path and a query."""

    async def picture(self, name: str) -> Answer:
        """A picture's name."""


class Pictures(Protocol):
    """Has pictures, or draws them."""

    async def get(self, key: str) -> bytes:
        """A picture, or a cut of one; PageMissing."""

    async def card(self, headline: str) -> bytes:
        """A PNG with the headline."""


#: Makes the page that a withdrawn story's address shows.
GonePage = Callable[[Gone], bytes]


class PageMemory:
    """`pages` maps a path to its ready answer; the edge reads it without asking anybody."""

    def __init__(
        self,
        addresses: Addresses,
        store: Pages,
        pictures: Pictures,
        gone_page: GonePage,
        *,
        words: Mapping[str, str],
        limit: int = MEMORY,
    ) -> None:
        """`words`: the catalogue, for feeds in a browser. `limit`: bytes of page bodies, in all encodings together."""
        self._words = words
        self.pages: dict[str, Entry] = {}
        self._addresses, self._store, self._gone_page, self._limit = addresses, store, gone_page, limit
        self._pictures = pictures
        self._pinned: Mapping[str, Entry] = {}
        self._size = 0
        #: By path and query: of old addresses the query says whose they are.
        self._loading: dict[tuple[str, str], asyncio.Task[Entry | Moved | Missing]] = {}
        self._paths_loading: Counter[str] = Counter()
        self._overtaken: dict[str, int] = {}
        self._expected: dict[str, Found] = {}
        self._pictures_overtaken = 0
        self._newest = 0

    def pin(self, entries: Mapping[str, Entry]) -> None:
        """Answers that are always in memory (the theme's assets)."""
        self._pinned = dict(entries)
        self.pages.update(self._pinned)

    async def load(self, path: str, query: str = "") -> Entry | Moved | Missing:
        """What `path` answers, from memory or from the database and the store. Raises what these raise."""
        entry = self.pages.get(path)
        if entry is not None:
            return entry
        task = self._loading.get((path, query))
        if task is None:
            task = asyncio.create_task(self._load(path, query))
            self._loading[path, query] = task
            self._paths_loading[path] += 1
            task.add_done_callback(lambda _: self._loaded(path, query))
        return await asyncio.shield(task)

    async def alias(self, path: str, query: str) -> Moved | Entry | None:
        """Where an old address of just this query leads, though its path is a page of ours; 410 for a story gone."""
        found = await self._addresses.alias(path, query)
        return await self._entry(found) if isinstance(found, Gone) else found

    def expect(self, found: Mapping[str, Found]) -> None:
        """What a commit of ours showed: the proof asks for it next, and the database need not be asked again.

        Unless a later commit has been heard of meanwhile: of two batches in hand the earlier may be the last to say so.
        """
        if len(self._expected) > MOST_EXPECTED:
            self._expected.clear()
        self._expected.update({path: one for path, one in found.items() if one.number >= self._newest})

    def forget(self, paths: Iterable[str], number: int) -> None:
        """These paths answer anew since change `number`."""
        self._newest = max(number, self._newest)
        # A story's card says its headline.
        for path in (shown for one in paths for shown in (one, one + CARD)):
            entry = self.pages.get(path)
            if entry is not None and entry.number < number and path not in self._pinned:
                self._drop(path)
            expected = self._expected.get(path)
            if expected is not None and expected.number < number:
                del self._expected[path]
            if path in self._paths_loading:
                self._overtaken[path] = max(number, self._overtaken.get(path, 0))

    def forget_pictures(self, number: int) -> None:
        """A story showed its pictures last with change `number`: whether they may be seen is asked anew."""
        self._pictures_overtaken = number
        self.forget([path for path in self.pages if path.startswith(MEDIA)], number)

    def _loaded(self, path: str, query: str) -> None:
        self._loading.pop((path, query), None)
        self._paths_loading[path] -= 1
        if not self._paths_loading[path]:
            del self._paths_loading[path]
            self._overtaken.pop(path, None)

    async def _load(self, path: str, query: str) -> Entry | Moved | Missing:
        while True:
            is_picture = path.startswith(MEDIA)
            pictures = self._pictures_overtaken
            answer = self._expected.pop(path, None) or await self._ask(path, query)
            if isinstance(answer, (Moved, Missing)):
                return answer
            try:
                entry = await self._entry(answer, path)
            except PageMissing:
                if is_picture:  # a copy in a size that was never made
                    return Missing()
                raise
            if isinstance(answer, Gone) and (is_picture or query or not answer.is_kept):
                # Not kept: another story may show the same picture, another query may be another old address, and
                # of an old address nobody hears when its story is back.
                return entry
            if is_picture and self._pictures_overtaken != pictures:
                continue
            if entry.number >= self._overtaken.get(path, 0):
                self._keep(path, entry)
                return entry

    async def _ask(self, path: str, query: str) -> Answer:
        if path.startswith(MEDIA):
            # The name becomes a key of the store: nothing may lead out of `media/`.
            name = path.removeprefix(MEDIA)
            is_name = _NAME.fullmatch(name) is not None and name.rpartition(".")[2].lower() in _TYPES
            return await self._addresses.picture(name) if is_name else Missing()
        return await self._addresses.resolve(path, query)

    async def _entry(self, answer: Found | Gone | Card, path: str = "") -> Entry:
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
        kind = _TYPES[name.rpartition(".")[2].lower()]
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

    def _keep(self, path: str, entry: Entry) -> None:
        if entry.size > LARGEST:
            return
        if path in self.pages:
            self._drop(path)
        self.pages[path] = entry
        self._size += entry.size
        if self._size > self._limit:
            self._sweep()

    def _drop(self, path: str) -> None:
        self._size -= self.pages.pop(path).size

    def _sweep(self) -> None:
        """Make room down to nine tenths: first round the unused, second round whatever comes first."""
        for only_unused in (True, False):
            for path in [path for path in self.pages if path not in self._pinned]:
                if self._size <= self._limit * 9 // 10:
                    return
                entry = self.pages[path]
                if only_unused and entry.used:
                    entry.used = False
                else:
                    self._drop(path)


def _change(number: int) -> dict[str, str]:
    """Which change a page shows: what comes after that `/live?since=` tells.

    The page's bytes follow from the log and cannot say it; of a page's own headers this one is what scripts can read.
    """
    return {"Server-Timing": f'change;desc="{number}"'}
