"""How does a plan become rows of the ledger? In one transaction a batch, one statement for all readers of a notice."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, insert, select, update

from services.notify.adapters.audiences import plan_mail
from services.notify.adapters.cancelling import cancel
from services.notify.adapters.tables import deliveries, endpoints, kills, notices, stories
from services.notify.domain.audience import Endpoint, Plan, Standing, decide, endpoints_for
from services.notify.domain.cadence import RANKS, next_digest
from services.notify.domain.content import content_of, event_body
from services.notify.domain.outcomes import HAD
from services.notify.domain.topics import Topic, parse_topic, story_topics
from shared.database import Database, upsert
from shared.events import StoryKilled, StoryLive

URGENT: Final = frozenset({"kill", "correct"})


class SqlPlans:
    """Plans notices into the ledger."""

    def __init__(self, database: Database, zone: ZoneInfo) -> None:
        """`zone`: whose mornings digests wait for."""
        self._database = database
        self._zone = zone

    async def plan(self, batch: Sequence[StoryLive]) -> list[bool]:
        """Plan what each event owes; False for an event that a newer revision has overtaken."""
        now = await self._database.now()
        due = {rank: next_digest(now, cadence, self._zone) for cadence, rank in RANKS.items()}
        return await self._database.write(lambda connection: _plan_all(connection, batch, now, due))

    async def stop(self, batch: Sequence[StoryKilled]) -> None:
        """Suppress whatever of these stories has not left yet, and remember whom to tell when the kills are settled."""
        now = await self._database.now()
        await self._database.write(lambda connection: _stop_all(connection, batch, now))


def _plan_all(
    connection: Connection, batch: Sequence[StoryLive], now: datetime, due: Mapping[int, datetime]
) -> list[bool]:
    rows = _claim(connection, [event.subject[0] for event in batch])
    partners: list[Endpoint] | None = None
    told: list[bool] = []
    for event in batch:
        story_id, revision = event.subject
        row = rows[story_id]
        if revision < row["planned"]:
            told.append(False)
            continue
        told.append(True)
        plan = decide(event.head, _standing(connection, row), now)
        if plan is not None:
            partners = _endpoints(connection) if partners is None else partners
            _enter(connection, row, event, plan, partners, now, due)
            row["planned"] = revision
    return told


def _claim(connection: Connection, story_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The rows of these stories, locked in one order so that replicas cannot wait for each other."""
    wanted = sorted(set(story_ids))
    fresh = {"planned": 0, "cancelled_below": 0, "topics": "", "version": 0, "reported": 0}
    connection.execute(
        upsert(connection, stories).on_conflict_do_nothing(), [{"story_id": one, **fresh} for one in wanted]
    )
    query = select(stories).where(stories.c.story_id.in_(wanted)).order_by(stories.c.story_id).with_for_update()
    return {row.story_id: dict(row._mapping) for row in connection.execute(query)}  # noqa: SLF001 - SQLAlchemy's public name


def _standing(connection: Connection, row: Mapping[str, Any]) -> Standing:
    if not row["planned"]:
        return Standing(frozenset(), row["cancelled_below"])
    planned = connection.scalars(select(notices.c.revision).where(notices.c.story == row["id"]))
    return Standing(frozenset(planned), row["cancelled_below"])


def _enter(  # noqa: PLR0915, PLR0917 - one transaction's order, kept in sight
    connection: Connection,
    row: dict[str, Any],
    event: StoryLive,
    plan: Plan,
    partners: Sequence[Endpoint],
    now: datetime,
    due: Mapping[int, datetime],
) -> None:
    story, revision = row["id"], plan.revision
    topics = story_topics(event.head, event.article) if event.article else _parse(row["topics"])
    first_at = connection.scalar(
        select(func.min(notices.c.planned_at)).where(notices.c.story == story, notices.c.content.is_not(None))
    )
    told = plan.mail != "nobody" or plan.webhook != "nobody"
    base = {"story": story, "action": plan.action, "planned_at": now}
    overtaken = [{**base, "revision": one} for one in plan.covers if one != revision]
    if overtaken:
        connection.execute(insert(notices), overtaken)
    content = content_of(event, plan, first_at).dump() if told else None
    body = event_body(event, plan) if told else None
    values = {**base, "revision": revision, "content": content, "event": body}
    notice = connection.scalar(insert(notices).values(values).returning(notices.c.id))
    assert notice is not None  # noqa: S101 - an INSERT answers or raises
    shared = _row(notice, story, plan, now)
    heard = set(connection.scalars(_had_webhook(story)))
    if plan.cancels:
        cancel(connection, story, revision, plan.cancels, now)
        row["cancelled_below"] = revision
    plan_mail(connection, plan, shared, topics, due)
    owed = endpoints_for(plan, partners, heard, topics)
    if owed:
        connection.execute(insert(deliveries), [{**shared, "channel": "webhook", "recipient": one} for one in owed])
    stored = {"planned": revision, "cancelled_below": row["cancelled_below"], "version": stories.c.version + 1}
    if event.article:
        stored["topics"] = row["topics"] = " ".join(sorted(map(str, topics)))
    connection.execute(update(stories).where(stories.c.id == story).values(stored))


def _row(notice: int, story: int, plan: Plan, now: datetime) -> dict[str, Any]:
    """What all rows of a notice have in common."""
    return {
        "notice_id": notice,
        "story": story,
        "revision": plan.revision,
        "lane": 0 if plan.action in URGENT else 1,
        "digest": 0,
        "state": "suppressed" if plan.mute else "pending",
        "detail": plan.mute or "",
        "attempts": 0,
        "due_at": now,
        "fresh": False,
        "maybe_duplicate": False,
        "changed_at": now,
    }


def _had_webhook(story: int) -> Any:  # noqa: ANN401 - a Select over one column
    # A partner that answered nothing may have taken it all the same: an attempt counts as having had it.
    had = deliveries.c.state.in_(HAD) | (deliveries.c.attempts > 0)
    return select(deliveries.c.recipient).where(
        deliveries.c.story == story, deliveries.c.channel == "webhook", deliveries.c.recipient.is_not(None), had
    )


def _endpoints(connection: Connection) -> list[Endpoint]:
    return [
        Endpoint(row.id, frozenset(row.events.split()), _parse(row.topics))
        for row in connection.execute(select(endpoints).where(endpoints.c.enabled))
    ]


def _parse(topics: str) -> frozenset[Topic]:
    return frozenset(parse_topic(one) for one in topics.split())


def _stop_all(connection: Connection, batch: Sequence[StoryKilled], now: datetime) -> None:
    rows = _claim(connection, [event.subject[0] for event in batch])
    for event in sorted(batch, key=lambda one: one.head.revision):
        row, revision = rows[event.subject[0]], event.head.revision
        if revision > row["cancelled_below"]:
            row["cancelled_below"] = revision
            cancel(connection, row["id"], revision, "withdrawn", now)
            connection.execute(
                update(stories)
                .where(stories.c.id == row["id"])
                .values(cancelled_below=revision, version=stories.c.version + 1)
            )
        for channel in ("email", "webhook"):
            # Hearing of it again asks to be told again: ingest has lost the answer.
            again = {"story": row["id"], "revision": revision, "channel": channel}
            connection.execute(
                upsert(connection, kills)
                .values(**again, receipt=str(event.receipt), open=True)
                .on_conflict_do_update(index_elements=list(again), set_={"open": True})
            )
