"""Could the notices of a batch reach anybody at all? Few statements a batch, so that who reaches nobody costs none."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import JSON, Connection, Row, bindparam, select, text

from services.notify.adapters.tables import directory, endpoints
from services.notify.domain.audience import Endpoint, Plan, endpoints_for
from services.notify.domain.topics import Topic, parse_topic

# One look into the index for each topic, however many people follow it; both databases read the list alike. The
# feeds that the hub tells of come along, as `kind:slug`: who has none there pays for no statement.
_FOLLOWED: Final = text(
    "SELECT w.key FROM json_each(:wanted) AS w WHERE EXISTS (SELECT 1 FROM subscriptions AS s"
    " WHERE s.kind = (w.value ->> 0) AND s.slug = (w.value ->> 1))"
    " UNION ALL SELECT h.kind || ':' || h.slug FROM (SELECT DISTINCT kind, slug FROM hub_subscriptions) AS h"
).bindparams(bindparam("wanted", type_=JSON))
#: Who was switched off; a publisher of whom no event has told us yet is not among them.
_DISABLED: Final = select(directory.c.publisher).where(~directory.c.active)
_PARTNERS: Final = select(
    endpoints.c.id, endpoints.c.events, endpoints.c.topics, endpoints.c.publisher.in_(_DISABLED).label("is_disabled")
).where(endpoints.c.enabled)


@dataclass(frozen=True, slots=True)
class Reach:
    """The partners that are enabled, the topics of a batch that somebody follows, the feeds that the hub tells of."""

    partners: Sequence[Endpoint]
    followed: Collection[Topic]
    fed: Collection[Topic] = frozenset()

    def may_owe(self, plan: Plan, topics: frozenset[Topic], *, had: bool) -> bool:
        """May anybody be owed a notice? Never False when somebody is. `had`: the story has rows in the ledger."""
        if not topics.isdisjoint(self.followed) if plan.mail == "matching" else had and plan.mail != "nobody":
            return True
        if self.fed and plan.webhook != "nobody" and (had or not topics.isdisjoint(self.fed)):
            return True
        return bool(endpoints_for(plan, self.partners, {one.id for one in self.partners if had}, topics))


def reach_of(connection: Connection, topics: Collection[Topic]) -> Reach:
    """Ask once for all stories of a batch: `topics` are all of theirs."""
    numbered = {str(number): topic for number, topic in enumerate(topics)}
    found = connection.scalars(_FOLLOWED, {"wanted": numbered}).all()
    followed = frozenset(numbered[key] for key in found if key in numbered)
    fed = frozenset(Topic(*key.split(":", 1)) for key in found if key not in numbered)
    partners = [_endpoint(row) for row in connection.execute(_PARTNERS)]
    return Reach(partners, followed, fed)


def _endpoint(row: Row[Any]) -> Endpoint:
    if row.is_disabled:
        # A publisher that was switched off gets nothing new, but must hear that what it has is wrong or withdrawn.
        return Endpoint(row.id, frozenset(), frozenset())
    return Endpoint(row.id, frozenset(row.events.split()), frozenset(map(parse_topic, row.topics.split())))
