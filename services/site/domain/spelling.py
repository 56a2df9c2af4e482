"""Which word did somebody mean who mistyped one?

Words that are one letter apart become the same when each loses one (Garbe's symmetric deletes): a word is kept under
itself and under all that it is without one of its letters, and looked for under what the mistyped word is without one
or two of its own. Then the distance decides: letters too many, too few, wrong, or exchanged with their neighbour.
"""

import re
from collections.abc import Iterable
from itertools import combinations
from typing import Final
from unicodedata import normalize

from services.site.domain.words import is_unspaced, words

#: Shorter words are too near to each other, longer ones nobody types.
SHORTEST, LONGEST = 4, 24
#: From this length on a word may be mistyped twice.
TWICE: Final = 6
_RUN: Final = re.compile(r"[^\W_]+")


def is_word(word: str) -> bool:
    """Can it be mistyped so that we can tell?"""
    return SHORTEST <= len(word) <= LONGEST and word.isalpha() and not is_unspaced(word)


def fragments(word: str) -> set[str]:
    """Under what a word is kept."""
    return {word, *_without(word, 1)}


def looked_under(word: str) -> set[str]:
    """Where the word that was meant may be kept."""
    if not SHORTEST - 1 <= len(word) <= LONGEST or is_unspaced(word):
        return set()
    return {word, *_without(word, 1), *(_without(word, 2) if len(word) >= TWICE else ())}


def nearest(word: str, known: Iterable[str], most: int) -> list[str]:
    """Those of `known` that `word` may have been meant to be, the likeliest first."""
    furthest = 2 if len(word) >= TWICE else 1
    apart = ((distance(word, one), one[:1] != word[:1], abs(len(one) - len(word)), one) for one in known if one != word)
    return [one for *_, one in sorted(one for one in apart if one[0] <= furthest)[:most]]


def distance(first: str, second: str) -> int:
    """How many slips lie between two words (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(second) + 1))
    for place, letter in enumerate(first, 1):
        older, before, row = before, row, [place]
        for at, other in enumerate(second, 1):
            steps = min(before[at] + 1, row[at - 1] + 1, before[at - 1] + (letter != other))
            if place > 1 and at > 1 and letter == second[at - 2] and first[place - 2] == other:
                steps = min(steps, older[at - 2] + 1)
            row.append(steps)
    return row[-1]


def written(text: str) -> dict[str, str]:
    """Word → how the text writes it first, in lower case: what readers are shown has its accents."""
    found: dict[str, str] = {}
    for run in _RUN.findall(normalize("NFC", text)):
        said = words(run)
        if len(said) == 1:
            found.setdefault(said[0], run.lower())
    return found


def _without(word: str, letters: int) -> set[str]:
    kept = combinations(range(len(word)), len(word) - letters)
    return {"".join(word[place] for place in places) for places in kept}
