"""Is every page there that an address shows, and every picture, to the last byte?"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from typing import Final, Protocol

from shared.pages import PageMissing, StoredPage, is_whole, object_of

AT_ONCE: Final = 8
Finding = tuple[str, str, str]


class Store(Protocol):
    """The page store."""

    async def get_page(self, key: str) -> StoredPage:
        """Read a page; PageMissing when it is not there."""

    async def holds(self, key: str) -> bool:
        """Is there an object of that key?"""


async def audit(store: Store, shown: Mapping[str, str], pictures: Iterable[str]) -> list[Finding]:
    """`shown`: path → key of its page; `pictures`: names of those that live stories show."""
    found: list[Finding] = []
    by_pack: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for path, key in shown.items():
        by_pack[object_of(key)].append((path, key))
    async for some in _at_once([_look(store, paths) for paths in by_pack.values()]):
        found += some
    for name in sorted(pictures):
        if not await store.holds(f"media/{name}"):
            found.append(("picture", "missing", name))
    return found


async def _look(store: Store, paths: Collection[tuple[str, str]]) -> list[Finding]:
    found: list[Finding] = []
    for path, key in paths:
        try:
            page = await store.get_page(key)
        except PageMissing:
            found.append(("page", "missing", path))
        except Exception:  # noqa: BLE001 - whatever it is that lies there, it is not this page
            found.append(("page", "differs", path))
        else:
            if not is_whole(page):
                found.append(("page", "differs", path))
    return found


async def _at_once(work: Sequence[object]) -> AsyncIterator[list[Finding]]:
    for start in range(0, len(work), AT_ONCE):
        for answer in await asyncio.gather(*work[start : start + AT_ONCE]):  # type: ignore[call-overload]  # coroutines
            yield answer
