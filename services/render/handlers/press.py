"""How do snapshots become routes? Painted in a thread, written, told."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

from services.render.domain.lists import FRONT
from services.render.domain.snapshot import Snapshot
from services.render.handlers.painter import Painter
from services.render.handlers.ports import PageStore, Painted
from shared.events import Route


class Press:
    """Paints and writes; answers the routes by what they were made for (`story:{id}`, `list:{key}`, or nothing)."""

    def __init__(self, painter: Painter, pages: PageStore) -> None:
        """`pages`: the page store."""
        self._painter = painter
        self._pages = pages

    async def print(self, snapshot: Snapshot) -> Mapping[str, Sequence[Route]]:
        """Every page of a snapshot lies in the store when this returns."""
        return await self.keep(await self.paint(snapshot), snapshot.version)

    async def paint(self, snapshot: Snapshot) -> Sequence[Painted]:
        """Every page of a snapshot, not yet kept."""
        # In a thread: 64 pages and 50 feeds take longer than the event loop may be kept from readers.
        return await asyncio.to_thread(self._painter.paint, snapshot)

    async def keep(self, painted: Sequence[Painted], version: int) -> Mapping[str, Sequence[Route]]:
        """Compress and write pages; their routes."""
        shelves: dict[str, list[Painted]] = defaultdict(list)
        for one in painted:
            shelves[_shelf(one)].append(one)
        written = await asyncio.gather(*(self._written(shelf) for shelf in shelves.values()))
        routes: dict[str, list[Route]] = defaultdict(list)
        for one, key in chain.from_iterable(written):
            routes[one.of].append(Route(path=one.path, key=key, version=version, kind=one.kind))
        return routes

    async def _written(self, shelf: Sequence[Painted]) -> Iterable[tuple[Painted, str]]:
        keys = iter(await self._pages.put_pages([one.page for one in shelf if one.page is not None]))
        return [(one, "" if one.page is None else next(keys)) for one in shelf]


def _shelf(one: Painted) -> str:
    """Pages that are replaced at about the same time lie together: the store keeps a pack until its last one is."""
    if one.of.startswith("story:"):
        return "stories"
    return "front" if one.of == f"list:{FRONT}" else "lists"
