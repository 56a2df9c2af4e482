"""Where do partners want their webhooks? Endpoints, their secrets, and a log of every attempt."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, insert, select, update

from services.notify.adapters.cancelling import cancel_recipient
from services.notify.adapters.tables import attempts, endpoints, notices, numbers, stories
from services.notify.domain.audience import EVENTS
from services.notify.domain.rows import Attempt, Target
from services.notify.domain.webhooks import secret_from
from shared.database import Database
from shared.events import rfc3339

#: For how long a secret that was rotated away still signs beside the new one.
OVERLAP: Final = timedelta(hours=24)


class SqlEndpoints:
    """Endpoints in SQL. `publisher` is a slug, empty for the admin's own; None means anybody's."""

    def __init__(self, database: Database) -> None:
        """`database`: notify's own."""
        self._database = database

    async def create(
        self, publisher: str, url: str, events: Sequence[str], topics: Sequence[str]
    ) -> tuple[Mapping[str, Any], str]:
        """A new endpoint and its secret, which is not shown again."""
        now = await self._database.now()
        secret = secret_from(secrets.token_bytes(24))
        values = {
            "public_id": f"wh_{secrets.token_hex(10)}",
            "publisher": publisher,
            "url": url,
            "events": " ".join(events),
            "topics": " ".join(topics),
            "secret": secret,
            "enabled": True,
            "reason": "",
            "created_at": now,
        }
        await self._database.write(lambda connection: connection.execute(insert(endpoints).values(values)))
        return shown(values), secret

    async def all(self, publisher: str | None) -> list[Mapping[str, Any]]:
        """The endpoints of one publisher, or of all."""
        query = select(endpoints).order_by(endpoints.c.id)
        if publisher is not None:
            query = query.where(endpoints.c.publisher == publisher)
        rows = await self._database.read(lambda connection: connection.execute(query).mappings().all())
        return [shown(row) for row in rows]

    async def one(self, publisher: str | None, public_id: str) -> Mapping[str, Any] | None:
        """One endpoint; None when there is none, or it is another publisher's."""
        row = await self._database.read(lambda connection: _find(connection, publisher, public_id))
        return None if row is None else shown(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name

    async def change(self, publisher: str | None, public_id: str, values: Mapping[str, Any]) -> bool:
        """Change some columns; False when there is no such endpoint."""

        def work(connection: Connection) -> bool:
            row = _find(connection, publisher, public_id)
            if row is None:
                return False
            if values:
                connection.execute(update(endpoints).where(endpoints.c.id == row.id).values(**values))
            return True

        return await self._database.write(work)

    async def rotate(self, publisher: str | None, public_id: str) -> str | None:
        """A new secret; the old one signs beside it for a day. None when there is no such endpoint."""
        now = await self._database.now()
        secret = secret_from(secrets.token_bytes(24))

        def work(connection: Connection) -> str | None:
            row = _find(connection, publisher, public_id)
            if row is None:
                return None
            change = {"secret": secret, "old_secret": row.secret, "old_until": now + OVERLAP}
            connection.execute(update(endpoints).where(endpoints.c.id == row.id).values(**change))
            return secret

        return await self._database.write(work)

    async def remove(self, publisher: str | None, public_id: str) -> bool:
        """Forget an endpoint; what waits for it is suppressed. False when there is none."""
        now = await self._database.now()

        def work(connection: Connection) -> bool:
            row = _find(connection, publisher, public_id)
            if row is None:
                return False
            cancel_recipient(connection, "webhook", row.id, "endpoint removed", now)
            connection.execute(delete(attempts).where(attempts.c.endpoint_id == row.id))
            connection.execute(delete(endpoints).where(endpoints.c.id == row.id))
            return True

        return await self._database.write(work)

    async def number(self, publisher: str | None, public_id: str) -> int | None:
        """Its number in the ledger."""
        row = await self._database.read(lambda connection: _find(connection, publisher, public_id))
        return None if row is None else int(row.id)

    async def target(self, number: int) -> Target | None:
        """Where its webhooks go now."""
        now = await self._database.now()
        query = select(endpoints).where(endpoints.c.id == number)
        row = await self._database.read(lambda connection: connection.execute(query).first())
        if row is None:
            return None
        old = (row.old_secret,) if row.old_secret and row.old_until > now else ()
        return Target(row.url, (row.secret, *old), row.enabled)

    async def body(self, notice: int) -> tuple[str, bytes, int | None] | None:
        """The type and the body of a notice's webhook, and its place among the changes once that is known."""
        place = (numbers.c.story_id == stories.c.story_id) & (numbers.c.revision == notices.c.revision)
        query = (
            select(notices.c.action, notices.c.event, numbers.c.seq)
            .select_from(notices.join(stories, stories.c.id == notices.c.story).outerjoin(numbers, place))
            .where(notices.c.id == notice)
        )
        row = await self._database.read(lambda connection: connection.execute(query).first())
        return None if row is None or row.event is None else (EVENTS[row.action], row.event, row.seq)

    async def disable(self, number: int, reason: str) -> None:
        """Send nothing more there; what waits is suppressed."""
        now = await self._database.now()

        def work(connection: Connection) -> None:
            change = update(endpoints).where(endpoints.c.id == number).values(enabled=False, reason=reason)
            connection.execute(change)
            cancel_recipient(connection, "webhook", number, "endpoint disabled", now)

        await self._database.write(work)

    async def log(self, lines: Sequence[Attempt]) -> None:
        """Keep what was tried."""
        rows = [
            {
                "endpoint_id": one.endpoint,
                "webhook_id": one.webhook_id,
                "event": one.event,
                "at": one.at,
                "status": one.status,
                "ms": one.ms,
                "outcome": one.outcome,
                "detail": one.detail[:500],
            }
            for one in lines
        ]
        if rows:
            await self._database.write(lambda connection: connection.execute(insert(attempts), rows))

    async def attempts(self, number: int, before: int | None, limit: int) -> list[Mapping[str, Any]]:
        """The log of one endpoint, newest first."""
        query = select(attempts).where(attempts.c.endpoint_id == number).order_by(attempts.c.id.desc()).limit(limit)
        if before is not None:
            query = query.where(attempts.c.id < before)
        rows = await self._database.read(lambda connection: connection.execute(query).mappings().all())
        names = ("id", "webhook_id", "event", "status", "ms", "outcome", "detail")
        return [{**{name: row[name] for name in names}, "at": rfc3339(row["at"])} for row in rows]


def shown(row: Mapping[Any, Any]) -> Mapping[str, Any]:
    """An endpoint as the API answers it; never its secret."""
    created: datetime = row["created_at"]
    return {
        "id": row["public_id"],
        "publisher": row["publisher"] or None,
        "url": row["url"],
        "events": row["events"].split(),
        "topics": row["topics"].split(),
        "active": row["enabled"],
        "reason": row["reason"] or None,
        "created_at": rfc3339(created),
    }


def _find(connection: Connection, publisher: str | None, public_id: str) -> Row[Any] | None:
    query = select(endpoints).where(endpoints.c.public_id == public_id)
    if publisher is not None:
        query = query.where(endpoints.c.publisher == publisher)
    return connection.execute(query).first()
