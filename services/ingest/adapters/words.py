"""What does a receipt say of a channel, when its words come twice, late, or in another order?"""

from typing import Final

from sqlalchemy import Connection, and_, or_

from services.ingest.adapters.tables import confirmations
from shared.database import upsert
from shared.events import KillConfirmed

_CONFIRMED: Final = "confirmed"


def enter(connection: Connection, event: KillConfirmed) -> None:
    """What was confirmed once stays so, since the first time; of failures the newest counts."""
    held = confirmations.c
    statement = upsert(connection, confirmations).values(
        receipt=str(event.receipt),
        channel=event.channel,
        outcome=event.outcome,
        detail=event.detail[:1000],
        at=event.at,
        retrying=event.retrying,
    )
    new = {name: statement.excluded[name] for name in ("outcome", "detail", "at", "retrying")}
    better = (
        or_(held.outcome != _CONFIRMED, held.at > event.at)
        if event.outcome == _CONFIRMED
        else and_(held.outcome != _CONFIRMED, held.at < event.at)
    )
    connection.execute(statement.on_conflict_do_update(index_elements=["receipt", "channel"], set_=new, where=better))
