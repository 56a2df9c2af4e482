"""Everything that some jobs need, as one snapshot."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import BindParameter, Connection, bindparam, select

from services.render.adapters.codec import stored
from services.render.adapters.neighbours import between
from services.render.adapters.reading import read_deep, read_lists
from services.render.adapters.reading_beside import read_archive, read_comments, read_news
from services.render.adapters.sitemapping import read_files, read_sitemap
from services.render.adapters.tables import addresses, references, stories
from services.render.domain.fragments import Fragments
from services.render.domain.lists import PER_PAGE, UPDATES
from services.render.domain.neighbours import NOBODY, spot_of
from services.render.domain.references import Target
from services.render.domain.snapshot import Job, Place, Snapshot, StoryShot
from shared.events import StoryEnriched
from shared.events.stored import unpack_event

_FIRST = {"list", "first", "feeds"}
_TARGET = (
    references.c.story_id.label("of"),
    references.c.target,
    *(stories.c[name] for name in ("story_id", "state", "path", "headline", "version", "ordinal")),
)

_IDS: BindParameter[str] = bindparam("ids", expanding=True)
_STORIES = select(stories).where(stories.c.story_id.in_(_IDS))
_LIVE = _STORIES.where(stories.c.state == "live")
_BY_ID = (
    select(*_TARGET).join(stories, stories.c.story_id == references.c.target).where(references.c.story_id.in_(_IDS))
)
#: Of two stories that claim an address the one accepted first has it.
_BY_ADDRESS = (
    select(*_TARGET)
    .join(addresses, addresses.c.address == references.c.target)
    .join(stories, stories.c.story_id == addresses.c.story_id)
    .where(references.c.story_id.in_(_IDS))
    .order_by(stories.c.ordinal)
)

#: Stories that are made again in one go.
BITE = 64
_NEXT = (
    select(stories.c.story_id, stories.c.ordinal)
    .where(stories.c.state == "live", stories.c.ordinal > bindparam("after"))
    .order_by(stories.c.ordinal)
    .limit(BITE)
)


def read(  # noqa: PLR0917 - all that a transaction has at hand
    connection: Connection,
    jobs: Iterable[Job],
    now: int,
    version: int,
    cache: Fragments,
    site_url: str,
    events: Mapping[str, StoryEnriched] | None = None,
) -> Snapshot:
    """Read what `jobs` show as of `now` (µs). `events`: stories that are at hand and need not be unpacked."""
    snapshot = Snapshot(version, events={**(events or {})})
    keys: dict[str, list[Job]] = {}
    first: dict[str, set[str]] = {}
    for job in dict.fromkeys(jobs):
        keys.setdefault(job.what, []).append(job)
        if job.what in _FIRST:
            first.setdefault(job.key, set()).add(job.what)
    read_lists(connection, first, now, snapshot)
    read_deep(connection, [job.key for job in keys.get("deep", ())], snapshot)
    read_stories(connection, [job.key for job in keys.get("story", ())], snapshot)
    for job in (*keys.get("archive", ()), *keys.get("graves", ())):
        read_archive(connection, job, now, snapshot)
    _read_sitemaps(connection, keys, now, site_url, snapshot)
    if "comments" in keys:
        read_comments(connection, snapshot)
    snapshot.static = "static" in keys
    for job in keys.get("restyle", ()):
        read_restyled(connection, job, now, snapshot)
    _fill(connection, snapshot, cache)
    return snapshot


def _read_sitemaps(
    connection: Connection, keys: Mapping[str, Sequence[Job]], now: int, site_url: str, snapshot: Snapshot
) -> None:
    """Files come before the index, which dates them."""
    read_files(connection, [int(job.key) for job in keys.get("chunk", ())], site_url, snapshot)
    if "sitemap" in keys:
        read_sitemap(connection, snapshot)
    if "news" in keys:
        read_news(connection, now, snapshot)


def read_stories(connection: Connection, story_ids: Sequence[str], into: Snapshot) -> None:
    """Story pages; those that are not live have none."""
    if not story_ids:
        return
    found = connection.execute(_LIVE, {"ids": story_ids}).all()
    rows = {row.story_id: stored(row) for row in found}
    for story_id in rows.keys() - into.events.keys():
        into.events[story_id] = unpack_event(rows[story_id].doc)
    spots = {row.story_id: spot_of(into.events[row.story_id], row.published_at) for row in found}
    stands = between(connection, (spot for spot in spots.values() if spot))
    targets: dict[str, dict[str, Target]] = {story_id: {} for story_id in rows}
    for query in (_BY_ID, _BY_ADDRESS):
        for of, name, *target in connection.execute(query, {"ids": list(rows)}):
            targets[of].setdefault(name, Target(*target))
    into.stories.extend(
        StoryShot(rows[key], targets[key], spot, stands[spot] if spot else NOBODY)
        for key, spot in ((key, spots[key]) for key in story_ids if key in rows)
    )


def read_restyled(connection: Connection, job: Job, now: int, into: Snapshot) -> None:
    """The next stories after the ordinal `job.since`; the rest becomes a later job, due at once."""
    found = connection.execute(_NEXT, {"after": job.since or 0}).all()
    read_stories(connection, [row.story_id for row in found], into)
    if len(found) == BITE:
        into.later.append((Job("restyle", "", found[-1].ordinal), now))


def _fill(connection: Connection, snapshot: Snapshot, cache: Fragments) -> None:
    """Take from the cache what it has, from the index what it has not."""
    missing: set[str] = set()
    for story_id, card in cache.cards(dict(_shown_as_cards(snapshot))).items():
        if card is None:
            missing.add(story_id)
        else:
            snapshot.cards[story_id] = card
    for one, update in dict.fromkeys(_shown_as_entries(snapshot)):
        pieces = cache.pieces(one.story_id, one.version, update=update)
        if pieces is None:
            missing.add(one.story_id)
        else:
            snapshot.pieces[one.story_id, update] = pieces
    own = {shot.stored.story_id: shot.stored for shot in snapshot.stories}
    snapshot.docs.update({key: own[key] for key in missing & own.keys()})
    wanted = sorted(missing - own.keys())
    for start in range(0, len(wanted), 400):
        found = connection.execute(_STORIES, {"ids": wanted[start : start + 400]})
        snapshot.docs.update({row.story_id: stored(row) for row in found})


def _shown_as_entries(snapshot: Snapshot) -> Iterable[tuple[Place, bool]]:
    """What feeds show, and whether as a correction."""
    for listing in snapshot.lists:
        yield from ((one, listing.key == UPDATES) for one in (listing.places if listing.fed else ()))
    for archive in snapshot.archives:
        yield from ((one, False) for one in archive.places)


def _shown_as_cards(snapshot: Snapshot) -> Iterable[tuple[str, int]]:
    for listing in snapshot.lists:
        if listing.paged:
            yield from (place[:2] for place in listing.places[:PER_PAGE])
            yield from (place[:2] for place in listing.breaking)
    for deep in snapshot.deep:
        yield from (place[:2] for place in deep.places[PER_PAGE:])
    for archive in snapshot.archives:
        yield from (place[:2] for place in archive.places)
    for shot in snapshot.stories:
        yield from ((one.story_id, one.version) for one in shot.targets.values() if one.state == "live")
