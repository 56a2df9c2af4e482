"""Under which words is a story listed, and which of them must it have to be found?

Beside its own words a story is listed under *marks*, so that one look into the index of words answers everything: its
headline's, dek's and names' words once more as `·word`, its facets (`section:town`) as `§section·town`, and characters
of scripts without spaces. Neither sign is ever in a word.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from services.site.domain.query import Query, SearchTerm
from services.site.domain.words import LONGEST_WORD, singles, words

#: Where a story says what it is about. Its text says the rest.
HEAD: Final = ("headline", "dek", "names")
FIELDS: Final = (*HEAD, "text")
#: Ends a field among the marks: no phrase reaches from one into the next.
BREAK: Final = "\u00b6"
_HEAD, _FACET, _JOINT = "\u00b7", "\u00a7", "\u00b7"
#: PostgreSQL keeps positions up to here; words behind it are still found. It keeps no more than so many of one word.
_LAST_POSITION: Final = 16_383
_MOST_POSITIONS: Final = 255

Scope = Literal["head", "all"]


@dataclass(frozen=True, slots=True)
class _Clause:
    words: tuple[str, ...]
    prefix: bool = False
    without: bool = False


def listing(row: Mapping[str, str], facets: Iterable[str]) -> dict[str, list[str]]:
    """Field → words, with the field `marks`, of a story with these fields."""
    own = {name: words(row[name]) for name in FIELDS}
    marks: list[str] = []
    for name in HEAD:
        marks += [_HEAD + word for word in (*own[name], *singles(row[name]))]
        marks.append(BREAK)
    marks += sorted(facet_mark(facet) for facet in facets)
    marks += [one for name in FIELDS for one in (BREAK, *singles(row[name]))]
    return {"marks": marks, **own}


def facet_mark(facet: str) -> str:
    """`section:town-hall` as the index has it; another way to write its name makes the same of it."""
    kind, _, slug = facet.partition(":")
    return (_FACET + _JOINT.join((kind, *words(slug))))[: 4 * LONGEST_WORD]


def tsvector(fields: Mapping[str, Sequence[str]]) -> str:
    """A listing as PostgreSQL's text form of a tsvector: `'word':3,17`."""
    found: dict[str, list[int]] = {}
    position = 0
    for listed in fields.values():
        for word in listed:
            position += 1
            if word == BREAK:
                continue
            places = found.setdefault(word, [])
            if len(places) < _MOST_POSITIONS:
                places.append(min(position, _LAST_POSITION))
        position += 1  # no phrase reaches from one field into the next
    return " ".join(f"'{word}':{','.join(map(str, dict.fromkeys(places)))}" for word, places in found.items())


def fts5(query: Query, facets: Sequence[str] = (), scope: Scope = "all") -> str:
    """The query for SQLite's FTS5; every word is quoted, so nothing in it is syntax. Empty: everything."""
    clauses = _clauses(query, facets, scope)
    match = " AND ".join(_fts5(one) for one in clauses if not one.without)
    without = " OR ".join(_fts5(one) for one in clauses if one.without)
    return f"({match}) NOT ({without})" if without else match


def tsquery(query: Query, facets: Sequence[str] = (), scope: Scope = "all", *, phrases: bool = True) -> str:
    """The query as text that PostgreSQL casts to `tsquery`; every word is quoted. Empty: everything.

    Without `phrases` it is what the index can answer alone: their words, wherever they stand.
    """
    clauses = _clauses(query, facets, scope)
    return " & ".join(_tsquery(one, phrases=phrases) for one in clauses if phrases or not _is_unsure(one))


def has_phrases(query: Query) -> bool:
    """Does it matter in which order a story has the words?"""
    return any(len(term.words) > 1 for term in query.terms)


def _clauses(query: Query, facets: Sequence[str], scope: Scope) -> list[_Clause]:
    asked = [_clause(term, scope) for term in query.terms]
    return [*asked, *(_Clause((facet_mark(facet),)) for facet in facets)]


def _clause(term: SearchTerm, scope: Scope) -> _Clause:
    if not term.without and (scope == "head" or term.is_short):
        return _Clause(tuple(_HEAD + word for word in term.words), term.prefix)
    return _Clause(term.words, term.prefix, term.without)


def _fts5(clause: _Clause) -> str:
    return '"' + " ".join(clause.words) + '"' + ("*" if clause.prefix else "")


def _is_unsure(clause: _Clause) -> bool:
    """Whose words may be there in another order: it must not be subtracted yet."""
    return clause.without and len(clause.words) > 1


def _tsquery(clause: _Clause, *, phrases: bool) -> str:
    quoted = [f"'{word}'" for word in clause.words]
    if clause.prefix:
        quoted[-1] += ":*"
    return ("!" if clause.without else "") + "(" + (" <-> " if phrases else " & ").join(quoted) + ")"
