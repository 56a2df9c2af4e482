"""Where do the stories of a batch stand? Their rows, locked until the transaction ends."""

from collections.abc import Collection, Sequence
from typing import Any, Final

from sqlalchemy import Connection, bindparam, select

from services.notify.adapters.tables import deliveries, notices, stories
from shared.database import Many

_FRESH: Final = {"planned": 0, "cancelled_below": 0, "topics": "", "version": 0, "reported": 0}
_CLAIMED: Final = (
    select(stories)
    .where(stories.c.story_id.in_(bindparam("wanted", expanding=True)))
    .order_by(stories.c.story_id)
    .with_for_update()
)
_NOTICED: Final = select(notices.c.story, notices.c.revision).where(
    notices.c.story.in_(bindparam("numbers", expanding=True))
)
_REACHED: Final = select(stories.c.id).where(
    stories.c.id.in_(bindparam("numbers", expanding=True)),
    select(deliveries.c.id).where(deliveries.c.story == stories.c.id).exists(),
)
_ENTER: Final = Many.adding(stories)


def claim(connection: Connection, story_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The rows of these stories, locked in one order so that replicas cannot wait for each other."""
    wanted = sorted(set(story_ids))
    _ENTER(connection, [{"story_id": one, **_FRESH} for one in wanted])
    found = connection.execute(_CLAIMED, {"wanted": wanted})
    return {row.story_id: dict(row._mapping) for row in found}  # noqa: SLF001 - SQLAlchemy's public name


def noticed(connection: Connection, rows: Collection[dict[str, Any]]) -> dict[int, set[int]]:
    """The revisions of each story that have a notice; notes in the rows which stories have ever reached somebody."""
    found: dict[int, set[int]] = {}
    for row in rows:
        row["reached"], row["bump"] = False, 0
    numbers = [row["id"] for row in rows if row["planned"]]
    if numbers:
        for known in connection.execute(_NOTICED, {"numbers": numbers}):
            found.setdefault(known.story, set()).add(known.revision)
        reached = set(connection.scalars(_REACHED, {"numbers": numbers}))
        for row in rows:
            row["reached"] = row["id"] in reached
    return found
