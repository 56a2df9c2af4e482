"""How are objects written and read?"""

import asyncio
import hashlib
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import obstore
from obstore.exceptions import BaseError, GenericError, NotFoundError
from obstore.store import LocalStore, ObjectStore, from_url

from shared.pages.packs import folders, packed, place_of
from shared.pages.page import Page, StoredPage, unpack

AT_ONCE = 16
#: While this object is young somebody makes pages that no route names yet: packs are not deleted then.
MAKING = "making-pages"
_ABSENT = (NotFoundError, FileNotFoundError)


class PageMissing(Exception):  # noqa: N818 - an outcome with a name, as in LookupError
    """The store holds no object of that key."""


class Pages:
    """The page store. Writes are safe to repeat; nothing is ever overwritten with something else."""

    def __init__(self, url: str) -> None:
        """`url`: `file:///directory` (made when absent) or `s3://bucket/prefix` (with the usual AWS variables)."""
        self._store: ObjectStore
        if url.startswith("file://"):
            directory = Path(url.removeprefix("file://"))
            directory.mkdir(parents=True, exist_ok=True)
            self._store = LocalStore(directory, automatic_cleanup=True)
        else:
            self._store = from_url(url)
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def put_pages(self, pages: Iterable[Page]) -> list[str]:
        """Compress and write pages as one pack; their keys in the same order. All are written when it returns.

        Pages that will be replaced at about the same time belong together: a pack is there until its last page is not
        shown any more.
        """
        keys, packs = await asyncio.to_thread(packed, pages)
        await asyncio.gather(*(self.put(one.name, one.body) for one in packs))
        return keys

    async def get_page(self, key: str) -> StoredPage:
        """Read a page; PageMissing when it is not there."""
        place = place_of(key)
        if place is None:
            raise PageMissing(key)
        name, start, length = place
        try:
            answer = await obstore.get_range_async(self._store, name, start=start, length=length)
        except _ABSENT as error:
            raise PageMissing(key) from error
        return unpack(key, bytes(answer))

    async def put_media(self, body: bytes, suffix: str) -> str:
        """Keep a picture under its hash (`media/{sha256}.{suffix}`); the key."""
        key = f"media/{hashlib.sha256(body).hexdigest()[:40]}.{suffix}"
        await self.put(key, body)
        return key

    async def put(self, key: str, body: bytes) -> None:
        """Write one object."""
        async with self._slots:
            await obstore.put_async(self._store, key, body)

    async def get(self, key: str) -> bytes:
        """Read one object whole; PageMissing when it is not there."""
        try:
            answer = await obstore.get_async(self._store, key)
            return bytes(await answer.bytes_async())
        except _ABSENT as error:
            raise PageMissing(key) from error

    async def holds(self, key: str) -> bool:
        """Is there an object of that key?"""
        try:
            await obstore.head_async(self._store, key)
        except _ABSENT:
            return False
        return True

    async def written_at(self, key: str) -> datetime | None:
        """When an object was written, by the store's clock; None when it is not there."""
        try:
            found = await obstore.head_async(self._store, key)
        except _ABSENT:
            return None
        at: datetime = found["last_modified"]
        return at

    async def packs(self, shelf: str) -> list[tuple[str, datetime]]:
        """The packs on a shelf (see `shelves`), each with the time of its writing by the store's clock."""
        found: list[tuple[str, datetime]] = []
        for folder in folders(shelf):
            async for chunk in obstore.list(self._store, prefix=folder):
                found += [(one["path"], one["last_modified"]) for one in chunk]
        return found

    async def media(self) -> list[str]:
        """The keys of all pictures, smaller copies included, in order."""
        found: list[str] = []
        async for chunk in obstore.list(self._store, prefix="media"):
            found += [str(one["path"]) for one in chunk]
        return sorted(found)

    async def delete(self, keys: Iterable[str]) -> None:
        """Remove objects; those that are gone already do not matter."""
        for key in keys:
            try:
                await obstore.delete_async(self._store, key)
            except _ABSENT:
                continue

    async def ping(self) -> None:
        """Raise when the store does not answer."""
        await self.holds("ping")


def is_outage(error: BaseException) -> bool:
    """Is the store away or full, so that waiting helps?"""
    return isinstance(error, (GenericError, BaseError)) and not isinstance(error, NotFoundError)
