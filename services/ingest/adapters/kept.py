"""Which of ingest's tables does a backup carry? All but its diary of rebuilds: all else is made from the log."""

from typing import Final

from services.ingest.adapters import tables

KEPT: Final = (
    tables.publishers,
    tables.counters,
    tables.stories,
    tables.revisions,
    tables.contents,
    tables.paths,
    tables.terms,
    tables.confirmations,
    tables.receipts,
    tables.redactions,
    tables.redacted,
)
MADE_AGAIN: Final = (tables.rebuilds,)
