"""Which of enrich's tables does a backup carry? What was fetched from others; the index follows from the log."""

from typing import Final

from services.enrich.adapters import tables

KEPT: Final = (tables.media,)
MADE_AGAIN: Final = (tables.stories, tables.keys, tables.addresses, tables.wants)
