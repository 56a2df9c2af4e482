"""Which links were mailed to whom? Their tokens are kept hashed; the letters themselves go through the ledger."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import orjson
from sqlalchemy import Connection, RowMapping, func, insert, select, update

from services.notify.adapters.tables import deliveries, notices, tokens
from services.notify.domain.addresses import same_person
from services.notify.domain.people import Wish
from services.notify.domain.tokens import hashed

CONFIRM: Final = timedelta(days=7)
MANAGE: Final = timedelta(days=1)
#: Letters to one address an hour; a stranger must not be able to fill somebody's inbox through us.
LETTERS_AN_HOUR: Final = 10


def mail_link(connection: Connection, kind: str, email: str, wish: Wish, link: tuple[str, str], now: datetime) -> None:  # noqa: PLR0917 - one letter
    """Enter a letter with a link (`(token, address)`) into the ledger, and the token's hash; not too many an hour."""
    address = same_person(email)
    recent = select(func.count()).where(tokens.c.address == address, tokens.c.created_at > now - timedelta(hours=1))
    if (connection.scalar(recent) or 0) >= LETTERS_AN_HOUR:
        return
    topics = " ".join(map(str, wish.topics))
    row = {"kind": kind, "address": address, "email": email, "topics": topics, "cadence": wish.cadence}
    expires = now + (CONFIRM if kind == "confirm" else MANAGE)
    connection.execute(insert(tokens).values(**row, hash=hashed(link[0]), created_at=now, expires_at=expires))
    enter_letter(connection, kind, {"email": email, "link": link[1], "topics": ", ".join(map(str, wish.topics))}, now)


def enter_letter(connection: Connection, kind: str, fields: Mapping[str, Any], now: datetime) -> None:
    """A letter in the ledger; `fields` name its address (`email`) and what it says."""
    content = orjson.dumps(fields).decode()
    notice = connection.scalar(
        insert(notices).values(action=kind, planned_at=now, content=content).returning(notices.c.id)
    )
    connection.execute(
        insert(deliveries).values(
            notice_id=notice,
            channel="email",
            lane=0,
            digest=0,
            state="pending",
            detail="",
            attempts=0,
            due_at=now,
            fresh=False,
            maybe_duplicate=False,
            changed_at=now,
        )
    )


Chosen = Callable[[Mapping[str, Any]], bool]


def drop_letters(connection: Connection, is_theirs: Chosen, why: str, now: datetime) -> None:
    """Forget the letters that have not left yet and of whose fields this is true."""
    d = deliveries.c
    waiting = connection.execute(
        select(d.id, notices.c.id, notices.c.content)
        .select_from(deliveries.join(notices, notices.c.id == d.notice_id))
        .where(d.channel == "email", d.recipient.is_(None), d.state == "pending", notices.c.content.is_not(None))
        .where(d.story.is_(None))
    ).all()
    for row, notice, content in waiting:
        if is_theirs(orjson.loads(content)):
            change = {"state": "suppressed", "detail": why, "token": None, "changed_at": now}
            connection.execute(update(deliveries).where(d.id == row).values(change))
            connection.execute(update(notices).where(notices.c.id == notice).values(content=None))


def find_link(connection: Connection, kind: str, token: str, now: datetime) -> RowMapping | None:
    """The link of this kind that a token opens; None when it is unknown or too old."""
    query = select(tokens).where(tokens.c.hash == hashed(token), tokens.c.kind == kind, tokens.c.expires_at > now)
    return connection.execute(query).mappings().first()
