"""How are the entries of stories taken out of the archived feeds of months?

Objects of the page store never change, so what was taken out of one is right for ever; some are remembered, because
whoever reads a list back meets the same months again.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from services.site.adapters.sql_older import Wanted
from services.site.domain.older import Form, entries
from shared.pages import Pages

#: Documents of twenty stories.
MOST: Final = 64


class MonthEntries:
    """Entries out of the page store."""

    def __init__(self, store: Pages) -> None:
        """`store`: the page store."""
        self._store = store
        self._read: OrderedDict[str, Mapping[str, bytes]] = OrderedDict()

    async def body(self, key: str) -> tuple[str, bytes]:
        """The type and the bytes of a page. Raises PageMissing."""
        page = await self._store.get_page(key)
        return page.content_type, page.encodings["identity"]

    async def of(self, form: Form, stories: Sequence[Wanted]) -> list[bytes]:
        """The entries of stories, in their order; what stands in no month yet is left out. Raises PageMissing."""
        known = await self._all(form, (key for one in stories for key in one.likely))
        missing = [one for one in stories if one.story_id not in known]
        known |= await self._all(form, (key for one in missing for key in one.beside))
        return [known[one.story_id] for one in stories if one.story_id in known]

    async def _all(self, form: Form, keys: Iterable[str]) -> dict[str, bytes]:
        wanted = list(dict.fromkeys(keys))
        found: dict[str, bytes] = {}
        for known in await asyncio.gather(*(self._of(form, key) for key in wanted)):
            found |= known
        return found

    async def _of(self, form: Form, key: str) -> Mapping[str, bytes]:
        known = self._read.get(key)
        if known is None:
            _, body = await self.body(key)
            known = await asyncio.to_thread(entries, form, body)
            self._read[key] = known
            if len(self._read) > MOST:
                self._read.popitem(last=False)
        return known
