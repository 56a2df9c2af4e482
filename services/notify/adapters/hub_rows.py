"""How do workers share what the hub's subscribers are owed? One worker a subscriber, with all that waits for it.

    lease → (the feed is read and leaves) → the ledger's finish, rested

The rows are `sending` when they are leased, as a webhook's: what a dead worker leaves is swept and told again.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, select, update

from services.notify.adapters.pauses import is_paused
from services.notify.adapters.settling import drop_cancelled
from services.notify.adapters.tables import deliveries, hub_subscriptions, notices, stories
from services.notify.domain.feeds import Feed
from services.notify.domain.hub_rows import GATHER, DueHub, Errand
from services.notify.domain.topics import Topic
from shared.database import Database


class SqlHubRows:
    """What subscribers of the hub are owed, in SQL."""

    def __init__(self, database: Database, lease: timedelta) -> None:
        """A row is a worker's for twice `lease`, as every row of the ledger that is being sent."""
        self._database, self._lease = database, 2 * lease

    async def lease(self, token: str, limit: int) -> list[Errand]:
        """Subscribers to whom something is due, with all that waits for them; nobody else has them meanwhile."""
        now = await self._database.now()
        until = now + self._lease
        return await self._database.write(lambda connection: _lease(connection, token, limit, now, until))

    async def rested(self, number: int, failures: int, wait: timedelta) -> None:
        """A subscriber is free again, and left alone for a while by what is not urgent."""
        now = await self._database.now()
        values = {"failures": failures, "next_at": now + wait, "busy_until": now}
        free = update(hub_subscriptions).where(hub_subscriptions.c.id == number).values(values)
        await self._database.write(lambda connection: connection.execute(free))

    async def reclaim(self) -> None:
        """At the start of the only process: nobody is being told anything."""
        now = await self._database.now()
        free = update(hub_subscriptions).where(hub_subscriptions.c.busy_until > now).values(busy_until=now)
        await self._database.write(lambda connection: connection.execute(free))


def _lease(connection: Connection, token: str, limit: int, now: datetime, until: datetime) -> list[Errand]:
    if is_paused(connection, "websub"):
        return []
    h = hub_subscriptions.c
    taken: list[Row[Any]] = []
    for lane in (0, 1):  # corrections and kills first
        query = (
            select(hub_subscriptions)
            .where(h.id.in_(_due(lane, now)), h.busy_until <= now, h.id.not_in([row.id for row in taken]))
            .order_by(h.next_at)
            .limit(limit - len(taken))
            .with_for_update(skip_locked=True)
        )
        taken += connection.execute(query).all()
    numbers = [row.id for row in taken]
    if not numbers:
        return []
    rows = _begin(connection, token, numbers, now, until)
    busy = [number for number in numbers if rows[number]]
    # What is planned while this leaves may gather until the next time.
    taking = {"busy_until": until, "next_at": now + GATHER}
    connection.execute(update(hub_subscriptions).where(h.id.in_(busy)).values(taking))
    return [_errand(row, rows[row.id]) for row in taken if rows[row.id]]


def _due(lane: int, now: datetime) -> Select[int]:
    d = deliveries.c
    return select(d.recipient).where(d.channel == "websub", d.state == "pending", d.lane == lane, d.due_at <= now)


def _begin(
    connection: Connection, token: str, numbers: Sequence[int], now: datetime, until: datetime
) -> dict[int, list[DueHub]]:
    """All that waits for these, also what is not due yet: the content tells it. What was cancelled is not told."""
    d = deliveries.c
    mine = d.channel == "websub", d.recipient.in_(numbers), d.state == "pending"
    waiting = connection.scalars(select(d.id).where(*mine)).all()
    drop_cancelled(connection, waiting, now)
    started = update(deliveries).where(d.id.in_(waiting), d.state == "pending")
    sending = {"state": "sending", "token": token, "lease_until": until, "changed_at": now}
    ids = connection.scalars(started.values(sending).returning(d.id)).all()
    query = (
        select(d.id, d.recipient, stories.c.story_id, notices.c.action, d.fresh, notices.c.planned_at)
        .select_from(deliveries.join(stories, stories.c.id == d.story).join(notices, notices.c.id == d.notice_id))
        .where(d.id.in_(ids))
        .order_by(d.id)
    )
    found: dict[int, list[DueHub]] = defaultdict(list)
    for row in connection.execute(query):
        found[row.recipient].append(DueHub(row.id, row.story_id, row.action, row.fresh, row.planned_at))
    return found


def _errand(row: Row[Any], rows: Sequence[DueHub]) -> Errand:
    feed = Feed(row.topic, Topic(row.kind, row.slug), row.form)
    return Errand(row.id, row.callback, feed, row.secret, row.failures, tuple(rows))
