"""What stands in a sitemap's files? Each has 50 chunks of stories by ordinal; only what changed is read again."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, bindparam, func, select

from services.render.adapters.reading import sections
from services.render.adapters.tables import chunks, stories
from services.render.domain.sitemaps import CHUNK, CHUNKS, SitemapEntry, file_of, rows
from services.render.domain.snapshot import SitemapShot, Snapshot
from services.render.domain.splice import deflated
from shared.database import upsert

_CHUNK = (
    select(stories.c.path, stories.c.updated_at)
    .where(
        stories.c.state == "live",
        stories.c.ordinal > bindparam("after"),
        stories.c.ordinal <= bindparam("until"),
    )
    .order_by(stories.c.ordinal)
)
_PACKED = (
    select(chunks.c.number, chunks.c.packed)
    .where(chunks.c.number > bindparam("after"), chunks.c.number <= bindparam("until"))
    .order_by(chunks.c.number)
)


def read_files(connection: Connection, numbers: Iterable[int], site_url: str, into: Snapshot) -> None:
    """Make these chunks again, and read the files that hold them.

    There were more files once, of one chunk each: what a chunk of that number had shows nothing any more.
    """
    changed = sorted(set(numbers))
    if not changed:
        return
    for number in changed:
        _make(connection, number, site_url)
    into.files += [(file, _runs(connection, file, site_url)) for file in sorted(set(map(file_of, changed)))]
    last = file_of(connection.scalar(select(func.max(chunks.c.number))) or 1)
    into.former_files += [number for number in changed if number > last]


def read_sitemap(connection: Connection, into: Snapshot) -> None:
    """The sitemap's index."""
    newest: dict[int, int | None] = {}
    for number, changed in connection.execute(select(chunks.c.number, chunks.c.changed_at).order_by(chunks.c.number)):
        file = file_of(number)
        newest[file] = max((one for one in (newest.get(file), changed) if one is not None), default=None)
    into.sitemap = SitemapShot(files=list(newest.items()), sections=[key for key, _ in sections(connection)])


def _make(connection: Connection, number: int, site_url: str) -> bytes:
    """A chunk as its file shows it; its newest change is kept for the index."""
    found = connection.execute(_CHUNK, {"after": (number - 1) * CHUNK, "until": number * CHUNK})
    entries = [SitemapEntry(path=row.path, updated=row.updated_at) for row in found]
    packed = deflated(rows(entries, site_url))
    newest = max((one.updated for one in entries), default=None)
    statement = upsert(connection, chunks).values(number=number, changed_at=newest, packed=packed)
    new = statement.excluded
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["number"], set_={"changed_at": new.changed_at, "packed": new.packed}
        )
    )
    return packed


def _runs(connection: Connection, file: int, site_url: str) -> Sequence[bytes]:
    found = connection.execute(_PACKED, {"after": (file - 1) * CHUNKS, "until": file * CHUNKS}).all()
    return [row.packed or _make(connection, row.number, site_url) for row in found]
