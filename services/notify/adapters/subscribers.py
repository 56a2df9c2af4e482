"""Who wants to hear what? People, their subscriptions, and the links that were mailed to them."""

import secrets
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, delete, func, select, update

from services.notify.adapters.cancelling import cancel_recipient
from services.notify.adapters.correspondents import erase as erase_correspondent
from services.notify.adapters.links import drop_letters, find_link, mail_link
from services.notify.adapters.tables import subscribers, subscriptions, tokens
from services.notify.domain.addresses import same_person
from services.notify.domain.cadence import RANKS, Cadence
from services.notify.domain.people import Person, Wish
from services.notify.domain.tokens import hashed
from services.notify.domain.topics import Topic, parse_topic
from shared.database import Database, upsert

_CADENCES: Final[dict[int, Cadence]] = {rank: cadence for cadence, rank in RANKS.items()}


class SqlSubscribers:
    """Subscribers in SQL."""

    def __init__(self, database: Database, public_url: str, wake: Callable[[], Awaitable[None]]) -> None:
        """`public_url`: where the links in letters lead; `wake` tells the workers that there is a letter."""
        self._database = database
        self._wake = wake
        self._url = public_url

    async def ask(self, email: str, wish: Wish) -> None:
        """Mail a link that confirms this wish; nothing changes before somebody follows it."""
        now = await self._database.now()
        token = secrets.token_urlsafe(24)
        link = f"{self._url}/subscriptions/{token}/confirm"
        await self._database.write(lambda connection: mail_link(connection, "confirm", email, wish, (token, link), now))
        await self._wake()

    async def send_manage_link(self, email: str) -> None:
        """Mail a link to the preferences, if somebody with this address has any."""
        now = await self._database.now()
        token = secrets.token_urlsafe(24)
        link = f"{self._url}/subscriptions/{token}"
        known = select(subscribers.c.email).where(
            subscribers.c.address == same_person(email), subscribers.c.state == "confirmed"
        )

        def work(connection: Connection) -> None:
            stored = connection.scalar(known)
            if stored:
                mail_link(connection, "manage", stored, Wish(()), (token, link), now)

        await self._database.write(work)
        await self._wake()

    async def pending(self, token: str) -> tuple[str, Wish] | None:
        """What a confirm link would confirm; None when it is unknown, used or too old."""
        now = await self._database.now()
        row = await self._database.read(lambda connection: find_link(connection, "confirm", token, now))
        return None if row is None or row["used_at"] else (row["email"], _wish(row))

    async def confirm(self, token: str) -> Person | None:
        """Do what the link was mailed for, once; None when it is unknown, used or too old."""
        now = await self._database.now()
        return await self._database.write(lambda connection: _confirm(connection, token, now))

    async def managed(self, token: str) -> Person | None:
        """Whose preferences a manage link opens."""
        now = await self._database.now()

        def work(connection: Connection) -> Person | None:
            row = find_link(connection, "manage", token, now)
            return None if row is None else _person(connection, subscribers.c.address == row["address"])

        return await self._database.read(work)

    async def person(self, number: int) -> Person | None:
        """A subscriber by number."""
        return await self._database.read(lambda connection: _person(connection, subscribers.c.id == number))

    async def replace(self, number: int, wish: Wish) -> None:
        """From now on exactly this."""
        now = await self._database.now()

        def work(connection: Connection) -> None:
            connection.execute(delete(subscriptions).where(subscriptions.c.subscriber_id == number))
            _subscribe(connection, number, wish)
            _revive(connection, number, now)

        await self._database.write(work)

    async def unsubscribe(self, number: int) -> None:
        """From now on nothing; what waits for this person is suppressed in the same moment."""
        now = await self._database.now()

        def work(connection: Connection) -> None:
            connection.execute(
                update(subscribers)
                .where(subscribers.c.id == number, subscribers.c.state == "confirmed")
                .values(state="unsubscribed", ended_at=now)
            )
            connection.execute(delete(subscriptions).where(subscriptions.c.subscriber_id == number))
            cancel_recipient(connection, "email", number, "unsubscribed", now)

        await self._database.write(work)

    async def erase(self, email: str) -> bool:
        """Forget a person: no address remains, only a number in the ledger. False when there is none."""
        now = await self._database.now()
        return await self._database.write(lambda connection: _erase(connection, same_person(email), now))

    async def add(self, people: Sequence[tuple[str, Wish]]) -> int:
        """Import people who have agreed elsewhere; how many were not known. Who has unsubscribed stays so."""
        now = await self._database.now()
        return await self._database.write(lambda connection: _import(connection, people, now))

    async def page(self, after: int, limit: int, email: str | None) -> list[Person]:
        """Subscribers by number."""

        def work(connection: Connection) -> list[Person]:
            query = select(subscribers.c.id).where(subscribers.c.id > after, subscribers.c.state != "erased")
            if email:
                query = query.where(subscribers.c.address == same_person(email))
            numbers = connection.scalars(query.order_by(subscribers.c.id).limit(limit)).all()
            people = (_person(connection, subscribers.c.id == number) for number in numbers)
            return [one for one in people if one is not None]

        return await self._database.read(work)


