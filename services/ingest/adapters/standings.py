"""Where do stories stand before we judge, and how is a judgement written down?"""

from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, insert, select, update

from services.ingest.adapters.rows import entries, to_entry
from services.ingest.adapters.tables import contents, paths, redactions, revisions, stories
from services.ingest.domain.standing import Standing
from shared.database import Many

_ENTER, _CLAIM = Many(lambda _: insert(stories)), Many.adding(paths)


def load(connection: Connection, story_ids: Iterable[str]) -> dict[str, Standing]:
    """The standing of those stories that exist."""
    ids = sorted(set(story_ids))
    heads = {row.story_id: row for row in connection.execute(select(stories).where(stories.c.story_id.in_(ids)))}
    if not heads:
        return {}
    found = {}
    wanted = entries().join(stories, stories.c.story_id == revisions.c.story_id).where(stories.c.story_id.in_(heads))
    newest = {
        entry.identity.story_id: entry
        for entry in map(to_entry, connection.execute(wanted.where(revisions.c.revision == stories.c.revision)))
    }
    pushed = (
        select(revisions.c.story_id, contents.c.content)
        .join(contents, contents.c.position == revisions.c.position)
        .join(stories, stories.c.story_id == revisions.c.story_id)
        .where(stories.c.story_id.in_(heads), revisions.c.revision == stories.c.content_revision)
    )
    content = {row.story_id: bytes(row.content) for row in connection.execute(pushed)}
    gone = [story_id for story_id, entry in newest.items() if entry.action == "kill"]
    ended = _redacted(connection, gone) if gone else frozenset()
    for story_id, head in heads.items():
        former = tuple(orjson.loads(head.former))
        found[story_id] = Standing(
            newest[story_id],
            content[story_id],
            head.digest,
            head.content_revision,
            head.slug,
            former,
            head.expires_at,
            tuple(orjson.loads(head.listed)),
            redacted=story_id in ended,
        )
    return found


def _redacted(connection: Connection, killed: Sequence[str]) -> frozenset[str]:
    return frozenset(connection.scalars(select(redactions.c.story_id).where(redactions.c.story_id.in_(killed))))


def owners(connection: Connection, wanted: Iterable[str]) -> dict[str, str]:
    """Path → story, for those of `wanted` that have an owner."""
    found = connection.execute(select(paths).where(paths.c.path.in_(sorted(set(wanted)))))
    return {row.path: row.story_id for row in found}


def store(connection: Connection, fresh: Sequence[Standing], changed: Sequence[Standing]) -> None:
    """Write where stories stand now: those that are new and those that were there."""
    _ENTER(connection, [{**_row(one), **_name(one)} for one in fresh])
    if changed:
        rows = [{f"b_{key}": value for key, value in _row(one).items()} for one in changed]
        values: dict[str, Any] = {key.removeprefix("b_"): bindparam(key) for key in rows[0] if key != "b_story_id"}
        connection.execute(update(stories).where(stories.c.story_id == bindparam("b_story_id")).values(values), rows)


def claim(connection: Connection, taken: Sequence[tuple[str, str]]) -> None:
    """Give paths to stories; those that have an owner keep it."""
    _CLAIM(connection, [{"path": path, "story_id": story_id} for path, story_id in taken])


def _row(standing: Standing) -> dict[str, Any]:
    newest = standing.newest
    return {
        "story_id": newest.identity.story_id,
        "revision": newest.revision,
        "content_revision": standing.content_revision,
        "digest": standing.digest,
        "slug": standing.slug,
        "former": orjson.dumps(standing.former).decode(),
        "expires_at": standing.expires_at,
        "listed": orjson.dumps(standing.listed).decode(),
    }


def _name(standing: Standing) -> dict[str, Any]:
    newest = standing.newest
    identity = newest.identity
    return {"publisher": identity.publisher, "external_id": identity.external_id, "ordinal": newest.ordinal}
