"""Which words do the site's stories have, and which of them may somebody have meant?

Words of headlines, deks and names, as long as a story has them there: what nobody shows any more is never suggested.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from sqlalchemy import Connection, delete, select

from services.site.adapters.tables import spellings
from services.site.adapters.word_index import WordIndex
from services.site.domain.listing import HEAD
from services.site.domain.query import Query, SearchTerm, instead
from services.site.domain.spelling import distance, fragments, is_word, looked_under, nearest
from services.site.domain.words import words
from shared.database import Many

_LEARN: Final = Many.adding(spellings)
#: Words in one question to the database.
_SOME: Final = 500
#: Words that are tried in the place of one that no story has, and the stories by which the better one is found.
TRIED, COUNTED = 4, 50


class Spellings:
    """Keeps the words, within somebody's transaction."""

    def __init__(self, connection: Connection) -> None:
        """The writer's connection."""
        self._connection = connection

    def learn(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """These stories are there now."""
        told = sorted({word for row in rows for word in _told(row)})
        for start in range(0, len(told), _SOME):
            some = told[start : start + _SOME]
            itself = spellings.c.fragment == spellings.c.word
            known = select(spellings.c.word).where(spellings.c.fragment.in_(some), itself)
            new = set(some) - set(self._connection.scalars(known))
            rows_of = [{"fragment": one, "word": word} for word in sorted(new) for one in sorted(fragments(word))]
            _LEARN(self._connection, rows_of)

    def forget(self, rows: Iterable[Mapping[str, Any]], staying: Iterable[Mapping[str, Any]]) -> None:
        """Stories have left the index of words: their words go when no other has them, nor one that is `staying`."""
        kept = {word for row in staying for word in _told(row)}
        told = sorted({word for row in rows for word in _told(row)} - kept)
        if not told:
            return
        index = WordIndex(self._connection)
        gone = [word for word in told if not index.some(_only(word), 1, scope="head")]
        index.close()
        for start in range(0, len(gone), _SOME):
            some = gone[start : start + _SOME]
            under = sorted({fragment for word in some for fragment in fragments(word)})
            self._connection.execute(
                delete(spellings).where(spellings.c.fragment.in_(under), spellings.c.word.in_(some))
            )

    def empty(self) -> None:
        """Forget all."""
        self._connection.execute(delete(spellings))


def spelt(connection: Connection, index: WordIndex, query: Query) -> Query | None:
    """The query with words that there are in the place of those that there are not; None when it cannot be better."""
    asked = sorted({word for term in query.wanted for word in term.words})
    known = select(spellings.c.word).where(spellings.c.fragment.in_(asked), spellings.c.fragment == spellings.c.word)
    there = set(connection.scalars(known))
    better = query
    for term in query.wanted:
        missing = [word for word in term.words if word not in there and not _is_there(index, term, word)]
        for word in missing:
            other = _likeliest(connection, index, word)
            better = instead(better, word, other) if other else better
    return None if better == query else better


def _is_there(index: WordIndex, term: SearchTerm, word: str) -> bool:
    """Does any story have it?"""
    alone = SearchTerm((word,), prefix=term.prefix and word == term.words[-1])
    return bool(index.some(Query((alone,)), 1))


def _likeliest(connection: Connection, index: WordIndex, word: str) -> str | None:
    """Of the words that are nearest to this one that which most stories have in their heads."""
    under = looked_under(word)
    if not under:
        return None
    kept = select(spellings.c.word).where(spellings.c.fragment.in_(sorted(under))).distinct()
    near = nearest(word, connection.scalars(kept), TRIED)
    if len(near) < 2:  # noqa: PLR2004 - no choice
        return near[0] if near else None
    return min(near, key=lambda one: (distance(word, one), -len(index.some(_only(one), COUNTED, scope="head"))))


def _only(word: str) -> Query:
    return Query((SearchTerm((word,)),))


def _told(row: Mapping[str, Any]) -> Iterable[str]:
    return (word for name in HEAD for word in words(row[name]) if is_word(word))
