"""How does a story leave the index for good: what is kept, what is forgotten, what must be rendered again?"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, select

from services.render.adapters.entering import dependants
from services.render.adapters.moving import Moved, move
from services.render.adapters.tables import comments, memberships, references, stories, tombstones
from services.render.domain.lists import UPDATES, is_public_list
from services.render.domain.sitemaps import chunk_of
from services.render.domain.snapshot import Job, Killed
from shared.database import upsert


def kill(
    connection: Connection, kills: Sequence[Killed], known: Mapping[str, Any], version: int
) -> tuple[list[Job], Moved]:
    """Forget the content of killed stories (`kills`: new or equal ones); jobs that remove their traces, and moves."""
    ids = [str(one.story_id) for one in kills]
    seen = [story_id for story_id in ids if story_id in known]
    before = connection.execute(select(memberships).where(memberships.c.story_id.in_(seen))).all() if seen else []
    shown_by = dependants(connection, ids)
    _write_stories(connection, kills, version)
    connection.execute(delete(comments).where(comments.c.story_id.in_(ids)))
    connection.execute(delete(references).where(references.c.story_id.in_(ids)))
    moved = move(connection, dict.fromkeys(seen, ()), {str(one.story_id): one.ordinal for one in kills}, seen, version)
    keys = {key for touched in moved.touched.values() for key in touched if is_public_list(key)}
    _bury(connection, kills, before)
    jobs = [Job("list", key) for key in sorted({*keys, UPDATES})]
    jobs += [Job("deep", key) for key in sorted(keys)]
    jobs += [Job("archive", key, since) for key, since in sorted(moved.since.items())]
    jobs += [Job("chunk", str(number)) for number in sorted({chunk_of(known[one].ordinal) for one in seen})]
    jobs += [Job("sitemap"), Job("news"), Job("comments")]
    return jobs + [Job("story", story_id) for story_id in sorted(shown_by)], moved


def _write_stories(connection: Connection, kills: Sequence[Killed], version: int) -> None:
    statement = upsert(connection, stories)
    changed = ("state", "revision", "version", "path", "updated_at", "headline", "thumb", "doc", "language")
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["story_id"], set_={name: statement.excluded[name] for name in changed}
        ),
        [_gone_row(one, version) for one in kills],
    )


def _gone_row(one: Killed, version: int) -> dict[str, Any]:
    return {
        "story_id": str(one.story_id),
        "state": "killed",
        "revision": one.revision,
        "comments_version": 0,
        "version": version,
        "ordinal": one.ordinal,
        "path": one.path,
        "published_at": one.published,
        "accepted_at": one.published,
        "updated_at": one.at,
        "headline": "",
        "priority": "routine",
        "language": "",
        "sponsored": False,
        "thumb": None,
        "doc": None,
    }


def _bury(connection: Connection, kills: Sequence[Killed], before: Sequence[Any]) -> None:
    """A tombstone in every feed that carried the story, and in that of corrections and withdrawals."""
    carried: dict[str, set[str]] = {}
    for row in before:
        carried.setdefault(row.story_id, {UPDATES})
        if is_public_list(row.list_key):
            carried[row.story_id].add(row.list_key)
    rows = [
        {
            "list_key": key,
            "story_id": str(one.story_id),
            "path": one.path,
            "killed_at": one.at,
            "note": one.note,
            "sort_at": one.at if key == UPDATES else one.published,
            "ordinal": one.ordinal,
        }
        for one in kills
        for key in sorted(carried.get(str(one.story_id), ()))
    ]
    if rows:
        statement = upsert(connection, tombstones)
        changed = {name: statement.excluded[name] for name in ("path", "killed_at", "note", "sort_at")}
        connection.execute(statement.on_conflict_do_update(index_elements=["list_key", "story_id"], set_=changed), rows)
