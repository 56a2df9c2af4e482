"""How does a batch of changes enter the tables, in one transaction?"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select, tuple_, update

from services.site.adapters.sql_index import SqlIndex
from services.site.adapters.sql_routes import hide_pages, lead
from services.site.adapters.tables import corrections, counters, discussions, media, redirects, stories
from services.site.domain.answers import Found
from services.site.domain.changes import Applied, PageRoute, StoryChange, newest
from services.site.domain.purging import picture_paths
from services.site.domain.standing import Fence, Standing, fence
from shared.database import Many

_STAND = Many.replacing(stories, "story_id")
_SHOW = Many.replacing(media, "name", "story_id", keeping=["stem"])
_REDIRECT, _CORRECT = Many.adding(redirects), Many.adding(corrections)


def apply(connection: Connection, changes: Sequence[StoryChange], shared: Iterable[PageRoute], at: datetime) -> Applied:
    """Enter the newest change of each story (`changes` has one of each) and pages that came with no story of their own.

    `at`: when the pages were made.
    """
    number = take_number(connection)
    known = _standings(connection, [change.story_id for change in changes])
    fences = {
        change.story_id: fence(known.get(change.story_id), change.revision, change.comments_version)
        for change in changes
    }
    new = [change for change in changes if fences[change.story_id] is Fence.NEWER]
    owned = [
        (change, route) for change in changes if fences[change.story_id] is not Fence.OLDER for route in change.routes
    ]
    hidden, ended = _stories(connection, new, known, number) if new else ([], set())
    rows = lead(connection, owned, newest(shared), int(at.timestamp()), number)
    paths = {row["path"] for row in rows if row["changed"] == number}
    shown = {change.path for change in new if change.state == "live"} & paths
    found = {
        row["path"]: Found(row["key"], row["last_modified"], number)
        for row in rows
        if row["path"] in shown and row["key"]
    }
    return Applied(
        number, fences, frozenset(paths | ended | _told(new, known)), frozenset(picture_paths(hidden)), found
    )


def _told(new: Sequence[StoryChange], known: Mapping[str, Standing]) -> set[str]:
    """The addresses of stories whose standing changed: where they are and where they were."""
    paths = {change.path for change in new} | {
        known[change.story_id].path for change in new if change.story_id in known
    }
    return paths | {f"{path}feed/" for path in paths}


def standings(connection: Connection, story_ids: Sequence[str]) -> Mapping[str, Standing]:
    """What is known of some stories."""
    return _standings(connection, story_ids)


def take_number(connection: Connection) -> int:
    """The number of this transaction's changes; nobody else changes the tables until it ends."""
    # The row lock makes the appliers of all replicas take turns, so numbers become visible in order.
    statement = update(counters).where(counters.c.name == "changed").values(value=counters.c.value + 1)
    return int(connection.execute(statement.returning(counters.c.value)).scalar_one())


def _standings(connection: Connection, story_ids: Sequence[str]) -> dict[str, Standing]:
    columns = (*(stories.c[name] for name in ("story_id", "path", "revision", "comments_version", "state", "told")),)
    rows = connection.execute(select(*columns).where(stories.c.story_id.in_(story_ids))) if story_ids else ()
    return {row[0]: Standing(*row) for row in rows}


def _stories(
    connection: Connection, new: Sequence[StoryChange], known: Mapping[str, Standing], number: int
) -> tuple[list[str], set[str]]:
    """Everything about stories but their pages; the pictures and the addresses that were hidden."""
    _standing_rows(connection, new, known, number)
    ended = hide_pages(connection, new, known, number)
    _redirect_rows(connection, new, known)
    hidden = _media_rows(connection, new, known)
    _correction_rows(connection, new)
    _settle_comments(connection, new)
    SqlIndex(connection).index(
        [change.document for change in new if change.document],
        gone=[change.story_id for change in new if change.document is None and change.story_id in known],
        fresh={change.story_id for change in new if change.story_id not in known},
    )
    return hidden, ended


def _standing_rows(
    connection: Connection, new: Sequence[StoryChange], known: Mapping[str, Standing], number: int
) -> None:
    _STAND(connection, [_standing_row(change, known.get(change.story_id), number) for change in new])


def _standing_row(change: StoryChange, before: Standing | None, number: int) -> dict[str, Any]:
    comments_version = change.comments_version
    return {
        "story_id": change.story_id,
        "path": change.path,
        "revision": change.revision,
        "comments_version": max(comments_version or 0, before.comments_version if before else 0),
        "state": change.state,
        "action": change.action,
        "headline": change.headline,
        "comments_open": change.comments_open,
        "note": change.note,
        "changed_at": change.at,
        "changed": number,
        "told": before.told if before and before.revision == change.revision else number,
    }


def _redirect_rows(connection: Connection, new: Sequence[StoryChange], known: Mapping[str, Standing]) -> None:
    seen = [change.story_id for change in new if change.story_id in known]
    if seen:
        connection.execute(delete(redirects).where(redirects.c.story_id.in_(seen)))
    rows = [
        {"path": path, "story_id": change.story_id}
        for change in new
        for path in sorted(change.redirects | _old_path(change, known))
    ]
    # The first story that claims an address keeps it: nobody can take over another's old links.
    _REDIRECT(connection, rows)


def _old_path(change: StoryChange, known: Mapping[str, Standing]) -> set[str]:
    before = known.get(change.story_id)
    return {before.path} - {change.path} if before else set()


def _media_rows(connection: Connection, new: Sequence[StoryChange], known: Mapping[str, Standing]) -> list[str]:
    """Which pictures the stories show from now on; those that one of them shows no more."""
    names = {change.story_id: change.media for change in new}
    old = [change.story_id for change in new if change.story_id in known]
    before = select(media.c.story_id, media.c.name).where(media.c.story_id.in_(old), media.c.live)
    hidden = [row for row in (connection.execute(before) if old else ()) if row.name not in names[row.story_id]]
    if hidden:
        gone = tuple_(media.c.story_id, media.c.name).in_([(row.story_id, row.name) for row in hidden])
        connection.execute(update(media).where(gone).values(live=False))
    rows = [
        {"name": name, "story_id": change.story_id, "stem": stem(name), "live": True}
        for change in new
        for name in sorted(change.media)
    ]
    _SHOW(connection, rows)
    return [row.name for row in hidden]


def stem(name: str) -> str:
    """`3f9a…-640.webp` → `3f9a…`: an object and its smaller copies share it."""
    return name.partition(".")[0].partition("-")[0]


def _correction_rows(connection: Connection, new: Sequence[StoryChange]) -> None:
    rows = [
        {"story_id": change.story_id, "revision": one.revision, "kind": one.kind, "note": one.note, "at": one.at}
        for change in new
        for one in change.corrections
    ]
    _CORRECT(connection, rows)


def _settle_comments(connection: Connection, new: Sequence[StoryChange]) -> None:
    for change in new:
        if change.comments_version:
            shown = discussions.c.version <= change.comments_version
            which = (discussions.c.story_id == change.story_id) & shown
            connection.execute(update(discussions).where(which).values(settled=True))
