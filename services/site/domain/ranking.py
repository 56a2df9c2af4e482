"""In which order are the stories shown that have all the words?

What a story says it is about counts most: a word in its headline ten times as much as one somewhere in its text; what
many of the found stories say says less of each. A score halves, beside a new story's, with each sixty days at first.
The same function ranks what either database finds, so both show the same. It sees the newest thousand of what was found
and the newest thousand that have all the words in headline, dek or names: an older one could not come before them.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log
from typing import Final

from services.site.domain.listing import HEAD
from services.site.domain.query import Query, SearchTerm
from services.site.domain.words import is_unspaced

#: What a word counts in the headline, the dek, the names of sections, tags and authors, among the words that the text
#: says again and again, and elsewhere in the text.
WEIGHTS: Final = (10.0, 4.0, 3.0, 2.0)
ELSEWHERE: Final = 1.0
#: More for a story whose headline has all the words of a query, one after the other.
IN_A_ROW: Final = 1.5
HALF_LIFE_S: Final = 60.0 * 86_400
#: From so many times on the text says it again and again; of so many words, the most frequent.
AGAIN, MOST = 3, 40
_SHORTEST: Final = 3


@dataclass(frozen=True, slots=True)
class Candidate:
    """A found story. `outline`: a line each for headline, dek, names, frequent words; a blank around every word."""

    document: int
    story_id: str
    published: float
    outline: str


def outline(listed: Mapping[str, Sequence[str]]) -> str:
    """What ranking has to know of a story's listing."""
    times = Counter(word for word in listed["text"] if len(word) >= _SHORTEST or is_unspaced(word))
    frequent = sorted((-count, word) for word, count in times.items() if count >= AGAIN)[:MOST]
    lines = [*(listed[name] for name in HEAD), sorted(word for _, word in frequent)]
    return "\n".join(f" {' '.join(line)} " for line in lines)


def ranked(found: Sequence[Candidate], query: Query, now: float) -> list[Candidate]:
    """Best first; without words newest first. What is alike comes in an order of its own, not in that of arrival."""
    newest = sorted(found, key=lambda one: (-one.published, one.story_id))
    if not query.wanted or not newest:
        return newest
    needles = [_needle(term) for term in query.wanted]
    levels = [[_level(needle, lines) for needle in needles] for lines in (one.outline.split("\n") for one in newest)]
    weights = _weights(levels)
    row = _row(query.wanted)
    scores = [_score(one, level, weights, row, now) for one, level in zip(newest, levels, strict=True)]
    return [newest[place] for place in sorted(range(len(newest)), key=lambda place: -scores[place])]


def _score(one: Candidate, levels: Sequence[float], weights: Sequence[float], row: str | None, now: float) -> float:
    relevance = sum(level * weight for level, weight in zip(levels, weights, strict=True))
    if row is not None and row in one.outline.partition("\n")[0]:
        relevance *= IN_A_ROW
    return relevance / (1 + max(0.0, now - one.published) / HALF_LIFE_S)


def _weights(levels: Sequence[Sequence[float]]) -> list[float]:
    """A word that most of the found stories have in their heads tells them apart the least. Together they are 1."""
    stories = len(levels)
    heads = [sum(level > WEIGHTS[-1] for level in column) for column in zip(*levels, strict=True)]
    rare = [log(1 + stories / (1 + count)) for count in heads]
    return [one / sum(rare) for one in rare]


def _level(needle: str, lines: Sequence[str]) -> float:
    for weight, line in zip(WEIGHTS, lines, strict=True):
        if needle in line:
            return weight
    return ELSEWHERE


def _needle(term: SearchTerm) -> str:
    """How the term stands in an outline. A single character is half of a word there."""
    said = " ".join(term.words)
    if len(said) == 1 and is_unspaced(said):
        return said
    return f" {said}" if term.prefix else f" {said} "


def _row(terms: Sequence[SearchTerm]) -> str | None:
    if len(terms) < 2:  # noqa: PLR2004 - one alone is always in a row
        return None
    return f" {' '.join(word for term in terms for word in term.words)} "
