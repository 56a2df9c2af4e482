"""How is the index of words asked, on SQLite (FTS5) and on PostgreSQL (GIN)?

Always for the newest: FTS5 walks through its numbers from the highest down and stops when it has enough; PostgreSQL
finds all in its index of words, reads sixty bytes of each and keeps those with the highest numbers.
"""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, text

from services.site.domain.listing import Scope, fts5, has_phrases, tsquery
from services.site.domain.numbering import highest, lowest
from services.site.domain.query import Query
from services.site.domain.ranking import Candidate

#: PostgreSQL has to read all words of a story to see in which order they are (20 µs): it looks at the newest so many
#: that have the words of a phrase, in whatever order. In headlines, deks and names it looks at as many again.
PHRASES_IN: Final = 1_000

#: PostgreSQL thinks that reading the words of a row costs nothing, and would rather read those of all stories in turn
#: than ask the index of words: a second for what takes a millisecond. Compiling a query of milliseconds costs more.
_ONLY_WORDS: Final = text("SELECT set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true)")
_AS_BEFORE: Final = text("SET LOCAL enable_seqscan TO DEFAULT")
_COLUMNS: Final = "o.document, o.story_id, o.published, o.outline"
_HERE: Final = (
    f"SELECT {_COLUMNS} FROM words w CROSS JOIN outlines o ON o.document = w.rowid "  # noqa: S608 - parts are ours
    "WHERE words MATCH :match{within} ORDER BY w.rowid DESC LIMIT :most"
)
_BY_DAY: Final = f"SELECT {_COLUMNS} FROM outlines o WHERE 1 = 1{{within}} ORDER BY o.document DESC LIMIT :most"  # noqa: S608 - parts are ours
_TSQUERY: Final = "CAST(CAST(:{name} AS text) AS tsquery)"
#: `+ 0`: else the rows would be read in the order of their numbers, and the words of each.
_NEWEST: Final = (
    f"SELECT w.document FROM listed w WHERE w.words @@ {_TSQUERY.format(name='match')}{{within}} "  # noqa: S608 - parts are ours
    "ORDER BY w.document + 0 DESC LIMIT :{most}"
)
_THERE: Final = (
    f"WITH found AS MATERIALIZED ({_NEWEST.format(within='{within}', most='most')}) "  # noqa: S608 - parts are ours
    f"SELECT {_COLUMNS} FROM found JOIN outlines o USING (document) ORDER BY o.document DESC"
)
_THERE_IN_ORDER: Final = (
    f"WITH near AS MATERIALIZED ({_NEWEST.format(within='{within}', most='looked_at')}), "  # noqa: S608 - parts are ours
    "found AS MATERIALIZED (SELECT document FROM near "
    # A join would look into the words of all stories that have them, in whatever order.
    "WHERE (SELECT l.words FROM listed l WHERE l.document = near.document) "
    f"@@ {_TSQUERY.format(name='exact')} LIMIT :most) "
    f"SELECT {_COLUMNS} FROM found JOIN outlines o USING (document) ORDER BY o.document DESC"
)
#: The story that comes after so many, oldest first.
_PLACE_HERE: Final = (
    "SELECT rowid FROM words WHERE words MATCH :match AND rowid >= :lowest ORDER BY rowid LIMIT 1 OFFSET :skipped"
)
_PLACE_THERE: Final = (
    f"SELECT w.document FROM listed w WHERE w.words @@ {_TSQUERY.format(name='match')} AND w.document >= :lowest "  # noqa: S608 - parts are ours
    "ORDER BY w.document + 0 LIMIT 1 OFFSET :skipped"
)


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What beside words a story must have: facets, all of them; a time (Unix seconds, `until` exclusive); a number.

    `below`: only stories whose number is lower.
    """

    facets: tuple[str, ...] = ()
    since: float | None = None
    until: float | None = None
    below: int | None = None


EVERYTHING: Final = Narrowed()


class WordIndex:
    """The index, within somebody's transaction."""

    def __init__(self, connection: Connection) -> None:
        """A reader's connection; a writer must `close`."""
        self._connection = connection
        self._postgres = connection.dialect.name == "postgresql"
        if self._postgres:
            connection.execute(_ONLY_WORDS)

    def close(self) -> None:
        """What comes in this transaction is planned as always."""
        if self._postgres:
            self._connection.execute(_AS_BEFORE)

    def some(self, query: Query, most: int, narrowed: Narrowed = EVERYTHING, scope: Scope = "all") -> list[Candidate]:
        """The newest stories that have what is looked for, in their heads or in all of them."""
        if not query.terms and not narrowed.facets:
            return self._asked(_BY_DAY, "o.document", narrowed, {"most": most})
        if not self._postgres:
            values = {"match": fts5(query, narrowed.facets, scope), "most": most}
            return self._asked(_HERE, "w.rowid", narrowed, values)
        exact = tsquery(query, narrowed.facets, scope)
        if not has_phrases(query):
            return self._asked(_THERE, "", narrowed, {"match": exact, "most": most})
        near = tsquery(query, narrowed.facets, scope, phrases=False)
        values = {"match": near, "exact": exact, "looked_at": PHRASES_IN, "most": most}
        return self._asked(_THERE_IN_ORDER, "", narrowed, values)

    def place(self, facet: str, lowest: int, skipped: int) -> int | None:
        """The number of a story that has `facet`: of those from `lowest` on, oldest first, the one after `skipped`."""
        values = {"match": fts5(Query(), (facet,)), "lowest": lowest, "skipped": skipped}
        if self._postgres:
            values["match"] = tsquery(Query(), (facet,))
        statement = _PLACE_THERE if self._postgres else _PLACE_HERE
        found: int | None = self._connection.scalar(text(statement), values)
        return found

    def _asked(self, statement: str, number: str, narrowed: Narrowed, values: dict[str, Any]) -> list[Candidate]:
        within, days = _within(number, narrowed)
        found = self._connection.execute(text(statement.format(within=within)), values | days)
        return [Candidate(*row) for row in found]


def _within(number: str, narrowed: Narrowed) -> tuple[str, dict[str, float]]:
    """The days, exactly; and as a range of numbers, where the rows come in their order."""
    dated = "o" if number else "w"
    said, values = "", dict[str, float]()
    if narrowed.since is not None:
        said += f" AND {dated}.published >= CAST(:since AS double precision)"
        said += f" AND {number} >= :lowest" if number else ""
        values |= {"since": narrowed.since} | ({"lowest": lowest(narrowed.since)} if number else {})
    if narrowed.until is not None:
        said += f" AND {dated}.published < CAST(:until AS double precision)"
        said += f" AND {number} < :highest" if number else ""
        values |= {"until": narrowed.until} | ({"highest": highest(narrowed.until)} if number else {})
    if narrowed.below is not None:
        said += f" AND {number or 'w.document'} < :below"
        values |= {"below": narrowed.below}
    return said, values
