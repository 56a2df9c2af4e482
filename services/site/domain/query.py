"""What is a reader looking for?

The query language is small and cannot fail: words (all must be there; four letters and more also as the beginning of a
word, which stands in for stemming), "exact phrases", pre* and -without. Everything else is punctuation.
"""

import re
from dataclasses import dataclass
from typing import Final

from services.site.domain.words import words

LONGEST_QUERY: Final = 200
MOST_TERMS: Final = 12
#: From this length on a word also finds longer ones.
PREFIX_FROM: Final = 4

_PIECE: Final = re.compile(r'(-?)"([^"]*)"?|(\S+)')


@dataclass(frozen=True, slots=True)
class SearchTerm:
    """Consecutive words; `prefix` lets the last one go on; `without` turns the sense round."""

    words: tuple[str, ...]
    prefix: bool = False
    without: bool = False


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
    terms: list[SearchTerm] = []
    for minus, phrase, word in _PIECE.findall(text[:LONGEST_QUERY]):
        if word:
            terms.extend(_from_word(word))
        elif found := tuple(words(phrase)):
            terms.append(SearchTerm(found, without=bool(minus)))
    query = Query(tuple(dict.fromkeys(terms))[:MOST_TERMS])
    return query if query.wanted else Query()


def fts5(query: Query) -> str:
    """The query for SQLite's FTS5; every word is quoted, so nothing in it is syntax."""
    match = " AND ".join(_fts5_term(term) for term in query.wanted)
    without = " OR ".join(_fts5_term(term) for term in query.unwanted)
    return f"({match}) NOT ({without})" if without else match


def tsquery(query: Query) -> str:
    """The query as text that PostgreSQL casts to `tsquery`; every word is quoted, so nothing in it is syntax."""
    parts = [_tsquery_term(term) for term in query.wanted]
    parts += [f"!({_tsquery_term(term)})" for term in query.unwanted]
    return " & ".join(parts)


def _from_word(piece: str) -> list[SearchTerm]:
    without = piece.startswith("-")
    found = tuple(words(piece))
    if not found:
        return []
    prefix = piece.endswith("*") or (len(found) == 1 and len(found[0]) >= PREFIX_FROM)
    return [SearchTerm(found, prefix=prefix and not without, without=without)]


def _fts5_term(term: SearchTerm) -> str:
    return '"' + " ".join(term.words) + '"' + ("*" if term.prefix else "")


def _tsquery_term(term: SearchTerm) -> str:
    quoted = [f"'{word}'" for word in term.words]
    if term.prefix:
        quoted[-1] += ":*"
    return "(" + " <-> ".join(quoted) + ")"
