"""Which earlier stories belong beside this one?

A story's answer depends on nothing but its own keys and the set of earlier stories (lower ordinals), so it is the same
in whatever order they arrived. Of each key only the newest `WINDOW` holders are looked at; that bounds the work
whatever the size of the archive, and it bounds in turn whom a newcomer can concern: the next `WINDOW` holders of
its keys.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from math import log
from typing import Final

WINDOW: Final = 32
MOST: Final = 5
#: An editor chose the tag; a term was merely counted.
TAG: Final = 2.0
#: Stories that share a single term share it by accident.
LEAST_KEYS: Final = 2


def related(ordinal: int, holders: Mapping[str, Sequence[int]]) -> list[int]:
    """The ordinals of up to five related stories, best first.

    `holders` gives for each key of the story the ordinals of the newest `WINDOW` earlier stories that share it. A key
    is worth the more the further its holders lie apart: an inverse document frequency that needs no counting.
    """
    shared: Counter[int] = Counter()
    for key, found in holders.items():
        for _ in range(LEAST_KEYS if key.startswith("#") else 1):
            shared.update(found)
    good = {one for one, keys in shared.items() if keys >= LEAST_KEYS}
    score = dict.fromkeys(good, 0.0)
    for key in sorted(holders):
        found = holders[key]
        if not found:
            continue
        reach = ordinal - min(found) if len(found) >= WINDOW else ordinal
        weight = (TAG if key.startswith("#") else 1.0) * log(1 + reach / len(found))
        for one in good.intersection(found):
            score[one] += weight
    return sorted(good, key=lambda one: (-round(score[one], 6), -one))[:MOST]
