"""Which of the site's tables does a backup carry? What readers wrote, and which story showed which picture.

Routes, search and standings follow from what render makes of the log; a picture of a killed story answers 410 for ever.
"""

from typing import Final

from services.site.adapters import tables

KEPT: Final = (tables.comments, tables.discussions, tables.answers, tables.media)
MADE_AGAIN: Final = (
    tables.counters,
    tables.routes,
    tables.stories,
    tables.redirects,
    tables.corrections,
    tables.documents,
    tables.outlines,
    tables.spellings,
    tables.purges,
)
