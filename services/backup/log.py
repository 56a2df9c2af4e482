"""What does a backup's log say of each revision, before the log itself is there?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from services.backup.manifest import Manifest, Part
from services.backup.parts import rows

#: Its time has come, whatever became of it.
_STARTED: Final = frozenset({"queued", "emitted", "live", "settled", "halted"})


@dataclass(frozen=True, slots=True)
class Logged:
    """A revision: `is_due` when its time has come, or that of a later one of its story."""

    story_id: str
    revision: int
    action: str
    seq: int | None
    is_due: bool


def logged(source: Path, manifest: Manifest, now: datetime) -> Iterator[Sequence[Logged]]:
    """Every revision of the log, some at a time. It is read twice: a later line may settle an earlier one."""
    [part] = [one for one in manifest.services["ingest"].tables if one.table == "revisions"]
    due = _due(source, part, now)
    for some in rows(source, part):
        yield [
            Logged(
                row["story_id"],
                row["revision"],
                row["action"],
                row["seq"],
                row["revision"] <= due.get(row["story_id"], 0),
            )
            for row in some
        ]


def _due(source: Path, part: Part, now: datetime) -> dict[str, int]:
    """Story → its highest revision whose time has come."""
    found: dict[str, int] = {}
    for some in rows(source, part):
        for row in some:
            if _is_due(row, now):
                found[row["story_id"]] = max(row["revision"], found.get(row["story_id"], 0))
    return found


def _is_due(row: dict[str, Any], now: datetime) -> bool:
    return row["state"] in _STARTED or (row["state"] == "waiting" and row["release_at"] <= now)
