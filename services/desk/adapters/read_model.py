"""How does the desk remember what it heard? Rows that only grow, so that hearing an event twice changes nothing."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import Connection, case, select, update

from services.desk.adapters.tables import deliveries, revisions, stages, stories
from services.desk.domain.heard import StoryLine
from services.desk.domain.trace import HeardRevision, HeardStage, HeardStory
from shared.database import Database, Many, upsert
from shared.events import DeliveriesProgressed

#: The action of a revision of which nothing is known but that it was halted.
UNHEARD: Final = ""


class SqlReadModel:
    """The trace read model in SQL."""

    def __init__(self, database: Database) -> None:
        """`database`: the desk's own."""
        self._database = database

    async def hear(self, lines: Sequence[StoryLine]) -> None:
        """Enter what a batch of events says, in one transaction."""
        await self._database.write(lambda connection: _hear(connection, lines))

    async def delayed(self, story_id: str, revision: int, stage: str, at: datetime, note: str) -> None:
        """Note what a stage is waiting for; the stage itself, once reached, replaces the note."""
        row = {"story_id": story_id, "revision": revision, "stage": stage, "at": at, "attempts": 0, "note": note}
        await self._database.write(
            lambda connection: connection.execute(upsert(connection, stages).values(row).on_conflict_do_nothing())
        )

    async def halted(self, story_id: str, revision: int, at: datetime, error: str) -> None:
        """A step gave this revision up; that may be heard before the revision is."""
        row = {"story_id": story_id, "revision": revision, "action": UNHEARD, "accepted_at": at, "halted": error}

        def work(connection: Connection) -> None:
            statement = upsert(connection, revisions).values(row)
            halt = {"halted": statement.excluded.halted}
            connection.execute(statement.on_conflict_do_update(index_elements=["story_id", "revision"], set_=halt))

        await self._database.write(work)

    async def progressed(self, batch: Sequence[DeliveriesProgressed]) -> None:
        """Keep the highest version of each story's cumulative counts."""
        newest = {str(one.story_id): one for one in sorted(batch, key=lambda each: each.version)}
        rows = [
            {"story_id": story_id, "version": one.version, "counts": _counts(one)} for story_id, one in newest.items()
        ]
        await self._database.write(lambda connection: _replace_counts(connection, rows))

    async def story(self, story_id: str) -> HeardStory | None:
        """All that is known of a story; None when nothing is."""
        return await self._database.read(lambda connection: _read(connection, story_id))


def _hear(connection: Connection, lines: Sequence[StoryLine]) -> None:
    about: dict[str, StoryLine] = {}
    reached: dict[tuple[str, int, str], StoryLine] = {}
    for line in lines:
        if line.known:
            about[line.story_id] = max(line, about.get(line.story_id, line), key=_says)
        if line.stage is not None:
            reached.setdefault((line.story_id, line.revision, line.stage), line)
    _TELL(connection, [_story_row(line) for line in about.values()])
    _insert_revisions(connection, lines)
    for line in lines:
        if line.release_at is not None:
            where = (revisions.c.story_id == line.story_id) & (revisions.c.revision == line.revision)
            connection.execute(update(revisions).where(where).values(release_at=line.release_at))
    _REACH(connection, [_stage_row(line) for line in reached.values()])


def _insert_revisions(connection: Connection, lines: Sequence[StoryLine]) -> None:
    known = {
        (line.story_id, number): (action, accepted_at) for line in lines for number, action, accepted_at in line.known
    }
    _KNOW(
        connection,
        [
            {"story_id": story_id, "revision": number, "action": action, "accepted_at": accepted_at}
            for (story_id, number), (action, accepted_at) in known.items()
        ],
    )


def _says(line: StoryLine) -> tuple[bool, int]:
    """What lines about a story are ordered by: an expiry carries no headline, which says less than any that has one."""
    return line.headline != "", line.revision


def _upsert_revisions(connection: Connection) -> Any:  # noqa: ANN401 - a dialect's Insert
    insert = upsert(connection, revisions)
    return insert.on_conflict_do_update(
        index_elements=["story_id", "revision"],
        set_={name: insert.excluded[name] for name in ("action", "accepted_at")},
        where=revisions.c.action == UNHEARD,
    )


def _upsert_stories(connection: Connection) -> Any:  # noqa: ANN401 - a dialect's Insert
    insert = upsert(connection, stories)
    newer = (insert.excluded.revision >= stories.c.revision) & (insert.excluded.headline != "")
    return insert.on_conflict_do_update(
        index_elements=["story_id"],
        set_={
            "headline": case((newer, insert.excluded.headline), else_=stories.c.headline),
            "revision": case((newer, insert.excluded.revision), else_=stories.c.revision),
        },
    )


def _upsert_stages(connection: Connection) -> Any:  # noqa: ANN401 - a dialect's Insert
    insert = upsert(connection, stages)
    # A note ("waiting for proof") gives way to the fact; a fact heard again keeps its first time.
    return insert.on_conflict_do_update(
        index_elements=["story_id", "revision", "stage"],
        set_={name: insert.excluded[name] for name in ("at", "attempts", "note")},
        where=stages.c.attempts == 0,
    )


_KNOW = Many(_upsert_revisions)
_TELL, _REACH = Many(_upsert_stories), Many(_upsert_stages)


def _story_row(line: StoryLine) -> dict[str, object]:
    return {
        "story_id": line.story_id,
        "publisher": line.publisher,
        "external_id": line.external_id,
        "headline": line.headline,
        # Without a headline any line that has one is newer.
        "revision": line.revision if line.headline else 0,
    }


def _stage_row(line: StoryLine) -> dict[str, object]:
    return {
        "story_id": line.story_id,
        "revision": line.revision,
        "stage": line.stage,
        "at": line.at,
        "attempts": line.attempts,
        "note": line.note,
    }


def _counts(event: DeliveriesProgressed) -> str:
    told = {
        str(one.revision): {channel: getattr(one, channel).model_dump() for channel in ("email", "webhook", "websub")}
        for one in event.revisions
    }
    return orjson.dumps(told).decode()


def _replace_counts(connection: Connection, rows: Sequence[dict[str, object]]) -> None:
    insert = upsert(connection, deliveries)
    connection.execute(
        insert.on_conflict_do_update(
            index_elements=["story_id"],
            set_={"version": insert.excluded.version, "counts": insert.excluded.counts},
            where=deliveries.c.version < insert.excluded.version,
        ),
        rows,
    )


def _read(connection: Connection, story_id: str) -> HeardStory | None:
    about = connection.execute(select(stories).where(stories.c.story_id == story_id)).first()
    if about is None:
        return None
    reached: dict[int, list[HeardStage]] = {}
    for row in connection.execute(select(stages).where(stages.c.story_id == story_id).order_by(stages.c.at)):
        reached.setdefault(row.revision, []).append(HeardStage(row.stage, row.at, row.attempts, row.note))
    mine = revisions.c.story_id == story_id
    counts = connection.scalar(select(deliveries.c.counts).where(deliveries.c.story_id == story_id))
    return HeardStory(
        story_id,
        about.publisher,
        about.external_id,
        about.headline,
        [
            HeardRevision(
                row.revision, row.action, row.accepted_at, reached.get(row.revision, []), row.release_at, row.halted
            )
            for row in connection.execute(select(revisions).where(mine, revisions.c.action != UNHEARD))
        ],
        {int(revision): channels for revision, channels in orjson.loads(counts or "{}").items()},
    )
