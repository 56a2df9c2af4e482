"""Render's index in SQL: which stories there are, in which lists, and what is to be rendered again."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select

from services.render.adapters import marks
from services.render.adapters.codec import pack_thumb, unpack_thumb
from services.render.adapters.commenting import comment, restore
from services.render.adapters.entering import dependants, enter, judged, known_rows, renamed
from services.render.adapters.killing import kill
from services.render.adapters.moving import Moved
from services.render.adapters.neighbours import beside
from services.render.adapters.reading import TOMBSTONE_US, list_rows
from services.render.adapters.reading_beside import months_beside
from services.render.adapters.restyling import restyle
from services.render.adapters.snapshots import read
from services.render.adapters.tables import comments, thumbs, tombstones
from services.render.domain.entry import Thumb
from services.render.domain.fragments import Fragments
from services.render.domain.instants import SECOND, micros
from services.render.domain.lists import FRONT, PER_PAGE, UPDATES, is_public_list
from services.render.domain.site import Site
from services.render.domain.sitemaps import chunk_of
from services.render.domain.snapshot import Applied, Change, Job, Killed, Snapshot
from shared.database import Database, upsert
from shared.events import CommentsChanged

#: How long deeper pages, archives and sitemaps gather changes before they are rendered (µs); promised are 5 s.
GATHER = 2 * SECOND
#: The same while many stories come: each round paints hundreds of pages whatever has changed.
GATHER_LONGER = 3 * SECOND
#: Larger batches mean that stories queue up: the feeds of sections, tags and authors then gather changes, too. A feed
#: of 50 stories is the dearest page that there is, and a busy tag would be written several times a second.
AT_REST = 8
#: Stories that show another one follow it a little later than it appears itself.
FOLLOW = SECOND // 4


class SqlIndex:
    """The index; every method is one transaction."""

    def __init__(self, database: Database, site: Site, cache: Fragments, lease_s: float = 60) -> None:
        """`cache`: rendered parts that need not be read again. `lease_s`: how long a sweep may take with its jobs."""
        self._database = database
        self._lease = round(lease_s * SECOND)
        self._site = site
        self._cache = cache

    async def now(self) -> datetime:
        """The database's clock."""
        return await self._database.now()

    async def apply(self, changes: Sequence[Change], now: datetime) -> Applied:
        """Enter revisions, one of a story; older ones than known are left out of the answer."""
        return await self._database.write(lambda connection: self._apply(connection, changes, micros(now)))

    async def kill(self, kills: Sequence[Killed], now: datetime) -> Applied:
        """Enter kills; the snapshot removes every trace of them."""
        return await self._database.write(lambda connection: self._kill(connection, kills, micros(now)))

    async def comment(self, events: Sequence[CommentsChanged], now: datetime) -> Applied:
        """Enter lists of comments, one of a story."""
        return await self._database.write(lambda connection: self._comment(connection, events, micros(now)))

    async def claim(
        self, now: datetime, most: int, ahead: float = 0.0
    ) -> tuple[Snapshot, Sequence[tuple[Job, int]]] | None:
        """What is due within `ahead` seconds, read as of now, with the marks to settle; None when nothing is."""
        until = micros(now) + int(ahead * SECOND)
        if not await self._database.read(lambda connection: _is_due(connection, until)):
            return None
        return await self._database.write(lambda connection: self._claim(connection, micros(now), until, most))

    async def settle(self, done: Sequence[tuple[Job, int]], later: Sequence[tuple[Job, int]], version: int) -> None:
        """Forget what was rendered and told; note what time will change."""

        def work(connection: Connection) -> None:
            marks.settle(connection, done)
            marks.mark(connection, later, version)

        await self._database.write(work)

    async def overdue(self, now: datetime) -> dict[str, float]:
        """Seconds for which the oldest page is due (deeper lists, archives, sitemaps, what time changes)."""
        due = await self._database.read(marks.next_due)
        return {"lists": 0.0 if due is None else max(0.0, (micros(now) - due) / SECOND)}

    async def mark(self, jobs: Iterable[Job], now: datetime) -> None:
        """Ask for jobs at once."""
        due = micros(now)
        await self._database.write(
            lambda connection: marks.mark(connection, [(job, due) for job in jobs], marks.next_version(connection))
        )

    async def restyle(self, style: str, now: datetime) -> bool:
        """Pages are made in this style from now on; was it another one before, so that all are made again?"""
        return await self._database.write(lambda connection: restyle(connection, style, micros(now)))

    async def thumb(self, image: str) -> tuple[bool, Thumb | None]:
        """(is it known, the thumbnail of a picture if it has one)."""
        query = select(thumbs.c.thumb).where(thumbs.c.image == image)
        found = await self._database.read(lambda connection: connection.scalar(query))
        return found is not None, unpack_thumb(found)

    async def keep_thumb(self, image: str, thumb: Thumb | None) -> None:
        """Remember a picture's thumbnail, or that it has none."""
        await self._database.write(
            lambda connection: connection.execute(
                upsert(connection, thumbs).values(image=image, thumb=pack_thumb(thumb)).on_conflict_do_nothing()
            )
        )

    def _apply(self, connection: Connection, changes: Sequence[Change], now: int) -> Applied:
        version = marks.next_version(connection)
        known = known_rows(connection, [one.story_id for one in changes])
        accepted = judged(connection, changes, known)
        if not accepted:
            return Applied({}, Snapshot(version))
        ids = [one.story_id for one in accepted]
        moved = enter(connection, accepted, known, version, self._site)
        revived = [known[one] for one in ids if one in known and known[one].state != "live"]
        carried = restore(connection, revived) if revived else set()
        gone = [one.story_id for one in accepted if one.event.article is None]
        if gone:
            connection.execute(delete(comments).where(comments.c.story_id.in_(gone)))
        keys = _rendered_keys(moved, carried)
        busy = len(accepted) > AT_REST
        jobs = [Job("first" if busy and _may_wait(key) else "list", key) for key in keys]
        jobs += [Job("story", one) for one in ids] + _new_months(connection, moved)
        if gone or any(row.comments for row in known.values()):
            jobs.append(Job("comments"))
        events = {one.story_id: one.event for one in accepted if one.event.article}
        snapshot = read(connection, jobs, now, version, self._cache, self._site.url, events)
        shown_by = dependants(connection, ids) | _retold(accepted, known)
        follow_ups = [*_follow_ups(snapshot, accepted, moved, shown_by, now), *_months(connection, moved, now)]
        spots = moved.spots | renamed(accepted, known)
        follow_ups += _neighbours(beside(connection, spots, snapshot) - set(ids), now, gone=bool(gone), busy=busy)
        marks.mark(connection, [*follow_ups, *snapshot.later], version)
        told = {one: [key for key in keys if key in moved.touched[one] or key in carried] for one in ids}
        return Applied(told, snapshot)

    def _kill(self, connection: Connection, kills: Sequence[Killed], now: int) -> Applied:
        version = marks.next_version(connection)
        known = known_rows(connection, [str(one.story_id) for one in kills])
        accepted = [
            one for one in kills if str(one.story_id) not in known or known[str(one.story_id)].revision <= one.revision
        ]
        if not accepted:
            return Applied({}, Snapshot(version))
        connection.execute(delete(tombstones).where(tombstones.c.killed_at <= now - TOMBSTONE_US))
        jobs, moved = kill(connection, accepted, known, version)
        snapshot = read(connection, jobs, now, version, self._cache, self._site.url)
        marks.mark(connection, [*_months(connection, moved, now), *snapshot.later], version)
        return Applied({str(one.story_id): [] for one in accepted}, snapshot)

    def _comment(self, connection: Connection, events: Sequence[CommentsChanged], now: int) -> Applied:
        version = marks.next_version(connection)
        shown = sorted(comment(connection, events, version))
        jobs = [Job("story", one) for one in shown] + ([Job("comments")] if shown else [])
        return Applied({one: [] for one in shown}, read(connection, jobs, now, version, self._cache, self._site.url))

    def _claim(
        self, connection: Connection, now: int, until: int, most: int
    ) -> tuple[Snapshot, Sequence[tuple[Job, int]]] | None:
        claimed = marks.claim(connection, until, most, self._lease)
        if not claimed:
            return None
        version = marks.next_version(connection)
        return read(connection, [job for job, _ in claimed], now, version, self._cache, self._site.url), claimed


