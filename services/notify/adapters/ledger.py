"""How do workers share the ledger without telling anybody twice or never?

    lease → begin → (bytes leave) → finish

A lease only moves a row's due time: one that is never used ends by itself. `begin` commits `sending` before a byte
leaves; `finish` settles it, if the row is still the worker's (its token). What stays `sending` beyond its time is
`swept`.
"""

import asyncio
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, func, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from services.notify.adapters.pauses import is_paused
from services.notify.adapters.settling import drop_cancelled, finish, sweep
from services.notify.adapters.tables import deliveries, notices, stories, subscribers
from services.notify.domain.content import Content
from services.notify.domain.rows import DueMail, DueWebhook, Finished
from shared.database import Database, DatabaseAway, is_outage

LEASE: Final = timedelta(seconds=60)
PAUSE: Final = 1.0


class SqlLedger:
    """The ledger in SQL."""

    def __init__(self, database: Database, *, resend: bool, lease: timedelta = LEASE) -> None:
        """`resend`: what was uncertain goes out again (marked) instead of waiting for a person.

        A row is a worker's for `lease`, and for twice as long while it is being sent.
        """
        self._database = database
        self._resend = resend
        self._lease = lease

    async def lease_mail(self, token: str, limit: int) -> list[DueMail]:
        """Mails that are due, urgent ones first; theirs for a minute who holds `token`."""
        now = await self._database.now()
        return await self._database.write(lambda connection: _lease_mail(connection, token, limit, now, self._lease))

    async def lease_webhooks(self, token: str, limit: int, busy: Collection[int]) -> list[DueWebhook]:
        """Webhooks that are due, not of endpoints in `busy`; they are `sending` already."""
        now = await self._database.now()
        lease = self._lease
        return await self._database.write(
            lambda connection: _lease_webhooks(connection, token, limit, busy, now, lease)
        )

    async def begin(self, token: str, ids: Sequence[int]) -> set[int] | None:
        """Commit `sending`; the rows that may be sent now (not those suppressed or lost meanwhile).

        None when mail was paused since they were leased: then they are given back.
        """
        now = await self._database.now()
        lease = self._lease
        return await self._database.write(lambda connection: _begin_mail(connection, token, ids, now, lease))

    async def finish(self, token: str | None, finished: Sequence[Finished]) -> None:
        """Settle rows by their outcome. Without a token: whoever holds them (the sweeper)."""
        while True:
            try:
                await self._finish(token, finished)
            except (SQLAlchemyError, DatabaseAway) as error:
                if not is_outage(error):
                    raise
                await asyncio.sleep(PAUSE)  # what became of a message must not be forgotten
            else:
                return

    async def _finish(self, token: str | None, finished: Sequence[Finished]) -> None:
        now, resend = await self._database.now(), self._resend
        await self._database.write(lambda connection: finish(connection, token, finished, now, resend=resend))

    async def sweep(self) -> int:
        """Settle what a dead worker left `sending`: mail is uncertain, a webhook is simply sent again."""
        now = await self._database.now()
        resend = self._resend
        return await self._database.write(lambda connection: sweep(connection, now, resend=resend))

    async def reclaim(self) -> None:
        """At the start of the only process: nobody else holds anything, so leases and sending have ended now."""
        now = await self._database.now()
        d = deliveries.c

        def work(connection: Connection) -> None:
            held = update(deliveries).where(d.state == "pending", d.token.is_not(None))
            connection.execute(held.values(due_at=now, token=None))
            connection.execute(update(deliveries).where(d.state == "sending").values(lease_until=now))

        await self._database.write(work)

    async def next_due(self, channel: str) -> float | None:
        """Seconds until a row of the channel is due (0: one is); None when none waits, or the channel is paused."""
        query = select(func.min(deliveries.c.due_at)).where(*_waiting(channel))
        lanes = [query.where(deliveries.c.lane == lane) for lane in (0, 1)]

        def work(connection: Connection) -> list[datetime | None]:
            return [] if is_paused(connection, channel) else [connection.scalar(one) for one in lanes]

        due = [one for one in await self._database.read(work) if one is not None]
        if not due:
            return None
        now = await self._database.now()
        return float(max(0.0, (min(due) - now).total_seconds()))

    async def content(self, notice: int) -> tuple[Content, datetime] | None:
        """What a notice says and when it was planned."""
        query = select(notices.c.content, notices.c.planned_at).where(notices.c.id == notice)
        row = await self._database.read(lambda connection: connection.execute(query).first())
        return None if row is None or row.content is None else (Content.load(row.content), row.planned_at)

    async def raw(self, notice: int) -> tuple[str, datetime] | None:
        """The content of a letter, which is not about a story."""
        query = select(notices.c.content, notices.c.planned_at).where(notices.c.id == notice)
        row = await self._database.read(lambda connection: connection.execute(query).first())
        return None if row is None or row.content is None else (row.content, row.planned_at)


