"""What is a story about, in its own words?"""
# ruff: noqa: RUF001 - typographic characters are what is being read here

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from math import log2
from typing import Final

from services.enrich.domain.stopwords import STOP_WORDS
from shared.events import Term

MOST_TERMS: Final = 12
#: Of the tags, the first so many take part in finding related stories.
MOST_TAGS: Final = 10
#: Later words of a long story add nothing that the first ones have not said.
READ: Final = 12_000
SHORTEST: Final = 3
LONGEST: Final = 40
IN_HEADLINE: Final = 3.0
IN_DEK: Final = 1.5
#: A capital in mid-sentence is, in most languages, a name.
NAME: Final = 1.4

_WORD: Final = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_CJK: Final = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]{2,}")
_POSSESSIVE: Final = re.compile(r"['’]s?\Z")
_ELISION: Final = re.compile(r"\A(?:[cdjlmnst]|qu)['’]")


def key_terms(headline: str, dek: str, text: str) -> tuple[str, ...]:
    """Up to twelve words that a text uses much and others do not, weightiest first; ties go to the earlier word."""
    body = text[:READ]
    found: defaultdict[str, float] = defaultdict(float)
    names: set[str] = set()
    for source, weight in ((headline, IN_HEADLINE), (dek, IN_DEK), (body, 1.0)):
        for word, named in _tokens(source):
            found[word] += weight
            if named:
                names.add(word)
    weighed = {word: (1 + log2(times)) * (NAME if word in names else 1.0) for word, times in found.items() if times > 1}
    return tuple(sorted(weighed, key=lambda word: -round(weighed[word], 6))[:MOST_TERMS])


def index_keys(terms: Iterable[str], tags: Sequence[Term]) -> list[str]:
    """Under what a story is found as related to another: its terms and its tags."""
    return sorted({*terms, *(f"#{tag.slug}" for tag in tags[:MOST_TAGS])})


def _tokens(text: str) -> Iterator[tuple[str, bool]]:
    """Words that may be terms, and whether each is written like a name; CJK runs give their pairs of characters."""
    for match in _WORD.finditer(text):
        written = match[0]
        if not written.isascii() and (runs := _CJK.findall(written)):
            yield from ((first + second, False) for run in runs for first, second in pairwise(run))
            continue
        word = _ELISION.sub("", _POSSESSIVE.sub("", written.lower()))
        if SHORTEST <= len(word) <= LONGEST and word not in STOP_WORDS:
            yield word, written[0].isupper() and _in_sentence(text, match.start())


def _in_sentence(text: str, at: int) -> bool:
    """Is the word at `at` not the first of its sentence?"""
    before = text[max(0, at - 3) : at].strip(" “\"'(")
    return bool(before) and before[-1] not in ".!?:\n…"
