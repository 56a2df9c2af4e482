"""What do archives, the news sitemap and the feed of comments show?"""

from uuid import UUID

import orjson
from sqlalchemy import Connection, bindparam, func, select

from services.render.adapters.reading import PLACES, TOMBSTONE_US, keep_pages, list_rows, tombstones_of
from services.render.adapters.tables import comments, lists, memberships, stories
from services.render.domain.comments import StoryComment
from services.render.domain.graves import is_after
from services.render.domain.instants import HOUR
from services.render.domain.lists import FRONT, IN_FEED, PER_PAGE, archive_page_count
from services.render.domain.sitemaps import NEWS_HOURS, NEWS_MOST, SitemapEntry
from services.render.domain.snapshot import ArchiveSlice, Job, Place, Snapshot
from shared.events import ApprovedComment

#: Pages of one month in one go: a month that was imported at once must not hold up everything else.
SLICE = 16
_SECOND = 2

_BEFORE = (
    select(func.count())
    .select_from(memberships)
    .where(memberships.c.list_key == bindparam("key"), memberships.c.here, memberships.c.sort_at < bindparam("since"))
)
_OLDEST = (
    PLACES.order_by(memberships.c.sort_at, memberships.c.ordinal).limit(bindparam("most")).offset(bindparam("skipped"))
)
_MONTHS = select(lists.c.key).where(lists.c.size > 0, lists.c.key > "archive/", lists.c.key < "archive0")
_NEWS = (
    select(stories.c.path, stories.c.updated_at, stories.c.headline, stories.c.language, stories.c.published_at)
    .join(memberships, stories.c.story_id == memberships.c.story_id)
    .where(
        memberships.c.list_key == FRONT,
        memberships.c.here,
        memberships.c.sort_at > bindparam("since"),
        ~stories.c.sponsored,
    )
    .order_by(memberships.c.sort_at.desc(), memberships.c.ordinal.desc())
    .limit(NEWS_MOST)
)
_COMMENTS = (
    select(comments.c.body, comments.c.page, comments.c.story_id, stories.c.path, stories.c.headline)
    .join(stories, stories.c.story_id == comments.c.story_id)
    .order_by(comments.c.at.desc(), comments.c.comment_id.desc())
    .limit(IN_FEED)
)


def read_archive(connection: Connection, job: Job, now: int, into: Snapshot) -> None:
    """The pages of a month from where it changed, at most SLICE; the rest becomes a later job, due at once."""
    _, size, pages = list_rows(connection, [job.key]).get(job.key, ("", 0, 1))
    before = connection.scalar(_BEFORE, {"key": job.key, "since": job.since or 0}) or 0
    # The page before may have been the last one and must now link on.
    page = max(0, min(before, size - 1) // PER_PAGE - 1) + 1
    neighbours = months_beside(connection, job.key)
    if neighbours[0] is None and page == _SECOND:
        page = 1  # where the second page is has changed, and the very first one says so
    pages = keep_pages(connection, job.key, archive_page_count(size), pages)
    before_these, places, rest = _slice(connection, job.key, page, SLICE * PER_PAGE)
    if rest is not None and rest <= (job.since or 0):
        # More stories of one moment than a slice holds: the next slice would begin where this one did.
        before_these, places, rest = _slice(connection, job.key, page, size)
    until = pages if rest is None else page + SLICE - 1
    graves = tombstones_of(connection, [job.key], now)[job.key]
    if graves:
        due = min(one.killed for one in graves) + TOMBSTONE_US + 1
        into.later.append((Job("graves", job.key, min(one.sort_at for one in graves)), due))
    theirs = [one for one in graves if before_these is None or is_after(one, before_these)]
    second = _second(connection, job.key, size, neighbours) if page == 1 else None
    into.archives.append(ArchiveSlice(job.key, size, page, until, places, neighbours, theirs, second))
    if page == 1 and neighbours[0] is not None and months_beside(connection, neighbours[0])[0] is None:
        into.later.append((Job("archive", neighbours[0], 2**62), 0))
    if rest is not None:
        into.later.append((Job("archive", job.key, rest), 0))


def _second(
    connection: Connection, key: str, size: int, neighbours: tuple[str | None, str | None]
) -> tuple[str, int | None] | None:
    """Where the second page of all months is, for the first one; None for all others, and while there is none."""
    before, after = neighbours
    pages = archive_page_count(size)
    if before is not None or (pages == 1 and after is None):
        return None
    if pages > 1 or after is None:
        return key, _SECOND if pages > _SECOND else None
    return after, 1 if archive_page_count(list_rows(connection, [after])[after][1]) > 1 else None


def months_beside(connection: Connection, key: str) -> tuple[str | None, str | None]:
    """The months with stories before and after a month."""
    before = _MONTHS.where(lists.c.key < key).order_by(lists.c.key.desc()).limit(1)
    after = _MONTHS.where(lists.c.key > key).order_by(lists.c.key).limit(1)
    return connection.scalar(before), connection.scalar(after)


def _slice(connection: Connection, key: str, page: int, most: int) -> tuple[Place | None, list[Place], int | None]:
    """The story before a page, the stories from there on, and when the first that is one too many was published."""
    ahead = int(page > 1)
    skipped = (page - 1) * PER_PAGE - ahead
    found = connection.execute(_OLDEST, {"key": key, "most": most + 1 + ahead, "skipped": skipped})
    places = [Place(*row) for row in found]
    before, places = (places[0] if ahead and places else None), places[ahead:]
    return before, places[:most], places[most].sort_at if len(places) > most else None


def read_news(connection: Connection, now: int, into: Snapshot) -> None:
    """The stories of the last two days; it changes again when the oldest of them is too old."""
    rows = connection.execute(_NEWS, {"since": now - NEWS_HOURS * HOUR})
    into.news = [SitemapEntry(row.path, row.updated_at, row.headline, row.language, row.published_at) for row in rows]
    if into.news:
        into.later.append((Job("news"), into.news[-1].published + NEWS_HOURS * HOUR + 1))


def read_comments(connection: Connection, into: Snapshot) -> None:
    """The newest comments of the site."""
    into.comments = [
        StoryComment(
            UUID(row.story_id),
            row.path,
            row.headline,
            ApprovedComment.model_validate(orjson.loads(row.body)),
            row.page,
        )
        for row in connection.execute(_COMMENTS)
    ]
