"""What can be asked of a story?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from services.ingest.domain.fields import Pushed

NoteKind = Literal["correction", "clarification", "right_of_reply"]


@dataclass(frozen=True, slots=True)
class Put:
    """Publish a story, or replace all its fields."""

    fields: Pushed


@dataclass(frozen=True, slots=True)
class Correct:
    """Correct it, with a public note; `patch` is a merge patch on the pushed fields."""

    note: str
    kind: NoteKind
    patch: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Kill:
    """Withdraw it everywhere; `reason` is internal, `public_note` is for readers."""

    reason: str
    public_note: str | None


@dataclass(frozen=True, slots=True)
class Revive:
    """Bring a killed story back."""

    note: str


@dataclass(frozen=True, slots=True)
class Expire:
    """Its time is over; asked by ourselves."""


Command = Put | Correct | Kill | Revive | Expire


@dataclass(frozen=True, slots=True)
class Precondition:
    """What the caller believes (RFC 9110, §13.1): which revisions may stand (`match`; None: any), must it be new?"""

    match: frozenset[int] | None = None
    exists: bool = False
    absent: bool = False

    def holds(self, revision: int | None) -> bool:
        """Is it so? `revision` is None for a story that is not there."""
        if self.absent:
            return revision is None
        if revision is None:
            return self.match is None and not self.exists
        return self.match is None or revision in self.match
