"""What becomes of a row when it was sent, or when its worker died?"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Boolean, Connection, bindparam, or_, select, update

from services.notify.adapters.cancelling import touch
from services.notify.adapters.tables import deliveries, notices, stories
from services.notify.domain.outcomes import Uncertain, settle
from services.notify.domain.rows import Finished

SWEEP: Final = 500


def finish(
    connection: Connection, token: str | None, finished: Sequence[Finished], now: datetime, *, resend: bool
) -> None:
    """Settle rows by their outcome; without a token whoever holds them."""
    d = deliveries.c
    rows, again = [], []
    for one in finished:
        settled = settle(one.outcome, one.attempts, now, resend=resend)
        if settled.state == "pending":
            again.append(one.id)
        rows.append(
            {
                "row": one.id,
                "held": token,
                "to": settled.state,
                "why": settled.detail[:500],
                "due": settled.due_at,
                "tried": settled.tried,
                "doubtful": settled.doubtful,
            }
        )
    if not rows:
        return
    held = d.id == bindparam("row")
    if token is not None:
        held &= d.token == bindparam("held")
    else:
        rows = [{key: value for key, value in row.items() if key != "held"} for row in rows]
    connection.execute(
        update(deliveries)
        .where(held, or_(d.state == "pending", d.state == "sending"))
        .values(
            state=bindparam("to"),
            detail=bindparam("why"),
            due_at=bindparam("due"),
            attempts=d.attempts + bindparam("tried"),
            maybe_duplicate=or_(d.maybe_duplicate, bindparam("doubtful", type_=Boolean)),
            token=None,
            lease_until=None,
            changed_at=now,
        ),
        rows,
    )
    ids = [one.id for one in finished]
    _follow(connection, ids, now)
    _forget_letters(connection, ids)
    if again:
        drop_cancelled(connection, again, now)
    # Two look-ups, each by an index of its own; joined by OR they would be a walk through the whole ledger.
    told = [select(d.story).where(column.in_(ids)).distinct() for column in (d.id, d.carrier_id)]
    touch(connection, {story for query in told for story in connection.scalars(query)})


def _follow(connection: Connection, ids: Sequence[int], now: datetime) -> None:
    """What a digest carries becomes what the digest became."""
    d = deliveries.c
    digests = connection.execute(
        select(d.id, d.state, d.detail, d.maybe_duplicate).where(d.id.in_(ids), d.digest > 0, d.story.is_(None))
    ).all()
    for row in digests:
        change: Mapping[str, Any] = {
            "state": row.state,
            "detail": row.detail,
            "maybe_duplicate": row.maybe_duplicate,
            "changed_at": now,
            "attempts": d.attempts + 1,
        }
        connection.execute(update(deliveries).where(d.carrier_id == row.id, d.state == "sending").values(change))


def _forget_letters(connection: Connection, ids: Sequence[int]) -> None:
    """A letter that has left leaves nothing behind: it holds an address, and a token that is kept only hashed."""
    d = deliveries.c
    letters = select(d.notice_id).where(
        d.id.in_(ids), d.story.is_(None), d.recipient.is_(None), d.state.not_in(("pending", "sending"))
    )
    connection.execute(update(notices).where(notices.c.id.in_(letters)).values(content=None))


def drop_cancelled(connection: Connection, ids: Sequence[int], now: datetime) -> None:
    """A story was withdrawn or corrected while it was being sent: it is not tried again."""
    d = deliveries.c
    below = select(stories.c.cancelled_below).where(stories.c.id == d.story).scalar_subquery()
    told: set[Any] = set()
    for column in (d.id, d.carrier_id):
        told |= set(
            connection.scalars(
                update(deliveries)
                .where(column.in_(ids), d.state == "pending", d.revision < below)
                .values(state="suppressed", detail="withdrawn", token=None, changed_at=now)
                .returning(d.story)
            )
        )
    touch(connection, told)


def sweep(connection: Connection, now: datetime, *, resend: bool) -> int:
    """Settle what was left `sending`: a mail is uncertain, a webhook or a feed is sent again; how many."""
    d = deliveries.c
    rows = connection.execute(
        select(d.id, d.channel, d.attempts)
        .where(d.state == "sending", d.lease_until < now, d.carrier_id.is_(None))
        .limit(SWEEP)
        .with_for_update(skip_locked=True)
    ).all()
    lost = "the worker died while it was being sent"
    mails = [Finished(row.id, row.attempts, Uncertain(lost)) for row in rows if row.channel == "email"]
    finish(connection, None, mails, now, resend=resend)
    again = [row.id for row in rows if row.channel != "email"]
    if again:
        values = {"state": "pending", "due_at": now, "token": None, "lease_until": None, "changed_at": now}
        connection.execute(update(deliveries).where(d.id.in_(again)).values({**values, "attempts": d.attempts + 1}))
        drop_cancelled(connection, again, now)
    return len(rows)