def _waiting(channel: str) -> tuple[Any, ...]:
    return deliveries.c.channel == channel, deliveries.c.state == "pending"


def _take(  # noqa: PLR0917 - columns of one query
    connection: Connection,
    channel: str,
    token: str,
    limit: int,
    now: datetime,
    lease: timedelta,
    busy: Collection[int] = (),
) -> list[int]:
    """Lock due rows, urgent lane first, past those that another worker is just taking; none of a paused channel."""
    if is_paused(connection, channel):
        return []
    taken: list[int] = []
    for lane in (0, 1):
        query = (
            select(deliveries.c.id)
            .where(*_waiting(channel), deliveries.c.lane == lane, deliveries.c.due_at <= now)
            .order_by(deliveries.c.due_at)
            .limit(limit - len(taken))
            .with_for_update(skip_locked=True)
        )
        if busy:
            query = query.where(deliveries.c.recipient.not_in(busy))
        taken += connection.scalars(query)
        if len(taken) >= limit:
            break
    if taken:
        connection.execute(update(deliveries).where(deliveries.c.id.in_(taken)).values(token=token, due_at=now + lease))
    return taken


def _lease_mail(connection: Connection, token: str, limit: int, now: datetime, lease: timedelta) -> list[DueMail]:
    taken = _take(connection, "email", token, limit, now, lease)
    if not taken:
        return []
    d, s = deliveries.c, subscribers.c
    query = (
        select(d.id, d.notice_id, d.recipient, d.attempts, d.parent_id, d.fresh, notices.c.action, s.email, s.state)
        .select_from(deliveries.join(notices, notices.c.id == d.notice_id).outerjoin(subscribers, s.id == d.recipient))
        .where(d.id.in_(taken))
        .order_by(d.lane, d.id)
    )
    return [DueMail(*row) for row in connection.execute(query)]


def _lease_webhooks(  # noqa: PLR0917 - as above
    connection: Connection, token: str, limit: int, busy: Collection[int], now: datetime, lease: timedelta
) -> list[DueWebhook]:
    taken = _take(connection, "webhook", token, limit, now, lease, busy)
    if not taken:
        return []
    started = _begin(connection, token, taken, now, lease)
    # An attempt may be settled at the moment at which its story is withdrawn, neither seeing the other: then the row
    # waits for a time that must not come.
    drop_cancelled(connection, [one for one in taken if one not in started], now)
    d = deliveries.c
    query = (
        select(d.id, d.notice_id, d.recipient, d.attempts, stories.c.story_id, d.revision)
        .select_from(deliveries.join(stories, stories.c.id == d.story))
        .where(d.id.in_(started))
        .order_by(d.lane, d.id)
    )
    return [DueWebhook(*row) for row in connection.execute(query)]


def _begin_mail(
    connection: Connection, token: str, ids: Sequence[int], now: datetime, lease: timedelta
) -> set[int] | None:
    if not is_paused(connection, "email"):
        return _begin(connection, token, ids, now, lease)
    d = deliveries.c
    held = update(deliveries).where(d.id.in_(ids), d.token == token, d.state == "pending")
    connection.execute(held.values(due_at=now, token=None))
    return None


def _begin(connection: Connection, token: str, ids: Sequence[int], now: datetime, lease: timedelta) -> set[int]:
    d = deliveries.c
    cancelled = select(stories.c.id).where(stories.c.id == d.story, stories.c.cancelled_below > d.revision).exists()
    there = select(subscribers.c.id).where(subscribers.c.id == d.recipient, subscribers.c.state == "confirmed").exists()
    started = connection.scalars(
        update(deliveries)
        .where(d.id.in_(ids), d.token == token, d.state == "pending", ~cancelled)
        .where(or_(d.channel != "email", d.recipient.is_(None), there))
        .values(state="sending", lease_until=now + 2 * lease, changed_at=now)
        .returning(d.id)
    ).all()
    carried = update(deliveries).where(d.carrier_id.in_(started), d.state == "pending")
    connection.execute(carried.values(state="sending", changed_at=now))
    return set(started)
