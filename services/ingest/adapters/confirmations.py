"""What came back for a revision: proven live, planned, halted, confirmed dead? And which `seq` does a change get?"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Update, bindparam, case, or_, select, update

from services.ingest.adapters import counters
from services.ingest.adapters.tables import in_state, revisions, stories
from services.ingest.adapters.words import enter
from services.ingest.domain.changes import never_seen, told_as
from shared.database import Database, Instant, Many, lock
from shared.events import KillConfirmed

#: (story id, revision)
Subject = tuple[str, int]


class SqlConfirmations:
    """Writes down what comes back. Everything may come twice, late, or in another order."""

    def __init__(self, database: Database) -> None:
        """`database`: ingest's own."""
        self._database = database

    async def live(
        self, proven: Mapping[str, tuple[int, datetime]]
    ) -> tuple[list[tuple[str, int, datetime]], dict[str, int]]:
        """Story → (revision, since when): settle all up to it.

        Answers (story, revision, accepted at) of what was new, and story → seq of these revisions, new or not.
        """
        return await self._database.write(lambda connection: _live(connection, proven))

    async def planned(self, subjects: Sequence[Subject]) -> None:
        """Every notice up to these revisions is planned."""
        now = await self._database.now()
        rows = [{**one, "b_now": now} for one in _bound(subjects)]
        await self._database.write(lambda connection: _settle(connection, _PLANNED, rows))

    async def halted(self, subjects: Sequence[tuple[str, int, str]]) -> None:
        """A step gave (story, revision) up: it is not driven any more."""
        rows = [
            {"b_story": story, "b_revision": revision, "b_proven": "live" if step == "notify" else "emitted"}
            for story, revision, step in sorted(set(subjects))
        ]
        await self._database.write(lambda connection: _settle(connection, _HALTED, rows))

    async def killed(self, confirmed: Sequence[KillConfirmed]) -> None:
        """Enter what channels say into the receipts, in whatever order that comes.

        What was confirmed once stays so, since its first time; of failures the newest counts.
        """

        def work(connection: Connection) -> None:
            for one in sorted(confirmed, key=lambda one: (str(one.receipt), one.channel, one.at)):
                enter(connection, one)

        await self._database.write(work)


def _settle(connection: Connection, statement: Many, rows: Sequence[Mapping[str, Any]]) -> None:
    lock(connection, "ingest.seq")  # `live` decides on what it read; nothing may settle in between
    statement(connection, rows)


def _bound(subjects: Sequence[Subject]) -> list[dict[str, Any]]:
    return [{"b_story": story, "b_revision": revision} for story, revision in sorted(set(subjects))]


def _live(
    connection: Connection, proven: Mapping[str, tuple[int, datetime]]
) -> tuple[list[tuple[str, int, datetime]], dict[str, int]]:
    lock(connection, "ingest.seq")
    query = (
        select(
            revisions.c.position, revisions.c.story_id, revisions.c.revision, revisions.c.action, revisions.c.state,
            revisions.c.accepted_at, revisions.c.release_at, revisions.c.live_at, revisions.c.planned_at,
            revisions.c.seq,
        )
        .where(revisions.c.story_id.in_(sorted(proven)))
        .order_by(revisions.c.story_id, revisions.c.revision)
    )  # fmt: skip
    by_story: dict[str, list[Any]] = {}
    for row in connection.execute(query):
        if row.revision <= proven[row.story_id][0]:
            by_story.setdefault(row.story_id, []).append(row)
    overtaken = _overtaken(connection, proven)
    seq = first = counters.last(connection, "seq")
    changes, news = [], []
    # In the order in which they became live; a reader of changes sees that order.
    for story_id in sorted(by_story, key=lambda one: (proven[one][1], one)):
        revision, at = proven[story_id]
        row = by_story[story_id][-1]
        # Live before and on its way again: it was halted, or a restore makes its pages anew. It keeps its time.
        moving = row.live_at is None or row.state in {"halted", "emitted"}
        if row.revision != revision or story_id in overtaken or not moving:
            continue
        if row.live_at is None:
            news.append((story_id, revision, row.accepted_at))
        told = _told(by_story[story_id])
        seq += told is not None
        changes.append(
            {
                "b_position": row.position,
                "b_state": "settled" if row.planned_at else "live",
                "b_live_at": row.live_at or at,
                "b_seq": row.seq if told is None else seq,
                "b_told": told,
                "b_story": story_id,
                "b_revision": revision,
            }
        )
    if changes:
        _store(connection, changes)
        if seq > first:
            counters.store(connection, "seq", seq)
    known = {story_id: rows[-1].seq for story_id, rows in by_story.items() if rows[-1].revision == proven[story_id][0]}
    return news, _numbers({**known, **{change["b_story"]: change["b_seq"] for change in changes}})


