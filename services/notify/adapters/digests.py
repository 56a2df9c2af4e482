"""Which digests are due, and what do they carry?"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, insert, select, update

from services.notify.adapters.pauses import is_paused
from services.notify.adapters.tables import deliveries, notices
from services.notify.domain.content import Content
from services.notify.domain.letters import Item
from shared.database import Database, lock

AT_ONCE: Final = 200
NAMES: Final = {1: "daily", 2: "weekly"}


class SqlDigests:
    """Digests in SQL: rows of the ledger that wait for a boundary, then travel in one mail, the carrier."""

    def __init__(self, database: Database) -> None:
        """`database`: notify's own."""
        self._database = database

    async def gather(self) -> int:
        """Give readers whose digest is due a carrier; how many rows were moved on. Call again until it answers 0."""
        now = await self._database.now()
        return await self._database.write(lambda connection: _gather(connection, now))

    async def items(self, carrier: int) -> Sequence[Item]:
        """What a digest may still tell, oldest first: what was withdrawn meanwhile is suppressed and so is not here."""
        d = deliveries.c
        query = (
            select(notices.c.content, notices.c.action, d.fresh)
            .select_from(deliveries.join(notices, notices.c.id == d.notice_id))
            .where(d.carrier_id == carrier, d.state.in_(("pending", "sending")))
            .order_by(d.id)
        )
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return [Item(Content.load(row.content), row.action == "correct" and not row.fresh) for row in rows]


def _gather(connection: Connection, now: datetime) -> int:
    lock(connection, "notify.digests")  # or two replicas would each make a reader's digest, one of them empty
    if is_paused(connection, "email"):
        return 0  # all that comes due meanwhile travels in one mail
    d = deliveries.c
    passed = (d.channel == "email", d.state == "pending", d.lane == 2, d.due_at <= now)  # noqa: PLR2004 - the lane of digests
    waiting = (*passed, d.carrier_id.is_(None))
    due = connection.execute(select(d.recipient, d.digest).where(*waiting).distinct().limit(AT_ONCE)).all()
    if not due:
        return _let_go(connection, passed)
    digests = (d.channel == "email", d.state == "sending", d.story.is_(None), d.digest > 0)
    leaving = set(connection.scalars(select(d.recipient).where(*digests)))
    made = 0
    for reader in due:
        if reader.recipient in leaving:
            continue  # it may come back unsent in a moment, and then takes these along
        carrier = _unsent(connection, reader.recipient, reader.digest) or _carrier(
            connection, reader.recipient, reader.digest, now
        )
        made += 1
        mine = (d.recipient == reader.recipient, d.digest == reader.digest)
        connection.execute(update(deliveries).where(*waiting, *mine).values(carrier_id=carrier))
    return made


def _let_go(connection: Connection, passed: Sequence[Any]) -> int:
    """Rows whose carrier is settled and took them nowhere: nobody owned them any more; how many."""
    carrier = deliveries.alias()
    moves = select(carrier.c.id).where(
        carrier.c.id == deliveries.c.carrier_id, carrier.c.state.in_(("pending", "sending"))
    )
    lost = update(deliveries).where(*passed, deliveries.c.carrier_id.is_not(None), ~moves.exists())
    return connection.execute(lost.values(carrier_id=None)).rowcount


def _unsent(connection: Connection, recipient: int, digest: int) -> Any:  # noqa: ANN401 - a number or None
    """A digest of an earlier boundary that was never tried (the relay is away): it takes these along.

    Locked: whoever begins to send it waits until they are in, or they go into the next one.
    """
    d = deliveries.c
    mine = (d.channel == "email", d.recipient == recipient, d.state == "pending", d.story.is_(None))
    untried = (d.carrier_id.is_(None), d.attempts == 0, ~d.maybe_duplicate)
    query = select(d.id).where(*mine, d.digest == digest, *untried).limit(1)
    return connection.scalar(query.with_for_update())


def _carrier(connection: Connection, recipient: int, digest: int, now: datetime) -> Any:  # noqa: ANN401 - a number
    notice = connection.scalar(
        insert(notices).values(action=NAMES[digest], planned_at=now, content="").returning(notices.c.id)
    )
    values = {
        "notice_id": notice,
        "channel": "email",
        "recipient": recipient,
        "lane": 1,
        "digest": digest,
        "state": "pending",
        "detail": "",
        "attempts": 0,
        "due_at": now,
        "fresh": True,
        "maybe_duplicate": False,
        "changed_at": now,
    }
    return connection.scalar(insert(deliveries).values(values).returning(deliveries.c.id))
