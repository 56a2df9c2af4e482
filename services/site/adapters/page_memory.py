"""Which pages are in memory, and how do others get there?

The memory is bounded in bytes; what was not asked for since the last sweep goes first (second chance, so that a hit
costs one attribute). A page is loaded by one task however many readers wait for it, and a page that changed while it
was being loaded is loaded again: what a commit made old is never kept.
"""

import asyncio
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final, Protocol

from services.site.adapters.entry_maker import TYPES
from services.site.domain.answers import Answer, Card, Found, Gone, Missing, Moved
from services.site.domain.cuts import CARD
from services.site.domain.entries import Entry
from shared.pages import PageMissing

MEMORY: Final = 64 * 1024 * 1024
#: A larger object is served from the store each time.
LARGEST: Final = 4 * 1024 * 1024
MEDIA: Final = "/media/"
#: Pages that were shown and that nobody has asked for yet; more only where the proof reaches another replica.
MOST_EXPECTED: Final = 1_000
_NAME: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]*\.[0-9A-Za-z]+")


class Addresses(Protocol):
    """Knows what an address answers."""

    async def resolve(self, path: str, query: str = "") -> Answer:
        """A page's path."""

    async def alias(self, path: str, query: str) -> Moved | Gone | None:
        """An old address that is a path and a query."""

    async def picture(self, name: str) -> Answer:
        """A picture's name."""


class Maker(Protocol):
    """Makes of an answer what is sent."""

    async def make(self, answer: Found | Gone | Card, path: str = "") -> Entry:
        """Ready to be sent; PageMissing when what it names is not there."""


class PageMemory:
    """`pages` maps a path to its ready answer; the edge reads it without asking anybody."""

    def __init__(self, addresses: Addresses, maker: Maker, *, limit: int = MEMORY) -> None:
        """`limit`: bytes of page bodies, in all encodings together."""
        self.pages: dict[str, Entry] = {}
        self._addresses, self._maker, self._limit = addresses, maker, limit
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
        return await self._maker.make(found) if isinstance(found, Gone) else found

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
                entry = await self._maker.make(answer, path)
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
            is_name = _NAME.fullmatch(name) is not None and name.rpartition(".")[2].lower() in TYPES
            return await self._addresses.picture(name) if is_name else Missing()
        return await self._addresses.resolve(path, query)

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
