"""What can anybody see of a line, from outside? Paths with their answers, search, traces, the log.

What may differ is not here: when a page was changed, by which number, on which object it lies.
"""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

import orjson
from sqlalchemy import Connection, select

from services.desk.domain.trace import trace
from services.ingest.adapters.tables import paths, revisions
from services.notify.adapters.tables import notices
from services.notify.adapters.tables import stories as told_stories
from services.site.adapters.page_memory import PageMemory
from services.site.adapters.sql_search import SqlSearch, Wanted
from services.site.adapters.tables import corrections, documents, media, redirects, routes, spellings, stories
from services.site.adapters.word_index import Narrowed
from services.site.domain.answers import Missing, Moved
from services.site.domain.query import parse
from services.site.routes.standing_pages import _is_told
from shared.database import Database
from tests.integration.fence.line import Line
from tests.integration.fence.newsroom import VOCABULARY

Seen = dict[str, Any]


async def seen(line: Line) -> Seen:
    """Everything, under names that say what it is."""
    found: Seen = {}
    for part in (_pages, _search, _stories, _traces, _notices, _log):
        found |= {f"{part.__name__.strip('_')} {name}": value for name, value in (await part(line)).items()}
    return found


async def _pages(line: Line) -> Seen:
    """Path → status and bytes. What the memory that lived through it all says, a fresh one must say too."""
    fresh = line.fresh_memory(line.addresses)
    found: Seen = {}
    own = await _column(line.ingest, select(paths.c.path))
    for path in sorted({*own, *(f"{one}feed/" for one in own), *await line.site.read(_others)}):
        answer = await _answer(fresh, path)
        assert answer == await _answer(line.memory, path), f"the memory is behind at {path}"
        if answer is not None:
            found[path] = answer
    return found


def _others(connection: Connection) -> set[str]:
    """Beside what belongs to stories for ever: whatever the site has a row of."""
    pictures = {f"/media/{name}" for name in connection.scalars(select(media.c.name))}
    return {*connection.scalars(select(routes.c.path)), *connection.scalars(select(redirects.c.path)), *pictures}


async def _answer(memory: PageMemory, path: str) -> tuple[int, str] | None:
    found = await memory.load(path)
    if isinstance(found, Missing):
        return None
    if isinstance(found, Moved):
        return 301, found.path
    if path.startswith("/media/") and found.status != 200:
        # Of a picture that no story shows any more 410 says that one did; who was overtaken never did, and 404 is true.
        return None
    variant = found.variants["identity"]
    return found.status, variant.tag.decode() or blake2b(variant.body["body"], digest_size=8).hexdigest()


async def _search(line: Line) -> Seen:
    search, found = SqlSearch(line.site), Seen()
    for word in VOCABULARY:
        told = await search.find(Wanted(parse(word)))
        found[word] = told.total, [(hit.story_id, hit.path, hit.headline, str(hit.card)) for hit in told.hits]
    for facet in {one for row in await _column(line.site, select(documents.c.facets)) for one in orjson.loads(row)}:
        told = await search.find(Wanted(parse(""), Narrowed((facet,))))
        found[facet] = [hit.story_id for hit in told.hits]
    found["spellings"] = await _column(line.site, select(spellings.c.fragment + " " + spellings.c.word))
    found["documents"] = await _column(line.site, select(documents.c.story_id))
    return found


async def _stories(line: Line) -> Seen:
    """Where stories stand, and what was put right or withdrawn."""
    shown = ("path", "revision", "state", "action", "headline", "comments_open", "note", "changed_at")
    rows = await line.site.read(lambda connection: connection.execute(select(stories)).mappings().all())
    told = await line.addresses.corrections()
    return {
        **{row["story_id"]: [row[name] for name in shown] for row in rows},
        "corrections": [_correction(row) for row in told if _is_told(row)],
    }


def _correction(row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(row[column.name]) for column in corrections.c)


async def _traces(line: Line) -> Seen:
    """Of each revision its state; of the newest the stages that it went through."""
    found: Seen = {}
    for story_id in set(await _column(line.ingest, select(revisions.c.story_id))):
        heard = await line.read_model.story(story_id)
        if heard is None:
            continue
        told = trace(heard)
        newest = told["revisions"][-1]
        found[story_id] = {
            "headline": told["headline"],
            "states": [(one["revision"], one["action"], one["state"]) for one in told["revisions"]],
            "stages": [one["stage"] for one in newest["stages"]],
        }
    return found


async def _notices(line: Line) -> Seen:
    """Which revisions notices were planned for: each once, and none is forgotten."""
    joined = notices.join(told_stories, told_stories.c.id == notices.c.story)
    query = select(told_stories.c.story_id, notices.c.revision).select_from(joined)
    found: dict[str, list[int]] = {}
    rows = await line.notify.read(lambda connection: connection.execute(query.order_by(*query.selected_columns)).all())
    for story_id, revision in rows:
        found.setdefault(story_id, []).append(revision)
    return dict(found)


async def _log(line: Line) -> Seen:
    """Of each story its newest emitted revision: its state, whether it has a number."""
    query = select(revisions).order_by(revisions.c.story_id, revisions.c.revision)
    rows = await line.ingest.read(lambda connection: connection.execute(query).all())
    return {row.story_id: (row.revision, row.state, row.seq is not None, row.planned_at is not None) for row in rows}


async def _column(database: Database, query: Any) -> list[Any]:
    return sorted(await database.read(lambda connection: connection.scalars(query).all()))
