"""What has become of a story's deliveries, for the trace and for the receipts of kills?"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, and_, case, func, or_, select, update

from services.notify.adapters.pauses import paused
from services.notify.adapters.tables import deliveries, kills, notices, stories
from services.notify.domain.outcomes import kill_outcome
from shared import clock
from shared.database import Database
from shared.events import ChannelCounts, DeliveriesProgressed, KillConfirmed, RevisionDeliveries, rfc3339

AT_ONCE: Final = 100
#: The states that a receipt counts.
TOLD: Final = ("delivered", "bounced", "failed", "suppressed", "uncertain", "pending")


class SqlReports:
    """Counts over the ledger."""

    def __init__(self, database: Database) -> None:
        """`database`: notify's own."""
        self._database = database

    async def progress(self) -> list[DeliveriesProgressed]:
        """Stories whose counts have changed since they were last told."""
        return await self._database.read(_progress)

    async def told(self, reports: Sequence[DeliveriesProgressed]) -> None:
        """Remember which versions were told."""
        rows = [(str(one.story_id), one.version) for one in reports]

        def work(connection: Connection) -> None:
            for story_id, version in sorted(rows):
                where = and_(stories.c.story_id == story_id, stories.c.reported < version)
                connection.execute(update(stories).where(where).values(reported=version))

        await self._database.write(work)

    async def settled_kills(self) -> list[KillConfirmed]:
        """Kills whose notices are planned and settled, or take longer, and of which ingest has not heard."""
        return await self._database.read(lambda connection: [*_settled_kills(connection), *_delayed_kills(connection)])

    async def close_kills(self, events: Sequence[KillConfirmed]) -> None:
        """Remember that ingest was told; of those that are still tried it hears once more in the end."""

        def work(connection: Connection) -> None:
            for event in events:
                story = select(stories.c.id).where(stories.c.story_id == str(event.story_id)).scalar_subquery()
                where = and_(
                    kills.c.story == story, kills.c.revision == event.revision, kills.c.channel == event.channel
                )
                values = {"delayed": True} if event.retrying else {"open": False}
                connection.execute(update(kills).where(where).values(values))

        await self._database.write(work)

    async def page(self, story_id: str | None, state: str | None, after: int, limit: int) -> list[Mapping[str, Any]]:
        """Rows of the ledger by number; people are numbers here."""
        query = (
            select(deliveries, stories.c.story_id)
            .select_from(deliveries.join(stories, stories.c.id == deliveries.c.story))
            .where(deliveries.c.id > after)
            .order_by(deliveries.c.id)
            .limit(limit)
        )
        if story_id:
            query = query.where(stories.c.story_id == story_id)
        if state:
            query = query.where(deliveries.c.state == state)
        rows = await self._database.read(lambda connection: connection.execute(query).mappings().all())
        return [_shown(row) for row in rows]


def _shown(row: Mapping[Any, Any]) -> Mapping[str, Any]:
    names = ("id", "story_id", "revision", "channel", "recipient", "state", "detail", "attempts", "maybe_duplicate")
    times = {name: rfc3339(row[name]) for name in ("due_at", "changed_at")}
    return {**{name: row[name] for name in names}, **times}


def _progress(connection: Connection) -> list[DeliveriesProgressed]:
    changed = connection.execute(
        select(stories.c.id, stories.c.story_id, stories.c.version)
        .where(stories.c.version > stories.c.reported)
        .order_by(stories.c.id)
        .limit(AT_ONCE)
    ).all()
    numbers = [row.id for row in changed]
    if not numbers:
        return []
    revisions: dict[int, set[int]] = defaultdict(set)
    for row in connection.execute(select(notices.c.story, notices.c.revision).where(notices.c.story.in_(numbers))):
        revisions[row.story].add(row.revision)
    counts = _counts(connection, numbers)
    return [
        DeliveriesProgressed(
            at=clock.now(),
            story_id=UUID(row.story_id),
            version=row.version,
            revisions=tuple(_revision(one, counts[row.id][one]) for one in sorted(revisions[row.id])),
        )
        for row in changed
    ]


Channels = Mapping[str, Mapping[str, int]]


def _counts(connection: Connection, numbers: Sequence[int]) -> dict[int, dict[int, dict[str, dict[str, int]]]]:
    d = deliveries.c
    doubtful = func.sum(case((and_(d.maybe_duplicate, d.state == "delivered"), 1), else_=0))
    query = (
        select(d.story, d.revision, d.channel, d.state, func.count().label("rows"), doubtful.label("doubtful"))
        .where(d.story.in_(numbers))
        .group_by(d.story, d.revision, d.channel, d.state)
    )
    found: dict[int, dict[int, dict[str, dict[str, int]]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(lambda: defaultdict(int)))
    )
    for row in connection.execute(query):
        channel = found[row.story][row.revision][row.channel]
        channel["pending" if row.state == "sending" else row.state] += row.rows
        channel["planned"] += row.rows
        channel["maybe_duplicate"] += int(row.doubtful)
    return found


def _revision(revision: int, channels: Channels) -> RevisionDeliveries:
    return RevisionDeliveries(
        revision=revision,
        email=ChannelCounts(**channels.get("email", {})),
        webhook=ChannelCounts(**channels.get("webhook", {})),
        websub=ChannelCounts(**channels.get("websub", {})),
    )


_D: Final = deliveries.c
#: Rows of a kill's notice in its channel that are not settled.
_WAITING: Final = select(_D.id).where(
    _D.story == kills.c.story,
    _D.revision == kills.c.revision,
    _D.channel == kills.c.channel,
    _D.state.in_(("pending", "sending")),
)
_OPEN_KILLS: Final = (
    select(kills, stories.c.story_id)
    .select_from(
        kills.join(stories, stories.c.id == kills.c.story).join(
            notices, and_(notices.c.story == kills.c.story, notices.c.revision == kills.c.revision)
        )
    )
    .where(kills.c.open)
    .limit(AT_ONCE)
)


def _settled_kills(connection: Connection) -> Iterable[KillConfirmed]:
    for row in connection.execute(_OPEN_KILLS.where(~_WAITING.exists())).all():
        yield _confirmed(connection, row, retrying=False)


def _delayed_kills(connection: Connection) -> Iterable[KillConfirmed]:
    """Kills of which somebody could not be told at the first attempt, or is not told because the channel is paused.

    Whoever waits for the receipt learns it now.
    """
    still = paused(connection)
    tried = _WAITING.where(_D.state == "pending", or_(_D.detail != "", _D.channel.in_(still)))
    for row in connection.execute(_OPEN_KILLS.where(~kills.c.delayed, tried.exists())).all():
        word = _confirmed(connection, row, retrying=True)
        is_paused = row.channel in still
        yield word.model_copy(update={"detail": f"{word.detail}; {row.channel} is paused"}) if is_paused else word


def _confirmed(connection: Connection, row: Any, *, retrying: bool) -> KillConfirmed:  # noqa: ANN401 - a row
    counts = _counts(connection, [row.story])[row.story][row.revision][row.channel]
    outcome, detail = kill_outcome({state: counts[state] for state in TOLD})
    return KillConfirmed(
        at=clock.now(),
        story_id=UUID(row.story_id),
        revision=row.revision,
        receipt=UUID(row.receipt),
        channel=row.channel,
        outcome="unreachable" if retrying else outcome,
        detail=detail,
        retrying=retrying,
    )
