"""How does what the site shows differ from what a rebuild made beside it, and how does the site take that over?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import Connection, Row, Update, bindparam, select, text, update

from services.site.adapters.sql_changes import take_number
from services.site.adapters.sql_index import SqlIndex, document_of
from services.site.adapters.tables import (
    corrections,
    discussions,
    documents,
    media,
    outlines,
    redirects,
    routes,
    spellings,
    stories,
)
from services.site.domain.changes import Document
from services.site.domain.standing import stamp
from shared.database import Database, Many
from shared.database.compare import Compared, Differences, IsBehind, Moved, changes, differences, replace
from shared.pages import name_of

#: Where something differs, in the words of the audit.
Where = Literal["story", "route", "feed", "redirect", "picture", "correction", "search"]
What = Literal["missing", "extra", "differs"]
Finding = tuple[Where, What, str]


def _standing(row: Row[Any]) -> tuple[Any, ...]:
    """A story without when it changed here; of one that is gone nobody sees the comments."""
    told = (row.path, row.revision, row.state, row.action, row.headline, row.comments_open, row.note, row.changed_at)
    return (*told, row.comments_version if row.state == "live" else 0)


def _page(row: Row[Any]) -> tuple[Any, ...]:
    """Which page an address shows, wherever it lies."""
    return name_of(row.key), row.kind, row.story_id


#: Under what name the words for suggestions are compared.
SPELLINGS: Final = "spellings"
_ROUTES: Final = Compared(routes, telling=_page, counts=lambda row: row.key is not None)
#: What a story once showed stays known here (its pictures answer 410 for good), so `media` is compared as far as it is
#: live.
_TABLES: Final[Mapping[Where, Compared]] = {
    "story": Compared(stories, telling=_standing),
    "redirect": Compared(redirects),
    "picture": Compared(media, counts=lambda row: bool(row.live)),
    "correction": Compared(corrections),
}
_MOVE: Final = Many(
    lambda _: (
        update(routes)
        .where(routes.c.path == bindparam("b_path"))
        .values(key=bindparam("b_key"), version=bindparam("b_version"))
    )
)


def _hidden(_: Connection) -> Update:
    return (
        update(routes)
        .where(routes.c.path == bindparam("b_path"))
        .values(key=None, version=bindparam("b_version"), changed=bindparam("b_changed"))
    )


_HIDE: Final = Many(_hidden)


@dataclass(frozen=True, slots=True)
class Apart:
    """All that differs. `feeds`: which of the differing addresses are feeds; `search`: story → how."""

    state: int
    tables: Mapping[Where, Differences]
    routes: Differences
    feeds: frozenset[str]
    search: Mapping[str, What]

    def findings(self) -> Iterator[Finding]:
        """Each difference by name: where, how, and its key (a path, a story)."""
        for where, found in (*self.tables.items(), ("route", self.routes)):
            kinds: tuple[tuple[What, Sequence[tuple[Any, ...]]], ...] = (
                ("missing", found.missing),
                ("extra", found.extra),
                ("differs", found.changed),
            )
            for what, keys in kinds:
                for key in keys:
                    name = " ".join(map(str, key))
                    yield ("feed" if where == "route" and name in self.feeds else where), what, name
        for story_id, what in self.search.items():
            yield "search", what, story_id


async def discussions_of(database: Database) -> dict[str, int]:
    """Story → the version of its approved comments."""
    query = select(discussions.c.story_id, discussions.c.version)
    rows = await database.read(lambda connection: connection.execute(query).all())
    return {row.story_id: row.version for row in rows}


async def pictures_shown(database: Database) -> set[str]:
    """The names of all pictures that a live story shows."""
    query = select(media.c.name).where(media.c.live).distinct()
    return set(await database.read(lambda connection: list(connection.scalars(query))))


async def keys_shown(database: Database) -> dict[str, str]:
    """Path → key of every page that an address shows."""
    query = select(routes.c.path, routes.c.key).where(routes.c.key.is_not(None))
    rows = await database.read(lambda connection: connection.execute(query).all())
    return {row.path: row.key for row in rows}


async def compare(ours: Database, beside: Database, is_behind: IsBehind) -> Apart:
    """What differs between the site and what was made beside it. Moved when that is behind the log by now."""
    state = await ours.read(_number)
    if await is_behind():
        raise Moved("log")
    tables = {where: await differences(ours, beside, one) for where, one in _TABLES.items()}
    shown = await differences(ours, beside, _ROUTES)
    apart = {key for (key,) in (*shown.missing, *shown.extra, *shown.changed)}
    kinds = select(routes.c.path).where(routes.c.kind == "feed")
    fed = {path for one in (ours, beside) for path in await one.read(lambda connection: _paths(connection, kinds))}
    here, there = await ours.read(_documents), await beside.read(_documents)
    search: dict[str, What] = {
        story_id: "missing" if story_id not in here else "extra" if story_id not in there else "differs"
        for story_id in here.keys() | there.keys()
        if here.get(story_id) != there.get(story_id)
    }
    return Apart(state, tables, shown, frozenset(apart & fed), search)


async def adopt(ours: Database, beside: Database, apart: Apart, version: int) -> None:
    """Show what was made beside, in one step; Moved when the site has changed since `apart` was found.

    `version`: above those of all routes so far, below those of all to come.
    """
    wanted = await changes(beside, apart.tables.values())
    made = await beside.read(_routes)
    new = await beside.read(lambda connection: _full_documents(connection, apart.search))
    at = await ours.now()

    def work(connection: Connection) -> None:
        number = take_number(connection)
        if number != apart.state + 1:
            raise Moved("site")
        for one in wanted:
            numbered = {name: number for name in ("changed", "told") if name in one.table.columns}
            rows = [{**row, **numbered} for row in one.rows]
            replace(connection, one.table, rows, one.gone)
        _show(connection, made, apart.routes, version, number, at)
        if apart.search:
            gone = [story_id for story_id, what in apart.search.items() if what == "extra"]
            SqlIndex(connection).again(new, gone)

    await ours.write(work)


def _show(  # noqa: PLR0917 - one transaction's step, with all that it needs
    connection: Connection,
    made: Mapping[str, Mapping[str, Any]],
    found: Differences,
    version: int,
    number: int,
    at: datetime,
) -> None:
    """Every address shows the page that was just made, also where it is the same: the old one may be lost."""
    new = {key for (key,) in (*found.missing, *found.changed)}
    before = {row.path: row.last_modified for row in connection.execute(select(routes.c.path, routes.c.last_modified))}
    seconds = int(at.timestamp())
    rows = [
        {**row, "version": version, "changed": number, "last_modified": stamp(seconds, before.get(path))}
        for path, row in made.items()
        if path in new
    ]
    replace(connection, routes, rows, ())
    moved = ({"b_path": path, "b_key": row["key"], "b_version": version} for path, row in made.items())
    _MOVE(connection, [one for one in moved if one["b_path"] not in new])
    _HIDE(connection, [{"b_path": key, "b_version": version, "b_changed": number} for (key,) in found.extra])


def _routes(connection: Connection) -> dict[str, dict[str, Any]]:
    shown = connection.execute(select(routes).where(routes.c.key.is_not(None))).mappings()
    return {row["path"]: dict(row) for row in shown}


def _paths(connection: Connection, query: Any) -> list[str]:  # noqa: ANN401 - a Select of one column
    return list(connection.scalars(query))


def _number(connection: Connection) -> int:
    return int(connection.scalar(text("SELECT value FROM counters WHERE name = 'changed'")) or 0)


def _documents(connection: Connection) -> dict[str, int]:
    """Story → a number for all that search knows of it; whether its words can be found belongs to it.

    The words for suggestions are no story's: they stand under a name of their own.
    """
    if connection.dialect.name == "postgresql":
        listed = connection.execute(text("SELECT document, CAST(words AS text) AS words FROM listed"))
        words = {row.document: row.words for row in listed}
    else:
        words = dict.fromkeys(connection.scalars(text("SELECT id FROM words_docsize")), "")
    columns = (column for column in documents.c if column.name != "id")
    whole = select(documents.c.id, outlines.c.published, outlines.c.outline, *columns)
    rows = connection.execution_options(yield_per=500).execute(
        whole.outerjoin_from(documents, outlines, outlines.c.document == documents.c.id)
    )
    found = {row.story_id: hash((*row[1:], words.get(row.id))) for row in rows}
    spelt = connection.execute(select(spellings))
    return {**found, SPELLINGS: hash(frozenset(tuple(row) for row in spelt))}


def _full_documents(connection: Connection, apart: Mapping[str, What]) -> list[Document]:
    wanted = [story_id for story_id, what in apart.items() if what != "extra"]
    found: list[Document] = []
    for start in range(0, len(wanted), 500):
        some = select(documents).where(documents.c.story_id.in_(wanted[start : start + 500]))
        found += [document_of(row) for row in connection.execute(some).mappings()]
    return found
