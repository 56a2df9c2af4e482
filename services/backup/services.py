"""Which services have state, in which order is it read, and what of it is carried?"""

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from sqlalchemy import Table

#: Sinks first, the log last: whatever a sink has heard of is in the log then. The other way round a backup could hold
#: notices of revisions that its log does not know.
SINKS_FIRST: Final = ("desk", "notify", "site", "render", "enrich", "ingest")


def kept(service: str) -> Sequence[Table]:
    """The tables of a service that a backup carries."""
    tables: Sequence[Table] = importlib.import_module(f"services.{service}.adapters.kept").KEPT
    return tables


def migrations(service: str) -> Path:
    """Where the history of its schema lies."""
    return Path(__file__).parents[1] / service / "migrations"
