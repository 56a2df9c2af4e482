"""How does a story leave the index for good: what is kept, what is forgotten, what must be rendered again?"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete

from services.render.adapters.entering import dependants
from services.render.adapters.moving import Moved, move
from services.render.adapters.neighbours import beside
from services.render.adapters.tables import comments, references, stories, tombstones
from services.render.domain.lists import UPDATES, is_public_list, kind_of
from services.render.domain.sitemaps import chunk_of
from services.render.domain.snapshot import Job, Killed
from shared.database import upsert


def kill(
    connection: Connection, kills: Sequence[Killed], known: Mapping[str, Any], version: int
) -> tuple[list[Job], Moved]:
    """Forget the content of killed stories (`kills`: new or equal ones); jobs that remove their traces, and moves."""
    ids = [str(one.story_id) for one in kills]
    seen = [story_id for story_id in ids if story_id in known]
    shown_by = dependants(connection, ids)
    _write_stories(connection, kills, version)
    connection.execute(delete(comments).where(comments.c.story_id.in_(ids)))
    connection.execute(delete(references).where(references.c.story_id.in_(ids)))
    ordinals = {str(one.story_id): one.ordinal for one in kills}
    former = {str(one.story_id): one.stood_in for one in kills}
    moved = move(connection, dict.fromkeys(ids, ()), ordinals, seen, version, former=former)
    keys = {key for touched in moved.touched.values() for key in touched if is_public_list(key)}
    _bury(connection, kills, moved.touched)
    jobs = [Job("list", key) for key in sorted({*keys, UPDATES})]
    jobs += [Job("deep", key) for key in sorted(keys)]
    jobs += [Job("archive", key, since) for key, since in sorted(moved.since.items())]
    stood = [one.ordinal for one in kills if moved.touched[str(one.story_id)]]
    jobs += [Job("chunk", str(number)) for number in sorted(set(map(chunk_of, stood)))]
    jobs += [Job("sitemap"), Job("news"), Job("comments")]
    shown_by |= beside(connection, moved.spots) - set(ids)
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


def _bury(connection: Connection, kills: Sequence[Killed], touched: Mapping[str, Sequence[str]]) -> None:
    """A tombstone in every feed that carried the story, its month's too, and in that of corrections and withdrawals."""
    carried = {
        story_id: {UPDATES, *(key for key in stood if is_public_list(key) or kind_of(key) == "archive")}
        for story_id, stood in touched.items()
        if stood
    }
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
