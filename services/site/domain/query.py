"""What is a reader looking for?

The query language is small and cannot fail: words (all must be there; four letters and more also as the beginning of a
word, which stands in for stemming), "exact phrases", pre* and -without. Everything else is punctuation.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from services.site.domain.words import is_unspaced, runs, words

LONGEST_QUERY: Final = 200
MOST_TERMS: Final = 12
#: Of all phrases together: each costs a walk through all stories that have it.
MOST_WORDS: Final = 16
#: Beginnings of one to three letters; each is that of thousands of words, whose lists of stories are merged. Of the
#: others the letters count as a word.
MOST_SHORT: Final = 2
#: From this length on a word also finds longer ones.
PREFIX_FROM: Final = 4

_PIECE: Final = re.compile(r'(-?)["\u201c\u201d\u201e]([^"\u201c\u201d\u201e]*)["\u201c\u201d\u201e]?|(\S+)')
#: Letters of other scripts for the same signs, as their keyboards have them.
_MINUS: Final = ("-", "\u2212", "\uff0d")
_STAR: Final = ("*", "\uff0a")


@dataclass(frozen=True, slots=True)
class SearchTerm:
    """Consecutive words; `prefix` lets the last one go on; `without` turns the sense round; `typed`: with a star."""

    words: tuple[str, ...]
    prefix: bool = False
    without: bool = False
    typed: bool = False

    @property
    def is_short(self) -> bool:
        """Is it the beginning of so many words that it is looked for only where a story says what it is about?"""
        return self.prefix and len(self.words) == 1 and len(self.words[0]) < PREFIX_FROM


@dataclass(frozen=True, slots=True)
class Query:
    """What must (and must not) be in a story. Empty: everything, when filters narrow it down."""

    terms: tuple[SearchTerm, ...] = ()

    @property
    def wanted(self) -> tuple[SearchTerm, ...]:
        """The terms that a story must have."""
        return tuple(term for term in self.terms if not term.without)

    @property
    def unwanted(self) -> tuple[SearchTerm, ...]:
        """The terms that a story must not have."""
        return tuple(term for term in self.terms if term.without)


def parse(text: str) -> Query:
    """Read a query; never fails. Only unwanted terms find nothing to subtract from, so they are dropped."""
    terms: dict[SearchTerm, None] = {}
    left, short = MOST_WORDS, 0
    for minus, phrase, word in _PIECE.findall(text[:LONGEST_QUERY]):
        term = _from_word(word, left) if word else _from_phrase(phrase, left, without=bool(minus))
        if term is not None and term.is_short:
            short += 1
            term = term if short <= MOST_SHORT else replace(term, prefix=False)
        if term is not None and term not in terms and len(terms) < MOST_TERMS:
            terms[term] = None
            left -= len(term.words)
    query = Query(tuple(terms))
    return query if query.wanted else Query()


def typed(query: Query, written: Mapping[str, str]) -> str:
    """A query as somebody could have typed it; `written`: word → how stories write it."""
    return " ".join(_typed(term, written) for term in query.terms)


def instead(query: Query, word: str, other: str) -> Query:
    """The query with another word in the place of one."""
    return Query(tuple(_with(term, word, other) for term in query.terms))


def _with(term: SearchTerm, word: str, other: str) -> SearchTerm:
    if term.without or word not in term.words:
        return term
    said = tuple(other if one == word else one for one in term.words)
    longer = len(said) == 1 and len(other) >= PREFIX_FROM
    return replace(term, words=said, prefix=term.typed or longer)


def _from_phrase(phrase: str, most: int, *, without: bool) -> SearchTerm | None:
    found = tuple(words(phrase)[:most])
    return SearchTerm(found, without=without) if found else None


def _from_word(piece: str, most: int) -> SearchTerm | None:
    without = piece.startswith(_MINUS)
    found = tuple(words(piece)[:most])
    if not found:
        return None
    starred = piece.endswith(_STAR) and not without and not is_unspaced(found[-1])
    longer = len(found) == 1 and len(found[0]) >= PREFIX_FROM and not without
    return SearchTerm(found, prefix=starred or longer, without=without, typed=starred)


def _typed(term: SearchTerm, written: Mapping[str, str]) -> str:
    said = [written.get(word, word) for word in runs(term.words)]
    whole = f'"{" ".join(said)}"' if len(said) > 1 else said[0]
    return ("-" if term.without else "") + whole + ("*" if term.typed else "")
