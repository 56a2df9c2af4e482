"""What do the pages of some jobs show? Read on the connection of the transaction that decided on them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import BindParameter, Connection, Select, bindparam, select, text, update

from services.render.adapters.tables import lists, memberships, stories, tombstones
from services.render.domain.feed import Tombstone
from services.render.domain.lists import (
    BREAKING,
    FRONT,
    IN_FEED,
    LEAD_FOR,
    MOST_BREAKING,
    MOST_PAGES,
    PER_PAGE,
    TOMBSTONE_FOR,
    UPDATES,
    archive_page_count,
    is_public_list,
    page_count,
)
from services.render.domain.snapshot import Job, Listing, Place, Snapshot

US = timedelta(microseconds=1)
LEAD_US, TOMBSTONE_US = LEAD_FOR // US, TOMBSTONE_FOR // US
MOST_SECTIONS = 60
_NO_LIST = ("", 0, 1)
_THIRD = 2


#: The places of a list; without an order yet.
PLACES: Select[Any] = (
    select(memberships.c.story_id, stories.c.version, memberships.c.sort_at, memberships.c.ordinal)
    .join(stories, stories.c.story_id == memberships.c.story_id)
    .where(memberships.c.list_key == bindparam("key"), memberships.c.here)
)
#: SQLite answers at once: one look into the index a list, past SQLAlchemy, whose share would be the larger one.
_NEWEST_HERE = """SELECT m.story_id, s.version, m.sort_at, m.ordinal
    FROM memberships m JOIN stories s ON s.story_id = m.story_id
    WHERE m.list_key = ? AND m.here = 1 ORDER BY m.sort_at DESC, m.ordinal DESC LIMIT ?"""
#: PostgreSQL is a way off: all lists with one statement.
_NEWEST_THERE = text(
    """SELECT k.value, m.story_id, s.version, m.sort_at, m.ordinal
    FROM json_array_elements_text(CAST(:keys AS json)) AS k(value)
    CROSS JOIN LATERAL (
        SELECT n.story_id, n.sort_at, n.ordinal FROM memberships n WHERE n.list_key = k.value AND n.here
        ORDER BY n.sort_at DESC, n.ordinal DESC LIMIT :most) m
    JOIN stories s ON s.story_id = m.story_id
    ORDER BY m.sort_at DESC, m.ordinal DESC"""
)
_KEYS: BindParameter[str] = bindparam("keys", expanding=True)
_LISTS = select(lists.c.key, lists.c.name, lists.c.size, lists.c.pages).where(lists.c.key.in_(_KEYS))
_NEWEST_MONTHS = (
    select(lists.c.key, lists.c.size)
    .where(lists.c.size > 0, lists.c.key > "archive/", lists.c.key < "archive0")
    .order_by(lists.c.key.desc())
    .limit(_THIRD + 1)
)
_TOMBSTONES = (
    select(tombstones)
    .where(tombstones.c.list_key.in_(_KEYS), tombstones.c.killed_at > bindparam("after"))
    .order_by(tombstones.c.killed_at.desc(), tombstones.c.story_id)
)
_SECTIONS = (
    select(lists.c.key, lists.c.name)
    .where(lists.c.key > "section/", lists.c.key < "section0", lists.c.size > 0)
    .order_by(lists.c.key)
    .limit(MOST_SECTIONS)
)


def newest(connection: Connection, keys: Iterable[str], most: int) -> Mapping[str, list[Place]]:
    """The newest stories of lists."""
    if connection.dialect.name == "sqlite":
        run = connection.connection.cursor().execute
        return {key: list(map(Place._make, run(_NEWEST_HERE, (key, most)))) for key in keys}
    found: dict[str, list[Place]] = {key: [] for key in keys}
    if found:
        packed = {"keys": orjson.dumps(list(found)).decode(), "most": most}
        for key, *place in connection.execute(_NEWEST_THERE, packed).all():
            found[key].append(Place(*place))
    return found


def sections(connection: Connection) -> list[tuple[str, str]]:
    """(key, name) of the sections that have stories."""
    return [(row.key, row.name) for row in connection.execute(_SECTIONS)]


def read_lists(connection: Connection, jobs: Mapping[str, set[str]], now: int, into: Snapshot) -> None:
    """First pages and feeds (list → `list`, `first`, `feeds`); what time will change is noted in `into.later`."""
    keys = list(jobs)
    rows = list_rows(connection, keys)
    graves = tombstones_of(connection, keys, now)
    unfed = [key for key in keys if jobs[key] == {"first"}]
    places = {
        **newest(connection, unfed, PER_PAGE),
        **newest(connection, [key for key in keys if jobs[key] != {"first"}], IN_FEED + 1),
    }
    for key in keys:
        name, size, pages = rows.get(key, _NO_LIST)
        front = key == FRONT
        breaking = _breaking(connection, now) if front else []
        into.lists.append(
            Listing(
                key=key,
                name=name,
                size=size,
                pages=pages,
                places=places[key][:IN_FEED],
                tombstones=graves[key],
                sections=sections(connection) if front else (),
                breaking=breaking,
                paged=key != UPDATES and jobs[key] != {"feeds"},
                fed=jobs[key] != {"first"},
                archived=_newest_archived(connection) if front else None,
                older=places[key][IN_FEED].sort_at if len(places[key]) > IN_FEED and is_public_list(key) else None,
            )
        )
        if breaking:
            into.later.append((Job("list", key), breaking[-1].sort_at + LEAD_US + 1))
        if graves[key]:
            into.later.append((Job("list", key), min(one.killed for one in graves[key]) + TOMBSTONE_US + 1))


def _newest_archived(connection: Connection) -> tuple[str, int | None] | None:
    """Where the site's feeds lead on to: of all pages of months, newest first, the third.

    The first still grows, the second may have been filled by this very story and be written a moment later. Both are
    shorter than a feed, so that nothing is missing between.
    """
    pages: list[tuple[str, int | None]] = []
    for month, size in connection.execute(_NEWEST_MONTHS):
        pages += [(month, None), *((month, number) for number in range(archive_page_count(size) - 1, 0, -1)[:_THIRD])]
    return pages[_THIRD] if len(pages) > _THIRD else None


def read_deep(connection: Connection, keys: Sequence[str], into: Snapshot) -> None:
    """Pages 2 to 10."""
    rows = list_rows(connection, keys)
    long = [key for key in keys if rows.get(key, _NO_LIST)[1] > PER_PAGE]
    places = newest(connection, long, PER_PAGE * MOST_PAGES)
    for key in keys:
        name, size, before = rows.get(key, _NO_LIST)
        pages = keep_pages(connection, key, page_count(size), before)
        into.deep.append(Listing(key=key, name=name, size=size, pages=pages, places=places.get(key, [])))


def keep_pages(connection: Connection, key: str, now: int, before: int) -> int:
    """How many pages a list has or ever had."""
    if now > before:
        connection.execute(update(lists).where(lists.c.key == key).values(pages=now))
    return max(now, before)


def list_rows(connection: Connection, keys: Sequence[str]) -> Mapping[str, tuple[str, int, int]]:
    """Name, size and number of pages (the most that there have been) of lists."""
    rows = connection.execute(_LISTS, {"keys": keys})
    return {row.key: (row.name, row.size, row.pages) for row in rows}


def _breaking(connection: Connection, now: int) -> list[Place]:
    return [one for one in newest(connection, [BREAKING], MOST_BREAKING)[BREAKING] if one.sort_at > now - LEAD_US]


def tombstones_of(connection: Connection, keys: Sequence[str], now: int) -> Mapping[str, list[Tombstone]]:
    """What lists say of stories that were withdrawn from them, for as long as they say it."""
    found: dict[str, list[Tombstone]] = defaultdict(list)
    for row in connection.execute(_TOMBSTONES, {"keys": keys, "after": now - TOMBSTONE_US}):
        found[row.list_key].append(_tombstone(row))
    return found


def _tombstone(row: Any) -> Tombstone:  # noqa: ANN401 - a row
    return Tombstone(UUID(row.story_id), row.path, row.killed_at, row.note, row.sort_at, row.ordinal)
