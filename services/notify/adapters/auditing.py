"""Does the ledger add up, and is all that the log has settled planned in it?"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from sqlalchemy import Connection, func, select

from services.notify.adapters.tables import deliveries, endpoints, hub_subscriptions, notices, stories, subscribers
from shared.database import Database

_STATES: Final = frozenset(
    {"pending", "sending", "delivered", "bounced", "failed", "suppressed", "uncertain"},
)
Finding = tuple[str, str, str]


async def audit(database: Database, settled: Mapping[str, int]) -> list[Finding]:
    """What is missing or makes no sense; `settled`: story → the newest revision whose notices the log holds planned."""
    return await database.read(lambda connection: [*_unplanned(connection, settled), *_senseless(connection)])


def unplanned(findings: Iterable[Finding]) -> list[str]:
    """The stories whose notices must be planned again."""
    return [key for where, what, key in findings if (where, what) == ("ledger", "missing")]


def _unplanned(connection: Connection, settled: Mapping[str, int]) -> Iterator[Finding]:
    query = (
        select(stories.c.story_id, func.max(notices.c.revision))
        .join(notices, notices.c.story == stories.c.id)
        .group_by(stories.c.story_id)
    )
    held = {row.story_id: row[1] for row in connection.execute(query)}
    for story_id, revision in settled.items():
        if held.get(story_id, 0) < revision:
            yield "ledger", "missing", story_id


def _senseless(connection: Connection) -> Iterator[Finding]:
    """Rows in a state that there is not, of no notice, to nobody."""
    d = deliveries.c
    for state in connection.scalars(select(d.state).where(d.state.not_in(_STATES)).distinct()):
        yield "ledger", "differs", f"state {state}"
    orphans = select(d.id).outerjoin(notices, notices.c.id == d.notice_id).where(notices.c.id.is_(None))
    for number in connection.scalars(orphans):
        yield "ledger", "extra", f"delivery {number}"
    for channel, people in (("email", subscribers), ("webhook", endpoints), ("websub", hub_subscriptions)):
        nobody = (
            select(d.id)
            .outerjoin(people, people.c.id == d.recipient)
            .where(d.channel == channel, d.recipient.is_not(None), d.state == "pending", people.c.id.is_(None))
        )
        for number in connection.scalars(nobody):
            yield "ledger", "extra", f"delivery {number}"
