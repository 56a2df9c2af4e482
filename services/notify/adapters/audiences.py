"""Which readers are owed a notice by mail? One INSERT … SELECT, however many there are."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, assert_never

from sqlalchemy import Boolean, Connection, Select, and_, case, func, insert, literal, null, or_, select, tuple_

from services.notify.adapters.tables import Number, deliveries, notices, subscribers, subscriptions
from services.notify.domain.audience import Plan
from services.notify.domain.cadence import RANKS
from services.notify.domain.outcomes import HAD
from services.notify.domain.topics import Topic
from shared.database import Instant

_COLUMNS: Final = (
    "notice_id",
    "story",
    "revision",
    "channel",
    "recipient",
    "lane",
    "digest",
    "state",
    "detail",
    "attempts",
    "due_at",
    "parent_id",
    "fresh",
    "maybe_duplicate",
    "changed_at",
)
#: Of what was sent more than once it is certain that the reader may have had it, whatever became of the row later.
_HAD: Final = or_(deliveries.c.state.in_(HAD), deliveries.c.maybe_duplicate)


def plan_mail(
    connection: Connection,
    plan: Plan,
    row: Mapping[str, Any],
    topics: frozenset[Topic],
    due: Mapping[int, datetime],
) -> None:
    """Enter a pending row for everybody who is owed the mail, a suppressed one for who has unsubscribed since."""
    match plan.mail:
        case "nobody":
            return
        case "matching":
            query = _matching(plan, row, topics, due)
        case "had" | "had_or_waiting" | "told_of_kill":
            query = _concerned(plan, row, due)
        case _:
            assert_never(plan.mail)
    connection.execute(insert(deliveries).from_select(list(_COLUMNS), query))


def _matching(plan: Plan, row: Mapping[str, Any], topics: frozenset[Topic], due: Mapping[int, datetime]) -> Select[Any]:
    """Confirmed subscribers of any of the topics; of several cadences the soonest."""
    digest = func.min(subscriptions.c.digest)
    wanted = tuple_(subscriptions.c.kind, subscriptions.c.slug).in_([(one.kind, one.slug) for one in topics])
    who = subscriptions.c.subscriber_id
    query = (
        select(
            *_head(row),
            who,
            _lane(digest, row),
            digest,
            literal(row["state"]),
            literal(row["detail"]),
            literal(0),
            _due(digest, due),
            null(),
            literal(True, Boolean),  # noqa: FBT003 - a column's value
            literal(False, Boolean),  # noqa: FBT003 - a column's value
            literal(row["changed_at"], Instant),
        )
        .select_from(subscriptions.join(subscribers, subscribers.c.id == who))
        .where(subscribers.c.state == "confirmed", wanted)
        .group_by(who)
    )
    if plan.covers[0] == 1:
        return query
    had = select(deliveries.c.recipient).where(
        deliveries.c.story == row["story"], deliveries.c.channel == "email", _HAD
    )
    return query.where(who.not_in(had))


def _concerned(plan: Plan, row: Mapping[str, Any], due: Mapping[int, datetime]) -> Select[Any]:
    """Those who had it (of a revive: who were told of the kill); for a correction also those whose mail it replaces."""
    had = _HAD
    if plan.mail == "told_of_kill":
        killed = select(notices.c.id).where(notices.c.story == row["story"], notices.c.action == "kill")
        had = and_(_HAD, deliveries.c.notice_id.in_(killed))
    meant = had
    if plan.mail == "had_or_waiting":
        # A story that is back is also news to those whose mail its kill had stopped.
        stopped = ("replaced", "withdrawn") if plan.action == "revive" else ("replaced",)
        meant = or_(had, and_(deliveries.c.state == "suppressed", deliveries.c.detail.in_(stopped)))
    # A kill is told at once also to readers of digests; what else they hear waits for the next one.
    digest = literal(0) if plan.action == "kill" else func.min(deliveries.c.digest)
    stays = func.max(case((subscribers.c.state == "confirmed", 1), else_=0)) == 1
    return (
        select(
            *_head(row),
            deliveries.c.recipient,
            _lane(digest, row),
            digest,
            case((stays, literal(row["state"])), else_=literal("suppressed")),
            case((stays, literal(row["detail"])), else_=literal("unsubscribed")),
            literal(0),
            _due(digest, due),
            func.min(case((had, deliveries.c.id))),
            func.max(case((had, 1), else_=0)) == 0,
            literal(False, Boolean),  # noqa: FBT003 - a column's value
            literal(row["changed_at"], Instant),
        )
        .select_from(deliveries.outerjoin(subscribers, subscribers.c.id == deliveries.c.recipient))
        .where(
            deliveries.c.story == row["story"],
            deliveries.c.revision < row["revision"],
            deliveries.c.channel == "email",
            deliveries.c.recipient.is_not(None),
            meant,
        )
        .group_by(deliveries.c.recipient)
    )


def _head(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return (
        literal(row["notice_id"], Number),
        literal(row["story"], Number),
        literal(row["revision"]),
        literal("email"),
    )


def _lane(digest: Any, row: Mapping[str, Any]) -> Any:  # noqa: ANN401 - SQL expressions
    return case((digest > 0, 2), else_=row["lane"])


def _due(digest: Any, due: Mapping[int, datetime]) -> Any:  # noqa: ANN401 - SQL expressions
    return case(
        (digest == RANKS["daily"], literal(due[1], Instant)),
        (digest == RANKS["weekly"], literal(due[2], Instant)),
        else_=literal(due[0], Instant),
    )
