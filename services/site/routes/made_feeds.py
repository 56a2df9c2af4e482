"""How is a feed answered that is made when somebody asks for it? As every other: dated, and readable in a browser."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from functools import cache, partial
from typing import Final

from services.site.domain.entries import VARY_FEED, Entry, page_entry
from services.site.domain.feed_view import CONTENT_TYPE, FEEDS, view
from services.site.routes.readers import SMALL
from shared.pages import Page, encoded

#: Feeds of which is remembered since when they are as they are.
MOST: Final = 4_096


class MadeFeeds:
    """Answers of feeds that lie in no store.

    When one changed last is when it was first made with these bytes: never earlier than it changed, so nobody who asks
    by date alone misses anything.
    """

    def __init__(self, words: Mapping[str, str], now: Callable[[], Awaitable[datetime]]) -> None:
        """`words`: the catalogue, for feeds in a browser. `now`: the database's clock."""
        self._words, self._now = words, now
        self._since: OrderedDict[str, tuple[str, int]] = OrderedDict()

    async def entry(self, address: str, body: bytes, content_type: str) -> Entry:
        """The answer at an address (with its query)."""
        name = Page(content_type, body).name
        modified = await self._modified(address, name)
        entry = _entry(body, content_type, name, modified)
        if content_type.startswith(FEEDS):
            entry.view = cache(lambda: _entry(view(body, self._words), CONTENT_TYPE, f"{name}-view", modified))
        return entry

    async def _modified(self, address: str, name: str) -> int:
        before = self._since.pop(address, None)
        since = before if before is not None and before[0] == name else (name, int((await self._now()).timestamp()))
        if before is not None and before[0] != name:
            # A second has one content only for those who ask by date.
            since = (name, max(since[1], before[1] + 1))
        self._since[address] = since
        if len(self._since) > MOST:
            self._since.popitem(last=False)
        return since[1]


def _entry(body: bytes, content_type: str, etag: str, modified: int) -> Entry:
    return page_entry(
        content_type=content_type,
        encodings={"identity": body},
        etag=etag,
        modified=modified,
        encode=partial(encoded, body) if len(body) > SMALL else None,
        vary=VARY_FEED,
    )