def _retold(accepted: Iterable[Change], known: Mapping[str, Any]) -> set[str]:
    """Stories that enrich told again, better. Ingest drives no revision twice: if that is lost, the sweep tells it."""
    return {
        one.story_id
        for one in accepted
        if one.is_news and one.story_id in known and known[one.story_id].revision == one.event.head.revision
    }


def _may_wait(key: str) -> bool:
    return key not in {FRONT, UPDATES}


def _is_due(connection: Connection, now: int) -> bool:
    due = marks.next_due(connection)
    return due is not None and due <= now


def _rendered_keys(moved: Moved, carried: set[str]) -> list[str]:
    """The lists that appear together with the stories of a batch, each once; `carried` lose a tombstone."""
    touched = {key for keys in moved.touched.values() for key in keys} | carried
    return sorted(key for key in touched if key in {FRONT, UPDATES} or is_public_list(key))


def _new_months(connection: Connection, moved: Moved) -> list[Job]:
    """Months that have their first stories: last pages of lists link them from this moment on."""
    grown = {key: by for key, by in moved.growth.items() if key.startswith("archive/") and by > 0}
    rows = list_rows(connection, list(grown)) if grown else {}
    return [Job("archive", key) for key, (_, size, _) in sorted(rows.items()) if size == grown[key]]


