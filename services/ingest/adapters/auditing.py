"""Is the log whole?"""

from collections.abc import Iterator
from typing import Final

import orjson
from sqlalchemy import Connection, func, select

from services.ingest.adapters.tables import contents, redactions, revisions, stories
from services.ingest.domain.fields import pushed
from services.ingest.domain.problems import InvalidFields
from services.ingest.domain.redacting import is_overwritten
from shared.database import Database

#: Actions that bring no content.
_BARE: Final = ("kill", "expire")
_PAGE: Final = 500
Finding = tuple[str, str, str]


async def audit(database: Database) -> list[Finding]:
    """What is not as it was written: gaps among revisions, content that is gone or is not what its digest says.

    Nothing can mend the log but a backup.
    """
    return await database.read(lambda connection: [*_gaps(connection), *_lacking(connection), *_altered(connection)])


def _gaps(connection: Connection) -> Iterator[Finding]:
    number = func.count(revisions.c.position)
    query = (
        select(stories.c.story_id, stories.c.revision, number, func.max(revisions.c.revision))
        .outerjoin(revisions, revisions.c.story_id == stories.c.story_id)
        .group_by(stories.c.story_id, stories.c.revision)
    )
    for story_id, newest, found, highest in connection.execute(query):
        if highest != newest or not found:
            yield "log", "missing", f"{story_id} revision {newest}"
    known = select(revisions.c.story_id).outerjoin(stories, stories.c.story_id == revisions.c.story_id)
    for story_id in connection.scalars(known.where(stories.c.story_id.is_(None)).distinct()):
        yield "log", "extra", story_id


def _lacking(connection: Connection) -> Iterator[Finding]:
    query = (
        select(revisions.c.story_id, revisions.c.revision)
        .outerjoin(contents, contents.c.position == revisions.c.position)
        .where(contents.c.position.is_(None), revisions.c.action.not_in(_BARE))
    )
    for story_id, revision in connection.execute(query):
        yield "log", "missing", f"{story_id} content of revision {revision}"


def _altered(connection: Connection) -> Iterator[Finding]:
    query = (
        select(stories.c.story_id, stories.c.digest, contents.c.content, redactions.c.at.label("redacted_at"))
        .join(
            revisions,
            (revisions.c.story_id == stories.c.story_id) & (revisions.c.revision == stories.c.content_revision),
        )
        .join(contents, contents.c.position == revisions.c.position)
        .outerjoin(redactions, redactions.c.story_id == stories.c.story_id)
    )
    for row in connection.execution_options(yield_per=_PAGE).execute(query):
        content = bytes(row.content)
        if not (is_overwritten(content) if row.redacted_at else _is_as_written(content, row.digest)):
            yield "log", "differs", row.story_id


def _is_as_written(content: bytes, digest: str) -> bool:
    try:
        return pushed(orjson.loads(content)).digest == digest
    except (orjson.JSONDecodeError, InvalidFields):
        return False
