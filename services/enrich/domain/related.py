"""Which earlier stories belong beside this one?

A story's answer depends on nothing but its own keys and the set of earlier stories (lower ordinals), so it is the same
in whatever order they arrived. Of each key only the newest `WINDOW` holders are looked at; that bounds the work
whatever the size of the archive, and it bounds in turn whom a newcomer can concern: the next `WINDOW` holders of
its keys.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from heapq import nlargest
from math import log
from typing import Final

WINDOW: Final = 32
MOST: Final = 5
#: An editor chose the tag; a term was merely counted.
TAG: Final = 2.0
#: Stories that share a single term share it by accident.
LEAST_KEYS: Final = 2
_KEY: Final = 2**48


def related(ordinal: int, holders: Mapping[str, Sequence[int]]) -> list[int]:
    """The ordinals of up to five related stories, best first.

    `holders` gives for each key of the story the ordinals of the newest `WINDOW` earlier stories that share it. A key
    is worth the more the further its holders lie apart: an inverse document frequency that needs no counting.
    """
    score: defaultdict[int, int] = defaultdict(int)
    for key, found in holders.items():
        if not found:
            continue
        reach = ordinal - min(found) if len(found) >= WINDOW else ordinal
        keys, factor = (LEAST_KEYS, TAG) if key.startswith("#") else (1, 1.0)
        # Whole millionths, so that the order of addition changes nothing; the number of keys rides in the upper bits.
        worth = keys * _KEY + round(factor * log(1 + reach / len(found)) * 1_000_000)
        for one in found:
            score[one] += worth
    good = ((worth % _KEY, one) for one, worth in score.items() if worth >= LEAST_KEYS * _KEY)
    return [one for _, one in nlargest(MOST, good)]
