"""What does the change cursor say of a revision that brought others home with it?"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from shared.events import Action

_STRENGTH: Final[tuple[Action, ...]] = ("update", "correct", "revive", "publish")


def told_as(actions: Sequence[Action]) -> Action:
    """The action for a partner who saw none of these yet; oldest first, the newest is the one that is live now.

    A kill and an expiry are told as they are; else the strongest counts: to whom the story is new, it is published.
    """
    newest = actions[-1]
    if newest not in _STRENGTH:
        return newest
    return max((action for action in actions if action in _STRENGTH), key=_STRENGTH.index)


def never_seen(before: Iterable[tuple[Action, datetime | None]], at: datetime) -> bool:
    """Does a story that ends at `at` end unseen? `before`: action and release of each earlier revision."""
    return all(release is not None and release > at for action, release in before if action not in {"kill", "expire"})
