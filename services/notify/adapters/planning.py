"""How does a plan become rows of the ledger? In one transaction a batch, one statement for all readers of a notice."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, bindparam, func, insert, select, update

from services.notify.adapters.audiences import plan_mail
from services.notify.adapters.cancelling import cancel
from services.notify.adapters.claiming import claim, noticed
from services.notify.adapters.correspondents import drop_of_story
from services.notify.adapters.hub_audience import plan_hub
from services.notify.adapters.reach import Reach, reach_of
from services.notify.adapters.tables import deliveries, kills, notices, stories
from services.notify.domain.audience import Plan, Standing, decide, endpoints_for
from services.notify.domain.cadence import RANKS, next_digest
from services.notify.domain.channels import CHANNELS
from services.notify.domain.content import content_of, event_body
from services.notify.domain.feeds import fed_by
from services.notify.domain.outcomes import HAD
from services.notify.domain.topics import Topic, bare_topics, parse_topic, story_topics
from shared.database import Database, Many, upsert
from shared.events import StoryKilled, StoryLive

URGENT: Final = frozenset({"kill", "correct"})

_BARE_NOTICES: Final = Many(lambda _: insert(notices))
_STAND: Final = Many(
    lambda _: (
        update(stories)
        .where(stories.c.id == bindparam("number"))
        .values(
            planned=bindparam("new_planned"),
            cancelled_below=bindparam("new_cancelled_below"),
            topics=bindparam("new_topics"),
            version=stories.c.version + bindparam("bump"),
        )
    )
)


class Planned(NamedTuple):
    """Which events were still current, is there anything to send, and what is told to nobody because it is too late?"""

    current: Sequence[bool]
    owed: bool
    late: Sequence[tuple[str, int]] = ()


class SqlPlans:
    """Plans notices into the ledger."""

    def __init__(self, database: Database, zone: ZoneInfo) -> None:
        """`zone`: whose mornings digests wait for."""
        self._database = database
        self._zone = zone

    async def plan(self, batch: Sequence[StoryLive]) -> Planned:
        """Plan what each event owes; an event that a newer revision has overtaken is not current."""
        now = await self._database.now()
        due = {rank: next_digest(now, cadence, self._zone) for cadence, rank in RANKS.items()}
        return await self._database.write(lambda connection: _plan_all(connection, batch, now, due))

    async def stop(self, batch: Sequence[StoryKilled]) -> None:
        """Suppress whatever of these stories has not left yet, and remember whom to tell when the kills are settled."""
        now = await self._database.now()
        await self._database.write(lambda connection: _stop_all(connection, batch, now))


def _plan_all(
    connection: Connection, batch: Sequence[StoryLive], now: datetime, due: Mapping[int, datetime]
) -> Planned:
    rows = claim(connection, [event.subject[0] for event in batch])
    known = noticed(connection, rows.values())
    plans: list[tuple[StoryLive, Plan]] = []
    current: list[bool] = []
    for event in batch:
        story_id, revision = event.subject
        row = rows[story_id]
        current.append(revision >= row["planned"])
        revisions = known.setdefault(row["id"], set())
        plan = decide(event.head, Standing(revisions, row["cancelled_below"]), now) if current[-1] else None
        if plan is not None:
            plans.append((event, plan))
            revisions.update(plan.covers)
            row["planned"] = revision
            if plan.cancels:  # never back down: a kill that was heard of ahead of this one holds
                row["cancelled_below"] = max(revision, row["cancelled_below"])
    # What is heard again may have been entered by somebody who died before saying so.
    owed = _enter_all(connection, rows, plans, now, due) or len(plans) < sum(current)
    return Planned(current, owed, [event.subject for event, plan in plans if plan.mute])


def _enter_all(
    connection: Connection,
    rows: Mapping[str, dict[str, Any]],
    plans: Sequence[tuple[StoryLive, Plan]],
    now: datetime,
    due: Mapping[int, datetime],
) -> bool:
    """Enter the plans of a batch; is there anything to send?

    Most stories reach nobody, or nobody yet: these cost no statement of their own.
    """
    if not plans:
        return False
    told = [(event, plan, _topics(event, rows[event.subject[0]]["topics"])) for event, plan in plans]
    reach = reach_of(connection, {topic for _, _, topics in told for topic in topics})
    bare: list[dict[str, Any]] = []
    owed = False
    for event, plan, topics in told:
        row = rows[event.subject[0]]
        if event.article:
            row["topics"] = " ".join(sorted(map(str, topics)))
        base = {"story": row["id"], "action": plan.action, "planned_at": now, "event": None}
        overtaken = [{**base, "revision": one} for one in plan.covers if one != plan.revision]
        bare += overtaken
        if plan.cancels and row["reached"]:
            cancel(connection, row["id"], plan.revision, plan.cancels, now)
            row["bump"] = 1
        if reach.may_owe(plan, topics | fed_by(event.head), had=row["reached"]):
            _enter(connection, row["id"], event, plan, reach, topics, now, due)
            row["reached"], row["bump"], owed = True, 1, True
        else:
            # What reaches nobody now may be asked for by a replay.
            body = None if plan.webhook == "nobody" else event_body(event, plan)
            bare.append({**base, "revision": plan.revision, "event": body})
    _BARE_NOTICES(connection, bare)
    changed = {event.subject[0] for event, _ in plans}
    _STAND(connection, [_standing(rows[one]) for one in sorted(changed)])
    return owed


def _standing(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "number": row["id"],
        "new_planned": row["planned"],
        "new_cancelled_below": row["cancelled_below"],
        "new_topics": row["topics"],
        "bump": row["bump"],
    }


def _enter(  # noqa: PLR0917 - one transaction's order, kept in sight
    connection: Connection,
    story: int,
    event: StoryLive,
    plan: Plan,
    reach: Reach,
    topics: frozenset[Topic],
    now: datetime,
    due: Mapping[int, datetime],
) -> None:
    first_at = connection.scalar(
        select(func.min(notices.c.planned_at)).where(notices.c.story == story, notices.c.content.is_not(None))
    )
    values = {
        "story": story,
        "revision": plan.revision,
        "action": plan.action,
        "planned_at": now,
        "content": content_of(event, plan, first_at).dump(),
        "event": event_body(event, plan),
    }
    notice = connection.scalar(insert(notices).values(values).returning(notices.c.id))
    assert notice is not None  # noqa: S101 - an INSERT answers or raises
    shared = _row(notice, story, plan, now)
    heard = set(connection.scalars(_had_webhook(story))) if reach.partners else set()
    plan_mail(connection, plan, shared, topics, due)
    owed = endpoints_for(plan, reach.partners, heard, topics)
    if owed:
        connection.execute(insert(deliveries), [{**shared, "channel": "webhook", "recipient": one} for one in owed])
    if reach.fed:
        plan_hub(connection, plan, shared, topics | fed_by(event.head))


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


def _topics(event: StoryLive, known: str) -> frozenset[Topic]:
    """What a story is about; of one that is gone, what it was about as far as was ever heard."""
    if event.article is not None:
        return story_topics(event.head, event.article)
    return frozenset(parse_topic(one) for one in known.split()) or bare_topics(event.head)


def _stop_all(connection: Connection, batch: Sequence[StoryKilled], now: datetime) -> None:
    rows = claim(connection, [event.subject[0] for event in batch])
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
        drop_of_story(connection, event.subject[0], now)
        for channel in CHANNELS:
            # Hearing of it again asks to be told again: ingest has lost the answer.
            again = {"story": row["id"], "revision": revision, "channel": channel}
            connection.execute(
                upsert(connection, kills)
                .values(**again, receipt=str(event.receipt), open=True, delayed=False)
                .on_conflict_do_update(index_elements=list(again), set_={"open": True, "delayed": False})
            )
