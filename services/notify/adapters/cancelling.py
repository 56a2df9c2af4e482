"""How is what has not left yet stopped?"""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, update

from services.notify.adapters.tables import deliveries, stories


def cancel(connection: Connection, story: int, revision: int, why: str, now: datetime) -> None:
    """Suppress the pending rows of revisions below `revision`; what is being sent is settled by its worker."""
    connection.execute(
        update(deliveries)
        .where(
            deliveries.c.story == story,
            deliveries.c.revision < revision,
            deliveries.c.state == "pending",
        )
        .values(state="suppressed", detail=why, token=None, changed_at=now)
    )


def cancel_recipient(connection: Connection, channel: str, recipient: int, why: str, now: datetime) -> None:
    """Suppress what waits for one reader or endpoint."""
    changed = connection.execute(
        update(deliveries)
        .where(
            deliveries.c.channel == channel,
            deliveries.c.recipient == recipient,
            deliveries.c.state == "pending",
        )
        .values(state="suppressed", detail=why, token=None, changed_at=now)
        .returning(deliveries.c.story)
    )
    touch(connection, {row.story for row in changed})


def touch(connection: Connection, story_numbers: set[Any]) -> None:
    """Note that the counts of these stories changed, always in the order of their numbers."""
    for number in sorted(one for one in story_numbers if one is not None):
        connection.execute(update(stories).where(stories.c.id == number).values(version=stories.c.version + 1))
