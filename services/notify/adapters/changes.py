"""Which place has what we told among the changes, and what does an endpoint get again from a place on?"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, and_, or_, select

from services.notify.adapters.tables import deliveries, endpoints, notices, numbers, stories
from services.notify.domain.audience import Endpoint, WebhookAudience, concerns
from services.notify.domain.outcomes import HAD
from services.notify.domain.topics import parse_topic
from shared.database import Database, upsert
from shared.events import ChangeNumbered

#: Rows entered by one statement.
AT_ONCE: Final = 500


class SqlChanges:
    """Places of changes in SQL, as ingest gives them."""

    def __init__(self, database: Database) -> None:
        """`database`: notify's own."""
        self._database = database

    async def number(self, batch: Sequence[ChangeNumbered]) -> None:
        """Remember them; a place never changes."""
        rows = {(str(one.story_id), one.revision): one.seq for one in batch}
        values = [{"story_id": story, "revision": revision, "seq": seq} for (story, revision), seq in rows.items()]
        await self._database.write(
            lambda connection: connection.execute(upsert(connection, numbers).on_conflict_do_nothing(), values)
        )

    async def replay(self, endpoint: int, after: int) -> int:
        """Send what the endpoint was told, or would have been, after a place once more; how many webhooks that is.

        Each goes out under the id that it had. What was withdrawn or corrected since is not told again: only the
        kill or the correction is. What is on its way already stays there.
        """
        now = await self._database.now()
        return await self._database.write(lambda connection: _replay(connection, endpoint, after, now))


def _replay(connection: Connection, endpoint: int, after: int, now: datetime) -> int:
    partner = connection.execute(select(endpoints).where(endpoints.c.id == endpoint)).first()
    if partner is None or not partner.enabled:
        return 0
    topics = frozenset(parse_topic(one) for one in partner.topics.split())
    one = Endpoint(endpoint, frozenset(partner.events.split()), topics)
    meant = [row for row in _told_after(connection, endpoint, after) if _concerned(one, row)]
    for start in range(0, len(meant), AT_ONCE):
        rows = [
            _again(row, endpoint, now + timedelta(microseconds=start + index))
            for index, row in enumerate(meant[start : start + AT_ONCE])
        ]
        _enter(connection, rows)
    story_numbers = {row.story for row in meant}
    connection.execute(stories.update().where(stories.c.id.in_(story_numbers)).values(version=stories.c.version + 1))
    return len(meant)


def _told_after(connection: Connection, endpoint: int, after: int) -> Sequence[Row[Any]]:
    """Notices in the order of their places, each with whether this endpoint has had anything of the story."""
    d = deliveries.c
    had = (
        select(d.id)
        .where(d.story == stories.c.id, d.channel == "webhook", d.recipient == endpoint)
        .where(d.state.in_(HAD) | (d.attempts > 0))
        .exists()
    )
    mine = (numbers.c.story_id == stories.c.story_id) & (numbers.c.revision == notices.c.revision)
    query = (
        select(notices.c.id, notices.c.action, notices.c.revision, stories.c.id.label("story"), stories.c.topics, had)
        .select_from(numbers.join(stories, stories.c.story_id == numbers.c.story_id).join(notices, mine))
        .where(numbers.c.seq > after, notices.c.story == stories.c.id, notices.c.event.is_not(None))
        .where(notices.c.revision >= stories.c.cancelled_below)
        .order_by(numbers.c.seq)
    )
    return connection.execute(query).all()


def _concerned(one: Endpoint, row: Row[Any]) -> bool:
    audience: WebhookAudience = "had" if row.action == "expire" else "matching"
    story_topics = frozenset(parse_topic(topic) for topic in row.topics.split())
    return concerns(one, row.action, audience, story_topics, had=bool(row[-1]))


def _again(row: Row[Any], endpoint: int, due: datetime) -> dict[str, Any]:
    return {
        "notice_id": row.id,
        "story": row.story,
        "revision": row.revision,
        "channel": "webhook",
        "recipient": endpoint,
        "lane": 1,
        "digest": 0,
        "state": "pending",
        "detail": "replayed",
        "attempts": 0,
        "due_at": due,
        "fresh": False,
        "maybe_duplicate": False,
        "changed_at": due,
    }


def _enter(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    statement = upsert(connection, deliveries)
    new = {name: statement.excluded[name] for name in ("state", "detail", "attempts", "due_at", "changed_at")}
    state = deliveries.c.state
    # Compared one by one: an IN cannot go with many rows at once.
    had = or_(*(state == one for one in HAD))
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["story", "revision", "channel", "recipient"],
            set_={**new, "maybe_duplicate": deliveries.c.maybe_duplicate | had},
            where=and_(state != "pending", state != "sending"),
        ),
        list(rows),
    )
