"""How is sending stopped, channel by channel?"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection

from services.notify.adapters.tables import pauses
from shared.database import upsert


def pause(connection: Connection, channels: Iterable[str], reason: str, now: datetime) -> None:
    """Send nothing on these channels from now on; one that is paused already keeps its reason and its time."""
    rows = [{"channel": channel, "reason": reason, "since": now} for channel in sorted(set(channels))]
    if rows:
        connection.execute(upsert(connection, pauses).on_conflict_do_nothing(), rows)