def _overtaken(connection: Connection, proven: Mapping[str, tuple[int, datetime]]) -> set[str]:
    """Stories of which a higher revision is live: it has settled the lower ones, which get no number after it."""
    query = select(stories.c.story_id, stories.c.live_revision).where(stories.c.story_id.in_(sorted(proven)))
    return {row.story_id for row in connection.execute(query) if (row.live_revision or 0) > proven[row.story_id][0]}


def _numbers(found: Mapping[str, int | None]) -> dict[str, int]:
    return {story_id: seq for story_id, seq in found.items() if seq is not None}


def _told(history: Sequence[Any]) -> Any:  # noqa: ANN401 - rows, and an Action or None
    """As what the newest of these is told; None: it has its number, or ends what was under embargo to the last."""
    newest = history[-1]
    if newest.seq is not None:
        return None
    numbered = [index for index, row in enumerate(history) if row.seq is not None]
    hidden = never_seen([(row.action, row.release_at) for row in history[:-1]], newest.accepted_at)
    if newest.action in {"kill", "expire"} and hidden and not numbered:
        return None
    return told_as([row.action for row in history[numbered[-1] + 1 if numbered else 0 :]])


def _store(connection: Connection, changes: Sequence[Mapping[str, Any]]) -> None:
    here = ("b_position", "b_state", "b_live_at", "b_seq", "b_told")
    _NUMBER(connection, [{key: one[key] for key in here} for one in changes])
    pairs = [{"b_story": one["b_story"], "b_revision": one["b_revision"], "b_at": one["b_live_at"]} for one in changes]
    _SUPERSEDE(connection, [{key: one[key] for key in _OWN} for one in pairs if one["b_revision"] > 1])
    _RAISE(connection, pairs)


def _settled(_: Connection) -> Update:
    proven = in_state("live", "halted") & revisions.c.live_at.is_not(None)
    planned = update(revisions).where(
        revisions.c.story_id == bindparam("b_story"),
        revisions.c.revision <= bindparam("b_revision"),
        revisions.c.planned_at.is_(None),
    )
    state = case((proven, "settled"), else_=revisions.c.state)
    return planned.values(planned_at=bindparam("b_now", type_=Instant), state=state)


def _halted(_: Connection) -> Update:
    mine = (revisions.c.story_id == bindparam("b_story"), revisions.c.revision == bindparam("b_revision"))
    # Of a revision that is proven only its notices can be given up: word from a step before that comes late.
    moving = or_(revisions.c.state == "emitted", revisions.c.state == bindparam("b_proven"))
    return update(revisions).where(*mine, moving).values(state="halted")


def _numbered(_: Connection) -> Update:
    return (
        update(revisions)
        .where(revisions.c.position == bindparam("b_position"))
        .values(
            state=bindparam("b_state"),
            live_at=bindparam("b_live_at"),
            seq=bindparam("b_seq"),
            told=bindparam("b_told"),
        )
    )


def _superseded(_: Connection) -> Update:
    lower = (revisions.c.story_id == bindparam("b_story"), revisions.c.revision < bindparam("b_revision"))
    open_ = in_state("waiting", "queued", "emitted", "live", "halted")
    return update(revisions).where(*lower, open_).values(state="superseded")


def _raised(_: Connection) -> Update:
    behind = or_(stories.c.live_revision.is_(None), stories.c.live_revision < bindparam("b_revision"))
    return (
        update(stories)
        .where(stories.c.story_id == bindparam("b_story"), behind)
        .values(live_revision=bindparam("b_revision"), live_at=bindparam("b_at"))
    )


_OWN = ("b_story", "b_revision")
_PLANNED, _HALTED = Many(_settled), Many(_halted)
_NUMBER, _SUPERSEDE, _RAISE = Many(_numbered), Many(_superseded), Many(_raised)
