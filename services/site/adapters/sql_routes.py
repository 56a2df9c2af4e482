"""Which addresses lead to which pages after a batch of changes, and which show nothing any more?"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, select, update

from services.site.adapters.tables import routes, stories
from services.site.domain.changes import PageRoute, StoryChange
from services.site.domain.standing import Standing, is_comment_page, stamp
from shared.database import Many
from shared.pages import name_of

_LEAD = Many.replacing(routes, "path")


def hide_pages(
    connection: Connection, new: Sequence[StoryChange], known: Mapping[str, Standing], number: int
) -> set[str]:
    """What is gone shows nothing, nor what moved at its old address, nor pages of comments that there are no more."""
    gone = [change.story_id for change in new if change.state != "live" and change.story_id in known]
    hidden = update(routes).values(key=None, changed=number).returning(routes.c.path)
    ended = set(connection.scalars(hidden.where(routes.c.story_id.in_(gone)))) if gone else set()
    for change in new:
        before = known.get(change.story_id)
        if before and before.path != change.path:
            elsewhere = ~routes.c.path.startswith(change.path, autoescape=True)
            ended |= set(connection.scalars(hidden.where(routes.c.story_id == change.story_id, elsewhere)))
    stale = _stale(connection, [change for change in new if change.state == "live"], known)
    if stale:
        ended |= set(connection.scalars(hidden.where(routes.c.path.in_(stale))))
    return ended


def _stale(connection: Connection, live: Sequence[StoryChange], known: Mapping[str, Standing]) -> list[str]:
    """Further pages of comments that a story had and has no more: its event brings all that there are.

    Of a story that is back also those that had ended before it went: they answer otherwise than a while ago.
    """
    own = {one.story_id: {route.path for route in one.routes} for one in live if one.story_id in known}
    if not own:
        return []
    talked = routes.c.path.contains("/comment-page-", autoescape=True)
    rows = connection.execute(
        select(routes.c.path, routes.c.story_id, routes.c.key).where(routes.c.story_id.in_(own), talked)
    )
    return [
        row.path
        for row in rows
        if row.path not in own[row.story_id] and (row.key or known[row.story_id].state != "live")
    ]


def lead(
    connection: Connection,
    owned: Sequence[tuple[StoryChange, PageRoute]],
    shared: Mapping[str, PageRoute],
    at: int,
    number: int,
) -> list[dict[str, Any]]:
    """Write the rows that change; they are the answer."""
    brought: dict[str, tuple[PageRoute, str | None]] = {route.path: (route, change.story_id) for change, route in owned}
    owners = _owners(connection, [route.owner_path for route in shared.values() if route.owner_path])
    overtaken = _overtaken(connection, shared)
    for path, route in shared.items():
        if path not in overtaken:
            brought.setdefault(path, (route, owners.get(route.owner_path or "")))
    if not brought:
        return []
    found = connection.execute(select(routes).where(routes.c.path.in_(list(brought)))).mappings()
    before = {row["path"]: row for row in found}
    rows = [
        row
        for path, (route, story_id) in brought.items()
        if (row := _route_row(route, story_id, before.get(path), at, number))
    ]
    _LEAD(connection, rows)
    return rows


def _overtaken(connection: Connection, shared: Mapping[str, PageRoute]) -> set[str]:
    """Pages of comments that are older than their story's page: with that one all were made again that there are."""
    pages = {path: route for path, route in shared.items() if is_comment_page(path)}
    if not pages:
        return set()
    stories_pages = {route.owner_path for route in pages.values()}
    rows = connection.execute(select(routes.c.path, routes.c.version).where(routes.c.path.in_(stories_pages)))
    versions = {row.path: row.version for row in rows}
    return {path for path, route in pages.items() if route.version < versions.get(route.owner_path, 0)}


def _owners(connection: Connection, paths: Sequence[str]) -> dict[str, str]:
    if not paths:
        return {}
    rows = connection.execute(select(stories.c.path, stories.c.story_id).where(stories.c.path.in_(paths)))
    return {row.path: row.story_id for row in rows}


def _route_row(
    route: PageRoute, story_id: str | None, before: RowMapping | None, at: int, number: int
) -> dict[str, Any] | None:
    """The row as it shall be; None when the table has this version or a higher one already."""
    if before is not None and route.version <= before["version"]:
        # A page that came ahead of its story (in `lists.rendered`) shows only once it belongs to one.
        orphan = before["story_id"] is None and story_id is not None
        return {**before, "story_id": story_id, "changed": number} if orphan else None
    row = {"path": route.path, "key": route.key, "version": route.version, "kind": route.kind, "story_id": story_id}
    if before is None:
        return {**row, "last_modified": at, "changed": number}
    if name_of(before["key"] or "") == name_of(route.key or "") and before["story_id"] == story_id:
        # The same page, written once more: it lies elsewhere now, but nothing has changed for its readers.
        return {**row, "last_modified": before["last_modified"], "changed": before["changed"]}
    return {**row, "last_modified": stamp(at, before["last_modified"]), "changed": number}
