"""Which of the desk's tables does a backup carry? Traces and dead letters: nobody tells them a second time."""

from typing import Final

from services.desk.adapters import tables

KEPT: Final = (tables.stories, tables.revisions, tables.stages, tables.deliveries, tables.letters)
MADE_AGAIN: Final = (tables.directory,)
