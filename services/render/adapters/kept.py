"""Which of render's tables does a backup carry? None: also which lists there were follows from the log."""

from typing import Final

from sqlalchemy import Table

from services.render.adapters import tables

KEPT: Final[tuple[Table, ...]] = ()
MADE_AGAIN: Final = (
    tables.stories,
    tables.memberships,
    tables.lists,
    tables.chunks,
    tables.references,
    tables.addresses,
    tables.tombstones,
    tables.comments,
    tables.dirty,
    tables.thumbs,
    tables.made_with,
    tables.counters,
)
