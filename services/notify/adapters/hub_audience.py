"""Which subscribers of the hub are owed a notice? One INSERT … SELECT, however many there are."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Boolean, Connection, case, insert, literal, or_, select, tuple_

from services.notify.adapters.tables import Number, deliveries, hub_subscriptions
from services.notify.domain.audience import Plan
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
    "fresh",
    "maybe_duplicate",
    "changed_at",
)


def plan_hub(connection: Connection, plan: Plan, row: Mapping[str, Any], topics: frozenset[Topic]) -> None:
    """Enter a row for every subscriber of a feed that shows the story, or that has shown it to this subscriber.

    What mutes webhooks mutes feeds. Of what is withdrawn or has expired everybody hears whose feed loses it, told or
    not: a subscriber has read the feed before it subscribed.
    """
    if plan.webhook == "nobody":
        return
    h, d = hub_subscriptions.c, deliveries.c
    # Who answered nothing may have taken it all the same: an attempt counts as having had it.
    had = select(d.recipient).where(
        d.story == row["story"], d.channel == "websub", d.recipient.is_not(None), d.state.in_(HAD) | (d.attempts > 0)
    )
    now, urgent = literal(row["due_at"], Instant), row["lane"] == 0
    query = select(
        literal(row["notice_id"], Number),
        literal(row["story"], Number),
        literal(row["revision"]),
        literal("websub"),
        h.id,
        literal(row["lane"]),
        literal(row["digest"]),
        literal(row["state"]),
        literal(row["detail"]),
        literal(row["attempts"]),
        now if urgent else case((h.next_at > now, h.next_at), else_=now),
        h.id.not_in(had),
        literal(False, Boolean),  # noqa: FBT003 - a column's value
        literal(row["changed_at"], Instant),
    ).where(
        h.expires_at > now,
        or_(tuple_(h.kind, h.slug).in_([(one.kind, one.slug) for one in topics]), h.id.in_(had)),
    )
    connection.execute(insert(deliveries).from_select(list(_COLUMNS), query))
