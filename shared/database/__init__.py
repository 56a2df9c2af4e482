"""How does a service keep its state in SQL? See `database`; what the two dialects say differently is in `dialects`."""

from shared.database.database import Database
from shared.database.dialects import Instant, lock, upsert
from shared.database.outages import DatabaseAway, is_outage
from shared.database.statements import Many

__all__ = ["Database", "DatabaseAway", "Instant", "Many", "is_outage", "lock", "upsert"]
