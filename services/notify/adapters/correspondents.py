"""Who hears of answers to comments, and which answers were noted? What they are told goes through the ledger."""

import secrets
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import Connection, delete, func, insert, select, update

from services.notify.adapters.claiming import claim
from services.notify.adapters.links import drop_letters, enter_letter, find_link
from services.notify.adapters.tables import answered, correspondents, kills, stories, tokens
from services.notify.domain.addresses import parse_address, same_person
from services.notify.domain.correspondence import ASK_EVERY, Correspondent, Step, step
from services.notify.domain.tokens import hashed
from shared import telemetry
from shared.database import Database, upsert
from shared.events import CommentAnswered

#: The kind of the links that confirm.
LINK: Final = "answers"
_C: Final = correspondents.c
log = telemetry.logger("notify")


class SqlCorrespondents:
    """Correspondents in SQL."""

    def __init__(self, database: Database, public_url: str, wake: Callable[[], Awaitable[None]]) -> None:
        """`public_url`: where the links in letters lead; `wake` tells the workers that there is a letter."""
        self._database, self._url, self._wake = database, public_url, wake

    async def note(self, batch: Sequence[CommentAnswered]) -> None:
        """Enter what these answers set off, each once."""
        now = await self._database.now()

        def work(connection: Connection) -> bool:
            # Locked, so that an answer and the withdrawal of its story cannot miss each other.
            claim(connection, [str(event.story_id) for event in batch])
            letters = [_note(connection, event, self._url, now) for event in batch]
            return any(letters)

        if await self._database.write(work):
            await self._wake()

    async def email(self, number: int) -> str | None:
        """The address of one who hears of answers; None when they have left or there is none."""
        query = select(_C.email).where(_C.id == number, _C.state != "ended")
        return await self._database.read(lambda connection: connection.scalar(query))

    async def asked(self, token: str) -> str | None:
        """The address that a link would confirm; None when it is unknown, used or too old."""
        now = await self._database.now()
        row = await self._database.read(lambda connection: find_link(connection, LINK, token, now))
        return None if row is None or row["used_at"] else str(row["email"])

    async def confirm(self, token: str) -> bool:
        """From now on every answer is told; False when the link is unknown, used or too old."""
        now = await self._database.now()
        return await self._database.write(lambda connection: _confirm(connection, token, now))

    async def leave(self, number: int) -> None:
        """From now on none is; what has not left yet does not leave. Done again, it does no harm."""
        now = await self._database.now()

        def work(connection: Connection) -> None:
            ending = update(correspondents).where(_C.id == number, _C.state.in_(("asked", "confirmed")))
            connection.execute(ending.values(state="ended", changed_at=now))
            drop_letters(connection, lambda letter: letter.get("correspondent") == number, "unsubscribed", now)

        await self._database.write(work)

    async def erase(self, email: str) -> bool:
        """Forget an address; False when it is not here."""
        now = await self._database.now()
        return await self._database.write(lambda connection: erase(connection, same_person(email), now))


def erase(connection: Connection, address: str, now: datetime) -> bool:
    """Forget an address and what waits for it; False when it is not here."""
    connection.execute(delete(tokens).where(tokens.c.kind == LINK, tokens.c.address == address))
    gone = update(correspondents).where(_C.address == address).returning(_C.id)
    number = connection.scalar(gone.values(address=None, email=None, state="erased", changed_at=now))
    if number is not None:
        drop_letters(connection, lambda letter: letter.get("correspondent") == number, "erased", now)
    return number is not None


def drop_of_story(connection: Connection, story_id: str, now: datetime) -> None:
    """A story was withdrawn: nobody is told of answers under it."""
    drop_letters(connection, lambda letter: letter.get("story_id") == story_id, "withdrawn", now)


def _note(connection: Connection, event: CommentAnswered, url: str, now: datetime) -> bool:
    """Enter what follows from one answer; is there a letter?"""
    once = upsert(connection, answered).values(comment=event.comment, at=now).on_conflict_do_nothing()
    if connection.scalar(once.returning(answered.c.comment)) is None or _is_killed(connection, event):
        return False
    try:
        email = parse_address(event.email)
    except ValueError:
        log.warning("no mail can be sent to a commenter's address", comment=event.comment)
        return False
    known = _known(connection, same_person(email))
    what = step(known.who if known else None, event.asked_at, now)
    if what is Step.NOTHING:
        return False
    # In the spelling in which it was confirmed, whatever the next comment makes of it.
    email = known.email if known else email
    number = _ask(connection, known, email, now) if what is Step.ASK or known is None else known.number
    letter = {"email": email, "correspondent": number, "story_id": str(event.story_id), "url": event.url}
    letter |= {"headline": event.headline, "name": event.name}
    if what is Step.ASK:
        letter["link"] = _link(connection, email, url, now)
    enter_letter(connection, what.value, letter, now)
    return True


class _Known(NamedTuple):
    number: int
    email: str
    who: Correspondent


def _known(connection: Connection, address: str) -> _Known | None:
    row = connection.execute(select(correspondents).where(_C.address == address).with_for_update()).first()
    if row is None:
        return None
    return _Known(row.id, row.email, Correspondent(row.state, row.asked_at, row.changed_at))


def _ask(connection: Connection, known: _Known | None, email: str, now: datetime) -> int:
    fresh = {"state": "asked", "asked_at": now, "changed_at": now}
    if known is not None:
        connection.execute(update(correspondents).where(_C.id == known.number).values(fresh))
        return known.number
    row = {"address": same_person(email), "email": email, **fresh}
    made = connection.scalar(insert(correspondents).values(row).returning(_C.id))
    assert made is not None  # noqa: S101 - an INSERT answers or raises
    return int(made)


def _link(connection: Connection, email: str, url: str, now: datetime) -> str:
    token = secrets.token_urlsafe(24)
    row = {"kind": LINK, "address": same_person(email), "email": email, "topics": "", "cadence": ""}
    connection.execute(insert(tokens).values(**row, hash=hashed(token), created_at=now, expires_at=now + ASK_EVERY))
    return f"{url}/subscriptions/{token}/confirm"


def _confirm(connection: Connection, token: str, now: datetime) -> bool:
    """Who has left after the letter was sent and follows its link wants it after all."""
    using = update(tokens).where(tokens.c.hash == hashed(token), tokens.c.kind == LINK)
    using = using.where(tokens.c.expires_at > now, tokens.c.used_at.is_(None))
    address = connection.scalar(using.values(used_at=now).returning(tokens.c.address))
    if address is None:
        return False
    connection.execute(update(correspondents).where(_C.address == address).values(state="confirmed", changed_at=now))
    return True


def _is_killed(connection: Connection, event: CommentAnswered) -> bool:
    """Was the story withdrawn after the site had said this?"""
    number = select(stories.c.id).where(stories.c.story_id == str(event.story_id)).scalar_subquery()
    later = select(func.count()).where(kills.c.story == number, kills.c.revision > event.revision)
    return bool(connection.scalar(later))