def _months(connection: Connection, moved: Moved, now: int) -> Iterable[tuple[Job, int]]:
    """The ends of the months beside one that has just come or gone: they link to each other."""
    grown = {key: by for key, by in moved.growth.items() if key.startswith("archive/") and by}
    for key, (_, size, _) in list_rows(connection, list(grown)).items() if grown else ():
        if size in {0, grown[key]}:
            before, after = months_beside(connection, key)
            if before is not None:
                yield Job("archive", before, 2**62), now + GATHER
            if after is not None:
                yield Job("archive", after, 0), now + GATHER


def _neighbours(story_ids: Iterable[str], now: int, *, gone: bool, busy: bool) -> Iterable[tuple[Job, int]]:
    """Pages beside stories that came, moved or are called otherwise. They gather: the next story has the same ones."""
    due = now + (FOLLOW if gone else GATHER_LONGER if busy else GATHER)
    return ((Job("story", story_id), due) for story_id in sorted(story_ids))


def _follow_ups(
    snapshot: Snapshot, accepted: Sequence[Change], moved: Moved, shown_by: Iterable[str], now: int
) -> Iterable[tuple[Job, int]]:
    due = now + (GATHER_LONGER if len(accepted) > AT_REST else GATHER)
    for listing in snapshot.lists:
        if (listing.size > PER_PAGE or listing.pages > 1) and listing.key != UPDATES:
            yield Job("deep", listing.key), due
        if not listing.fed:
            yield Job("feeds", listing.key), due
    for key, since in moved.since.items():
        yield Job("archive", key, since), due
    for number in {chunk_of(one.event.head.ordinal) for one in accepted}:
        yield Job("chunk", str(number)), due
    yield Job("sitemap"), due
    yield Job("news"), due
    for story_id in shown_by:
        yield Job("story", story_id), now + FOLLOW
