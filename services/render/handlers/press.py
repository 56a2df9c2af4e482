"""How do snapshots become routes? Painted in a thread, written, told."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence

from services.render.domain.snapshot import Snapshot
from services.render.handlers.painter import Painter
from services.render.handlers.ports import PageStore
from shared.events import Route


class Press:
    """Paints and writes; answers the routes by what they were made for (`story:{id}`, `list:{key}`, or nothing)."""

    def __init__(self, painter: Painter, pages: PageStore) -> None:
        """`pages`: the page store."""
        self._painter = painter
        self._pages = pages

    async def print(self, snapshot: Snapshot) -> Mapping[str, Sequence[Route]]:
        """Every page of a snapshot lies in the store when this returns."""
        # In a thread: 64 pages and 50 feeds take longer than the event loop may be kept from readers.
        painted = await asyncio.to_thread(self._painter.paint, snapshot)
        keys = iter(await self._pages.put_pages([one.page for one in painted if one.page is not None]))
        routes: dict[str, list[Route]] = defaultdict(list)
        for one in painted:
            key = "" if one.page is None else next(keys)
            routes[one.of].append(Route(path=one.path, key=key, version=snapshot.version, kind=one.kind))
        return routes
