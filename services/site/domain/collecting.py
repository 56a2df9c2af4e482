"""Which packs of pages may be deleted?

Nobody may be shown a hole: a pack goes only when it is not current now *and* was not an hour ago. Replicas follow
routes within a second and readers finish within minutes; the hour is for all that nobody has thought of.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Final

KEEP: Final = timedelta(hours=1)
#: An event made longer ago than this may name packs that are about to go; older ones are looked after.
LATE: Final = KEEP / 2
#: So long ago somebody who makes pages for a rebuild may have said so for the last time.
MAKING_FOR: Final = timedelta(minutes=10)


class Unused:
    """What is not current, and since when it has been found so."""

    def __init__(self) -> None:
        """Nothing is known at the start: everything has its hour again."""
        self._since: dict[str, datetime] = {}

    def __len__(self) -> int:
        """How many packs wait."""
        return len(self._since)

    def note(
        self, there: Iterable[tuple[str, datetime]], current: Collection[str], shelf: str, now: datetime
    ) -> list[str]:
        """The packs that may go.

        Args:
            there: packs in the store, each with the time of its writing.
            current: packs that some route names; read after `there`.
            shelf: how the names begin that `there` and `current` are about.
            now: the time.
        """
        found = [name for name, written in there if name not in current and now - written > KEEP]
        known = set(found)
        for name in [name for name in self._since if name.startswith(shelf) and name not in known]:
            del self._since[name]
        return [name for name in found if now - self._since.setdefault(name, now) >= KEEP]

    def forget(self, names: Iterable[str]) -> None:
        """These are gone."""
        for name in names:
            self._since.pop(name, None)
