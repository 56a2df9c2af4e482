"""Where does the picture come from that a story names?

From the page store when it was uploaded to us; else it is fetched once, kept in the page store for good and remembered
by its address, so that no replay asks a stranger again. A stranger's outage is not ours: the story goes on without its
picture and says why. The page store's own outage is raised, and the step waits.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any, Protocol

from sqlalchemy import Connection, select

from services.enrich.adapters.tables import media
from services.enrich.domain.pictures import MOST_BYTES, NoPicture, Shape, measure
from shared.database import Database, upsert
from shared.events import Image, StoredImage, StoryReceived
from shared.net import Answer, NetError
from shared.pages import PageMissing, bare

#: A picture holds its story (and its batch) no longer than this.
PATIENCE = 4.5
AT_ONCE = 16
OK = 200


class Store(Protocol):
    """The page store."""

    async def put_media(self, body: bytes, suffix: str) -> str:
        """Keep a picture; its key."""

    async def get(self, key: str) -> bytes:
        """Read an object; PageMissing when it is not there."""


class Web(Protocol):
    """Guarded HTTP."""

    async def get(self, url: str, *, max_bytes: int, timeout: float) -> Answer:  # noqa: ASYNC109 - the form of `Net`
        """GET; NetError without an answer."""


@dataclass(frozen=True, slots=True)
class _Found:
    """What is known of an address: a kept picture, or why there is none."""

    key: str | None
    shape: Shape | None
    size: int
    missing: str | None


class StoredPictures:
    """Pictures in the page store, with their addresses in SQL."""

    def __init__(self, database: Database, store: Store, web: Web, public_url: str) -> None:
        """`public_url`: below it, `/media/…` is our own store."""
        self._database = database
        self._store = store
        self._web = web
        self._own = f"{public_url}/media/"
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def find(self, batch: Sequence[StoryReceived], now: datetime) -> list[tuple[StoredImage | None, str | None]]:
        """For each revision its kept picture, or the reason why it has none; (None, None) when it names none."""
        wanted = {key: url for one in batch for key, url in _keys(one)}
        if not wanted:
            return [(None, None)] * len(batch)
        known = await self._database.read(lambda connection: _known(connection, wanted))
        missing = {one.story.image.url for one in batch if one.story and one.story.image and not _answer(one, known)}
        fetched = dict(zip(missing, await asyncio.gather(*map(self._obtain, missing)), strict=True))
        found: list[tuple[StoredImage | None, str | None]] = []
        rows: dict[str, dict[str, object]] = {}
        for one in batch:
            image = one.story.image if one.story else None
            if image is None:
                found.append((None, None))
                continue
            answer = _answer(one, known) or fetched[image.url]
            if image.url in fetched:
                key = _keys(one)[0 if answer.key else 1][0]
                rows[key] = _row(key, image.url, answer, now)
            found.append((_stored(image, answer), answer.missing))
        if rows:
            await self._database.write(
                lambda connection: connection.execute(
                    upsert(connection, media).on_conflict_do_nothing(), list(rows.values())
                )
            )
        return found

    async def _obtain(self, url: str) -> _Found:
        async with self._slots:
            try:
                own = url.startswith((self._own, "/media/"))
                body = await (self._uploaded(url) if own else self._fetched(url))
                shape = measure(body)
                if own:
                    key = f"media/{url.rpartition('/media/')[2]}"
                else:
                    # Before it is kept: neither the store nor a backup shall know where it was taken.
                    body = await asyncio.to_thread(bare, body)
                    key = await self._store.put_media(body, shape.suffix)
            except NoPicture as why:
                return _Found(None, None, 0, str(why))
        return _Found(key, shape, len(body), None)

    async def _uploaded(self, url: str) -> bytes:
        name = url.rpartition("/media/")[2]
        if "/" in name or name.startswith("."):
            raise NoPicture("no such upload")
        try:
            return await self._store.get(f"media/{name}")
        except PageMissing:
            raise NoPicture("no such upload") from None

    async def _fetched(self, url: str) -> bytes:
        if not url.startswith(("http://", "https://")):
            raise NoPicture("not a web address")
        try:
            answer = await self._web.get(url, max_bytes=MOST_BYTES, timeout=PATIENCE)
        except NetError as error:
            raise NoPicture(f"{type(error).__name__.lower()}: {error}"[:200]) from error
        if answer.status != OK:
            raise NoPicture(f"it answered {answer.status}")
        return answer.body


def _keys(one: StoryReceived) -> list[tuple[str, str]]:
    """Under which keys a revision's picture is remembered: by its address; by address and revision when it failed."""
    if one.story is None or one.story.image is None:
        return []
    url = one.story.image.url
    return [(_hash(url), url), (_hash(f"{url} {one.head.story_id} {one.head.revision}"), url)]


def _answer(one: StoryReceived, known: dict[str, _Found]) -> _Found | None:
    return next((known[key] for key, _ in _keys(one) if key in known), None)


def _known(connection: Connection, wanted: dict[str, str]) -> dict[str, _Found]:
    rows = connection.execute(select(media).where(media.c.url_key.in_(list(wanted))))
    return {row.url_key: _from_row(row) for row in rows}


def _from_row(row: Any) -> _Found:  # noqa: ANN401 - a row of `media`
    if row.key is None:
        return _Found(None, None, 0, row.missing)
    suffix = row.key.rpartition(".")[2]
    return _Found(row.key, Shape(row.content_type, suffix, row.width, row.height), row.bytes, None)


def _row(key: str, url: str, found: _Found, now: datetime) -> dict[str, object]:
    shape = found.shape
    return {
        "url_key": key,
        "url": url,
        "key": found.key,
        "content_type": shape.content_type if shape else None,
        "width": shape.width if shape else None,
        "height": shape.height if shape else None,
        "bytes": found.size if shape else None,
        "missing": found.missing,
        "at": now,
    }


def _stored(image: Image, found: _Found) -> StoredImage | None:
    if found.key is None or found.shape is None:
        return None
    shape = found.shape
    return StoredImage(
        key=found.key,
        path=f"/{found.key}",
        content_type=shape.content_type,
        width=shape.width,
        height=shape.height,
        bytes=found.size,
        **image.model_dump(exclude={"url"}),
    )


def _hash(text: str) -> str:
    return blake2b(text.encode(errors="surrogatepass"), digest_size=16).hexdigest()
