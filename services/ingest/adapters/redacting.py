"""How is a story's content overwritten in the log, and who has followed?"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Row, or_, select, update

from services.ingest.adapters.context import Names
from services.ingest.adapters.tables import contents, redacted, redactions, revisions, stories, terms
from services.ingest.domain.redacting import Redaction, is_overwritten, overwritten, pictures_of, terms_of
from services.ingest.domain.telling import Kind
from shared.database import Database, lock, upsert
from shared.events import WITHDRAWN, RedactionConfirmed

_AT_ONCE: Final = 500
#: What has not been confirmed after this long is told again.
AGAIN: Final = timedelta(seconds=5)


class SqlRedactions:
    """Redactions in ingest's SQL."""

    def __init__(self, database: Database, names: Names) -> None:
        """`names` is shared with the log."""
        self._database, self._names = database, names

    async def begin(self, story_id: str, actor: str, reason: str) -> bool:
        """Overwrite a killed story in the log; False when it is not killed (any more). Again: nothing is left to do."""
        now = await self._database.now()
        alone = await self._database.snapshot(lambda connection: _alone(connection, story_id))

        def work(connection: Connection) -> bool:
            lock(connection, "ingest.log")
            return _begin(connection, story_id, (actor, reason), alone, now)

        begun = await self._database.write(work)
        self._names.forget(alone)
        return begun

    async def one(self, story_id: str) -> Redaction | None:
        """A story's redaction."""
        found = await self._database.read(lambda connection: _open(connection, redactions.c.story_id == story_id))
        return found[0] if found else None

    async def unsettled(self) -> list[str]:
        """Stories whose kill has come home, and of which something may still be under way."""
        killed = select(revisions.c.story_id).where(
            revisions.c.story_id == redactions.c.story_id,
            revisions.c.revision == redactions.c.revision,
            or_(revisions.c.state == "settled", revisions.c.state == "halted"),
        )
        query = select(redactions.c.story_id).where(redactions.c.settled_at.is_(None), killed.exists())
        return list(await self._database.read(lambda connection: connection.scalars(query).all()))

    async def settle(self, story_id: str) -> None:
        """Nothing of it is under way from now on; and nothing of it is left in our own file."""
        now = await self._database.now()
        if await self._database.compact():
            await self._change(story_id, settled_at=now)

    async def open(self) -> list[Redaction]:
        """What is settled and not confirmed by all, and is to be told (again) now."""
        due = await self._database.now() - AGAIN
        r = redactions.c
        which = (r.done_at.is_(None), r.settled_at <= due, or_(r.told_at.is_(None), r.told_at <= due))
        return await self._database.read(lambda connection: _open(connection, *which))

    async def told(self, story_id: str) -> None:
        """The services hear of it now."""
        await self._change(story_id, told_at=await self._database.now())

    async def done(self, story_id: str) -> None:
        """All have confirmed."""
        await self._change(story_id, done_at=await self._database.now())

    async def confirm(self, batch: Sequence[RedactionConfirmed]) -> None:
        """Services hold nothing of it any more."""
        rows = [{"story_id": str(one.story_id), "service": one.service, "at": one.at} for one in batch]
        await self._database.write(
            lambda connection: connection.execute(upsert(connection, redacted).on_conflict_do_nothing(), rows)
        )

    async def _change(self, story_id: str, **values: datetime) -> None:
        statement = update(redactions).where(redactions.c.story_id == story_id).values(**values)
        await self._database.write(lambda connection: connection.execute(statement))


def _open(connection: Connection, *which: Any) -> list[Redaction]:  # noqa: ANN401 - conditions
    found = connection.execute(select(redactions).where(*which).order_by(redactions.c.at)).all()
    return [_redaction(connection, row) for row in found]


def _redaction(connection: Connection, row: Row[Any]) -> Redaction:
    said = select(redacted.c.service, redacted.c.at).where(redacted.c.story_id == row.story_id)
    confirmed = tuple((one.service, one.at) for one in connection.execute(said.order_by(redacted.c.at)))
    lists, pictures = (tuple(orjson.loads(text)) for text in (row.lists, row.pictures))
    times = (row.settled_at, row.told_at, row.done_at)
    return Redaction(row.story_id, row.revision, row.actor, row.reason, row.at, lists, pictures, *times, confirmed)


def _begin(
    connection: Connection, story_id: str, by: tuple[str, str], alone: frozenset[tuple[Kind, str]], now: datetime
) -> bool:
    newest = revisions.c.revision == stories.c.revision
    query = select(stories.c.revision, revisions.c.action).join(stories, stories.c.story_id == revisions.c.story_id)
    story = connection.execute(query.where(newest, stories.c.story_id == story_id)).first()
    if story is None or story.action != "kill":
        return False
    pictures = pictures_of(content for _, content in _contents(connection, story_id))
    _overwrite(connection, story_id)
    for kind, slug in sorted(alone):
        named = (terms.c.kind == kind, terms.c.slug == slug)
        connection.execute(update(terms).where(*named).values(name=slug))
    row = {
        "story_id": story_id,
        "revision": story.revision,
        "actor": by[0],
        "reason": by[1],
        "at": now,
        "lists": orjson.dumps(sorted(f"{kind}/{slug}" for kind, slug in alone)).decode(),
        "pictures": orjson.dumps(sorted(pictures)).decode(),
    }
    connection.execute(upsert(connection, redactions).on_conflict_do_nothing(), row)
    return True


def _contents(connection: Connection, story_id: str) -> list[tuple[int, bytes]]:
    query = select(contents).join(revisions, revisions.c.position == contents.c.position)
    rows = connection.execute(query.where(revisions.c.story_id == story_id))
    return [(row.position, bytes(row.content)) for row in rows]


def _overwrite(connection: Connection, story_id: str) -> None:
    """All revisions; number, hash, time and actor stay."""
    for position, content in _contents(connection, story_id):
        where = contents.c.position == position
        connection.execute(update(contents).where(where).values(content=overwritten(content)))
    mine = revisions.c.story_id == story_id
    connection.execute(update(revisions).where(mine, revisions.c.note.is_not(None)).values(note=None))
    connection.execute(update(revisions).where(mine, revisions.c.reason.is_not(None)).values(reason="redacted"))
    connection.execute(update(revisions).where(mine, revisions.c.action == "kill").values(note=WITHDRAWN))


def _alone(connection: Connection, story_id: str) -> frozenset[tuple[Kind, str]]:
    """Sections, tags and authors that no other story names: what they are called is this story's content.

    No index says it; the whole log is read, which a court's order is worth.
    """
    own = [content for _, content in _contents(connection, story_id) if not is_overwritten(content)]
    alone = terms_of(own)
    query = select(contents.c.content).join(revisions, revisions.c.position == contents.c.position)
    others = query.where(revisions.c.story_id != story_id).execution_options(yield_per=_AT_ONCE)
    for some in connection.execute(others).partitions() if alone else ():
        alone -= terms_of(bytes(row.content) for row in some)
    return frozenset(alone)
