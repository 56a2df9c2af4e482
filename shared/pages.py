"""Where do pages and pictures lie, and in which form?

The page store is an object store (a directory, or S3). Objects are immutable and named by their hash, so a writer never
overwrites what a reader reads. A page object holds a page in every encoding that we serve: one write, one read, no
compression at request time.

    pages/ab/cdef…      a page (see `pack`)
    media/abcdef….jpg   a picture as it came, or as render made it smaller

    PageMissing    there is no object of that key
    (is_outage tells a store that is away or full from everything else)
"""

import asyncio
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import brotli
import obstore
import orjson
import zstandard
from isal import igzip
from obstore.exceptions import BaseError, GenericError, NotFoundError
from obstore.store import LocalStore, ObjectStore, from_url

#: Measured on 30 KB of prose: isal 2 takes 0.1 ms where zlib 6 takes 1 ms for the same size; brotli 5 doubles the time
#: of 4 for 3 %.
GZIP_LEVEL, ZSTD_LEVEL, BROTLI_SMALL, BROTLI_LARGE, LARGE = 2, 1, 4, 1, 64 * 1024
#: Below this a page fits one packet anyway.
COMPRESS_FROM = 200
AT_ONCE = 16


class PageMissing(Exception):  # noqa: N818 - an outcome with a name, as in LookupError
    """The store holds no object of that key."""


@dataclass(frozen=True, slots=True)
class Page:
    """What an address answers with 200: a type, a body and the headers that are not about caching.

    `ready` are encodings that the writer has already (a feed is spliced from compressed entries); none are made then.
    """

    content_type: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    ready: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Object name: the hash of all that a reader sees: equal pages are one object and the key can be an ETag."""
        seen = hashlib.sha256(_meta(self))
        seen.update(self.ready.get("gzip", self.body))
        digest = seen.hexdigest()
        return f"pages/{digest[:2]}/{digest[2:]}"


@dataclass(frozen=True, slots=True)
class StoredPage:
    """A page with its ready encodings: `encodings["identity"]`, `"gzip"`, `"br"`, `"zstd"`."""

    key: str
    content_type: str
    headers: Mapping[str, str]
    encodings: Mapping[str, bytes]

    @property
    def etag(self) -> str:
        """The strong validator, without quotes; equal for equal pages."""
        return self.key.rpartition("/")[2][:32]


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
        """Compress and write pages; their keys in the same order. All are written when it returns."""
        packed = await asyncio.to_thread(lambda: [(page.key, pack(page)) for page in pages])
        unique = dict(packed)
        await asyncio.gather(*(self.put(key, body) for key, body in unique.items()))
        return [key for key, _ in packed]

    async def get_page(self, key: str) -> StoredPage:
        """Read a page; PageMissing when it is not there."""
        return unpack(key, await self.get(key))

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
        except (NotFoundError, FileNotFoundError) as error:
            raise PageMissing(key) from error

    async def delete(self, keys: Iterable[str]) -> None:
        """Remove objects; those that are gone already do not matter."""
        for key in keys:
            try:
                await obstore.delete_async(self._store, key)
            except (NotFoundError, FileNotFoundError):
                continue

    async def ping(self) -> None:
        """Raise when the store does not answer."""
        try:
            await obstore.head_async(self._store, "ping")
        except (NotFoundError, FileNotFoundError):
            return


def pack(page: Page) -> bytes:
    """A page as one object: a JSON line (type, headers, sizes), then each encoding's bytes."""
    parts = {"identity": page.body, **page.ready} if page.ready else encodings(page.body, page.content_type)
    head = {
        "type": page.content_type,
        "headers": dict(page.headers),
        "parts": [[name, len(part)] for name, part in parts.items()],
    }
    return b"\n".join((orjson.dumps(head), b"".join(parts.values())))


def unpack(key: str, packed: bytes) -> StoredPage:
    """The inverse of `pack`."""
    line, _, rest = packed.partition(b"\n")
    head = orjson.loads(line)
    parts: dict[str, bytes] = {}
    start = 0
    for name, size in head["parts"]:
        parts[name] = rest[start : start + size]
        start += size
    return StoredPage(key, head["type"], MappingProxyType(head["headers"]), MappingProxyType(parts))


def encodings(body: bytes, content_type: str) -> dict[str, bytes]:
    """`body` in every encoding that makes it smaller; always with `identity`. The same input gives the same bytes."""
    parts = {"identity": body}
    if len(body) < COMPRESS_FROM or content_type.startswith(("image/jpeg", "image/png", "image/webp", "image/gif")):
        return parts
    parts["gzip"] = igzip.compress(body, GZIP_LEVEL)
    parts["br"] = brotli.compress(body, quality=BROTLI_SMALL if len(body) < LARGE else BROTLI_LARGE)
    parts["zstd"] = zstandard.compress(body, ZSTD_LEVEL)
    return parts


def is_outage(error: BaseException) -> bool:
    """Is the store away or full, so that waiting helps?"""
    return isinstance(error, (GenericError, BaseError)) and not isinstance(error, NotFoundError)


def _meta(page: Page) -> bytes:
    return orjson.dumps([page.content_type, dict(page.headers)], option=orjson.OPT_SORT_KEYS)