def _wish(row: RowMapping) -> Wish:
    return Wish(tuple(parse_topic(one) for one in row["topics"].split()), row["cadence"])


def _confirm(connection: Connection, token: str, now: datetime) -> Person | None:
    used = (
        connection.execute(
            update(tokens)
            .where(tokens.c.hash == hashed(token), tokens.c.kind == "confirm")
            .where(tokens.c.expires_at > now, tokens.c.used_at.is_(None))
            .values(used_at=now)
            .returning(*tokens.c)
        )
        .mappings()
        .first()
    )
    if used is None:
        return None
    person = {"address": used["address"], "email": used["email"], "state": "confirmed", "created_at": now}
    connection.execute(upsert(connection, subscribers).values(**person, confirmed_at=now).on_conflict_do_nothing())
    number = connection.scalar(select(subscribers.c.id).where(subscribers.c.address == used["address"]))
    assert number is not None  # noqa: S101 - it was there or has just been entered
    _revive(connection, number, now)
    _subscribe(connection, number, _wish(used))
    return _person(connection, subscribers.c.id == number)


def _revive(connection: Connection, number: int, now: datetime) -> None:
    connection.execute(
        update(subscribers)
        .where(subscribers.c.id == number, subscribers.c.state == "unsubscribed")
        .values(state="confirmed", confirmed_at=now, ended_at=None)
    )


def _subscribe(connection: Connection, number: int, wish: Wish) -> None:
    rows = [_subscription(number, topic, wish.cadence) for topic in wish.topics]
    if rows:
        statement = upsert(connection, subscriptions)
        keys = ["subscriber_id", "kind", "slug"]
        connection.execute(
            statement.on_conflict_do_update(index_elements=keys, set_={"digest": statement.excluded.digest}), rows
        )


def _subscription(number: int, topic: Topic, cadence: Cadence) -> dict[str, Any]:
    return {"subscriber_id": number, "kind": topic.kind, "slug": topic.slug, "digest": RANKS[cadence]}


def _person(connection: Connection, where: Any) -> Person | None:  # noqa: ANN401 - an SQL expression
    row = connection.execute(select(subscribers).where(where, subscribers.c.state != "erased")).first()
    if row is None:
        return None
    query = select(subscriptions).where(subscriptions.c.subscriber_id == row.id)
    wishes = tuple(
        (Topic(one.kind, one.slug), _CADENCES[one.digest])
        for one in connection.execute(query.order_by(subscriptions.c.kind, subscriptions.c.slug))
    )
    return Person(row.id, row.email, row.state, wishes, row.created_at, row.confirmed_at)


def _erase(connection: Connection, address: str, now: datetime) -> bool:
    connection.execute(delete(tokens).where(tokens.c.address == address))
    drop_letters(connection, lambda letter: same_person(letter["email"]) == address, "erased", now)
    was_writing = erase_correspondent(connection, address, now)
    number = connection.scalar(select(subscribers.c.id).where(subscribers.c.address == address))
    if number is None:
        return was_writing
    connection.execute(delete(subscriptions).where(subscriptions.c.subscriber_id == number))
    cancel_recipient(connection, "email", number, "erased", now)
    connection.execute(
        update(subscribers)
        .where(subscribers.c.id == number)
        .values(address=None, email=None, state="erased", ended_at=now)
    )
    return True


def _import(connection: Connection, people: Sequence[tuple[str, Wish]], now: datetime) -> int:
    wishes = {same_person(email): (email, wish) for email, wish in people}
    before = connection.scalar(select(func.count()).select_from(subscribers)) or 0
    rows = [
        {"address": address, "email": email, "state": "confirmed", "created_at": now, "confirmed_at": now}
        for address, (email, _) in wishes.items()
    ]
    connection.execute(upsert(connection, subscribers).on_conflict_do_nothing(), rows)
    found = connection.execute(
        select(subscribers.c.id, subscribers.c.address).where(
            subscribers.c.address.in_(list(wishes)), subscribers.c.state == "confirmed"
        )
    )
    asked = [
        _subscription(row.id, topic, wishes[row.address][1].cadence)
        for row in found
        for topic in wishes[row.address][1].topics
    ]
    if asked:
        statement = upsert(connection, subscriptions)
        keys = ["subscriber_id", "kind", "slug"]
        connection.execute(
            statement.on_conflict_do_update(index_elements=keys, set_={"digest": statement.excluded.digest}), asked
        )
    return (connection.scalar(select(func.count()).select_from(subscribers)) or 0) - before
