"""What was asked of the WebSub hub, and who is told until when?"""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, and_, delete, func, select, update

from services.notify.adapters.cancelling import cancel_recipient
from services.notify.adapters.tables import hub_asks, hub_subscriptions
from services.notify.domain.feeds import Feed
from services.notify.domain.hub import Ask, Asked
from services.notify.domain.topics import Topic
from shared.database import Database, upsert
from shared.events import rfc3339

#: What waits for its callback at most, and the subscriptions of one host and of all: an INSERT … SELECT each story.
MOST_ASKED: Final = 1_000
MOST_OF_HOST: Final = 2_000
MOST: Final = 20_000
#: A callback is being asked for so long at most; then another worker may ask it.
ASKING: Final = timedelta(seconds=60)
#: Leases that end in one go.
SWEPT: Final = 500


class SqlHub:
    """The hub's subscriptions in SQL."""

    def __init__(self, database: Database) -> None:
        """`database`: notify's own."""
        self._database = database

    async def ask(self, ask: Ask) -> str | None:
        """Keep a request until its callback was asked; a newer one for the same topic replaces it. Why not, if not."""
        now = await self._database.now()
        return await self._database.write(lambda connection: _ask(connection, ask, now))

    async def asked(self, limit: int) -> list[Asked]:
        """Requests whose callbacks are to be asked now, by who calls this."""
        now = await self._database.now()
        return await self._database.write(lambda connection: _asked(connection, limit, now))

    async def answered(self, asked: Asked, *, is_meant: bool) -> None:
        """The callback was asked: do what it confirmed, forget what it did not. A newer request is not touched."""
        now = await self._database.now()
        await self._database.write(lambda connection: _answered(connection, asked, now, is_meant=is_meant))

    async def expire(self) -> int:
        """End the subscriptions whose lease is over; how many."""
        now = await self._database.now()

        def work(connection: Connection) -> int:
            over = select(hub_subscriptions.c.id).where(hub_subscriptions.c.expires_at <= now).limit(SWEPT)
            numbers = connection.scalars(over).all()
            for number in numbers:
                _end(connection, number, "the lease is over", now)
            return len(numbers)

        return await self._database.write(work)

    async def end(self, number: int, why: str) -> bool:
        """End a subscription; was there one?"""
        now = await self._database.now()
        return await self._database.write(lambda connection: _end(connection, number, why, now))

    async def page(self, after: int, limit: int) -> list[Mapping[str, Any]]:
        """Subscriptions by number; no secrets."""
        query = select(hub_subscriptions).where(hub_subscriptions.c.id > after).order_by(hub_subscriptions.c.id)
        rows = await self._database.read(lambda connection: connection.execute(query.limit(limit)).mappings().all())
        return [_shown(row) for row in rows]


def _shown(row: Mapping[Any, Any]) -> Mapping[str, Any]:
    names = ("id", "callback", "topic", "failures")
    times = {name: rfc3339(row[name]) for name in ("since", "expires_at")}
    return {**{name: row[name] for name in names}, "signed": row["secret"] is not None, **times}


def _columns(ask: Ask) -> dict[str, Any]:
    feed = ask.feed
    where = {"callback": ask.callback, "host": ask.host, "topic": feed.url, "kind": feed.topic.kind}
    return {**where, "slug": feed.topic.slug, "form": feed.form, "secret": ask.secret}


def _ask(connection: Connection, ask: Ask, now: datetime) -> str | None:
    objection = _too_many(connection, ask)
    if objection:
        return objection
    row = {
        **_columns(ask),
        "number": secrets.token_hex(8),
        "mode": ask.mode,
        "lease_seconds": int(ask.lease.total_seconds()),
        "asked_at": now,
        "due_at": now,
    }
    statement = upsert(connection, hub_asks).values(key=ask.key, **row)
    connection.execute(statement.on_conflict_do_update(index_elements=["key"], set_=row))
    return None


def _too_many(connection: Connection, ask: Ask) -> str | None:
    h = hub_subscriptions.c
    waiting = connection.scalar(select(func.count()).select_from(hub_asks).where(hub_asks.c.key != ask.key)) or 0
    if waiting >= MOST_ASKED:
        return "too many requests wait for their callbacks; try again later"
    if ask.mode == "unsubscribe":
        return None
    others = select(func.count()).select_from(hub_subscriptions).where(h.key != ask.key)
    if (connection.scalar(others.where(h.host == ask.host)) or 0) >= MOST_OF_HOST:
        return f"{ask.host} has {MOST_OF_HOST} subscriptions, which is the most that one host may have"
    return "the hub has all the subscribers that it can serve" if (connection.scalar(others) or 0) >= MOST else None


def _asked(connection: Connection, limit: int, now: datetime) -> list[Asked]:
    query = select(hub_asks).where(hub_asks.c.due_at <= now).order_by(hub_asks.c.asked_at).limit(limit)
    rows = connection.execute(query.with_for_update(skip_locked=True)).all()
    if rows:
        mine = update(hub_asks).where(hub_asks.c.key.in_([row.key for row in rows]))
        connection.execute(mine.values(due_at=now + ASKING))
    return [_read(row) for row in rows]


def _read(row: Row[Any]) -> Asked:
    feed = Feed(row.topic, Topic(row.kind, row.slug), row.form)
    return Asked(row.number, Ask(row.mode, row.callback, feed, timedelta(seconds=row.lease_seconds), row.secret))


def _answered(connection: Connection, asked: Asked, now: datetime, *, is_meant: bool) -> None:
    ask = asked.ask
    this = and_(hub_asks.c.key == ask.key, hub_asks.c.number == asked.number)
    if not connection.execute(delete(hub_asks).where(this)).rowcount or not is_meant:
        return
    if ask.mode == "subscribe":
        # Whoever renews keeps the number: the ledger knows by it who had which story.
        row = {**_columns(ask), "expires_at": now + ask.lease, "failures": 0, "next_at": now}
        new = upsert(connection, hub_subscriptions).values(key=ask.key, since=now, busy_until=now, **row)
        connection.execute(new.on_conflict_do_update(index_elements=["key"], set_=row))
        return
    number = connection.scalar(select(hub_subscriptions.c.id).where(hub_subscriptions.c.key == ask.key))
    if number is not None:
        _end(connection, number, "unsubscribed", now)


def _end(connection: Connection, number: int, why: str, now: datetime) -> bool:
    cancel_recipient(connection, "websub", number, why, now)
    return bool(connection.execute(delete(hub_subscriptions).where(hub_subscriptions.c.id == number)).rowcount)
