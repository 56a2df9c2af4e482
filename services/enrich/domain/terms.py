"""What is a story about, in its own words?"""
# ruff: noqa: RUF001 - typographic characters are what is being read here

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
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
#: Words that need not be read again, about 4 MB; the commonest 10,000 make nine tenths of what is written.
KEPT: Final = 16_384
IN_HEADLINE: Final = 3.0
IN_DEK: Final = 1.5
#: What a text never writes small is, in most languages, a name.
NAME: Final = 1.4

_WORD: Final = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_CJK: Final = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]{2,}")
_POSSESSIVE: Final = re.compile(r"['’]s?\Z")
_ELISION: Final = re.compile(r"\A(?:[cdjlmnst]|qu)['’]")


def tokens_of(text: str) -> Mapping[str, int]:
    """How often each thing that stands between spaces occurs; counting comes first, at the speed of C."""
    return Counter(text.split())


def key_terms(headline: str, dek: str, text: str, tokens: Mapping[str, int]) -> tuple[str, ...]:
    """Up to twelve words that a text uses much and others do not, weightiest first; ties go to the earlier word.

    `tokens` are the text's: they leave the slow part only what is distinct.
    """
    if len(text) > READ:
        tokens = tokens_of(text[:READ])
    found: defaultdict[str, float] = defaultdict(float)
    small: set[str] = set()
    for source, weight in ((tokens_of(headline), IN_HEADLINE), (tokens_of(dek), IN_DEK), (tokens, 1.0)):
        for token, times in source.items():
            words, written_small = _read(token)
            for word in words:
                found[word] += weight * times
            small.update(written_small)
    names = found.keys() - small
    weighed = {word: (1 + log2(times)) * (NAME if word in names else 1.0) for word, times in found.items() if times > 1}
    return tuple(sorted(weighed, key=lambda word: -round(weighed[word], 6))[:MOST_TERMS])


def index_keys(terms: Iterable[str], tags: Sequence[Term]) -> list[str]:
    """Under what a story is found as related to another: its terms and its tags."""
    return sorted({*terms, *(f"#{tag.slug}" for tag in tags[:MOST_TAGS])})


@lru_cache(maxsize=KEPT)
def _read(token: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The terms in what stands between two spaces, and those of its words that begin small."""
    written = _WORD.findall(token)
    return tuple(term for word in written for term in _terms_in(word)), tuple(w for w in written if w[0].islower())


def _terms_in(written: str) -> Iterator[str]:
    """The term that a word is, if it can be one; a run of CJK characters gives its pairs."""
    if not written.isascii() and (runs := _CJK.findall(written)):
        for run in runs:
            yield from (first + second for first, second in pairwise(run))
        return
    word = _plain(written)
    if SHORTEST <= len(word) <= LONGEST and word not in STOP_WORDS:
        yield word


def _plain(written: str) -> str:
    word = written.lower()
    if "'" in word or "’" in word:
        word = _ELISION.sub("", _POSSESSIVE.sub("", word))
    return word
