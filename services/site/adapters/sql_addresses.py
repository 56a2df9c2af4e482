"""What does the database know of an address, and what changed since we last looked?"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, case, select

from services.site.adapters import sql_changes, sql_purges
from services.site.adapters.tables import corrections, counters, media, redirects, routes, stories
from services.site.domain.answers import Answer, Card, Found, Gone, Missing, Moved
from services.site.domain.changes import Applied, PageRoute, StoryChange
from services.site.domain.cuts import CARD
from services.site.domain.kills import Kill
from services.site.domain.standing import Fence, Standing, owner_path, tail
from shared.database import Database
from shared.pages import object_of


@dataclass(frozen=True, slots=True)
class Happened:
    """Something that the live stream tells: a story's new standing."""

    number: int
    story_id: str
    path: str
    headline: str
    action: str
    state: str
    revision: int
    at: datetime

    @property
    def place(self) -> tuple[int, str]:
        """Where it stands among all that happened: many stories share a number."""
        return self.number, self.story_id


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed after some place: paths with the number of their change, stories in the order of places."""

    number: int
    paths: Mapping[str, int]
    stories: Sequence[Happened]


class SqlAddresses:
    """The route table."""

    def __init__(self, database: Database, *, has_cdn: bool = False) -> None:
        """The site's database. `has_cdn`: what changes is owed to it."""
        self._database, self._has_cdn = database, has_cdn

    async def apply(
        self, changes: Sequence[StoryChange], shared: Iterable[PageRoute], at: datetime, kills: Sequence[Kill] = ()
    ) -> Applied:
        """Enter a batch in one transaction; see `sql_changes.apply`. `kills` are those that it carries out."""
        lists = list(shared)
        now = await self._database.now()

        def work(connection: Connection) -> Applied:
            applied = sql_changes.apply(connection, changes, lists, at)
            if self._has_cdn:
                _owe(connection, changes, kills, applied, now)
            return applied

        return await self._database.write(work)

    async def standings(self, story_ids: Sequence[str]) -> Mapping[str, Standing]:
        """What is known of some stories."""
        return await self._database.read(lambda connection: sql_changes.standings(connection, story_ids))

    async def packs(self, start: str) -> set[str]:
        """The packs that some route names, of those whose names start so."""
        query = select(routes.c.key).where(routes.c.key.startswith(start, autoescape=True))
        keys = await self._database.read(lambda connection: connection.execute(query).scalars().all())
        return {object_of(key) for key in keys if key}

    async def resolve(self, path: str, query: str = "") -> Answer:
        """What a path (looked-up form) answers; aliases may have been registered with a query."""
        return await self._database.read(lambda connection: _resolve(connection, path, query))

    async def alias(self, path: str, query: str) -> Moved | Gone | None:
        """The story that was once at just this path and query."""
        joined = redirects.join(stories, stories.c.story_id == redirects.c.story_id)
        statement = select(stories).select_from(joined).where(redirects.c.path == f"{path}?{query}")
        row = await self._database.read(lambda connection: connection.execute(statement).first())
        if row is None:
            return None
        return Moved(row.path) if row.state == "live" else Gone(row.note, row.changed_at, row.changed)

    async def picture(self, name: str) -> Answer:
        """Is a picture used by a live story (Found), was it once (Gone), or never (Missing)?"""
        return await self._database.read(lambda connection: _picture(connection, name))

    async def original(self, stem: str) -> str | None:
        """The name of the picture that a live story shows, by its stem."""
        statement = select(media.c.name).where(media.c.stem == stem, media.c.name.startswith(f"{stem}."), media.c.live)
        query = statement.order_by(media.c.name).limit(1)
        found: str | None = await self._database.read(lambda connection: connection.scalar(query))
        return found

    async def story_at(self, path: str) -> Mapping[str, Any] | None:
        """The story that lives, or lived, at this path, or has moved from it; one that ended unseen did not."""
        seen = select(stories).where(stories.c.state != "hidden").order_by(_live_first())
        moved = seen.join(redirects, redirects.c.story_id == stories.c.story_id).where(redirects.c.path == path)

        def work(connection: Connection) -> Mapping[str, Any] | None:
            for statement in (seen.where(stories.c.path == path), moved):
                row = connection.execute(statement).mappings().first()
                if row:
                    return {**row}
            return None

        return await self._database.read(work)

    async def number(self) -> int:
        """The number of the newest change."""
        return await self._database.read(_number)

    async def since(self, number: int, most: int = 500) -> Changes:
        """What changed after `number`; at most `most` stories are told of."""
        return await self._database.read(lambda connection: _since(connection, number, most))

    async def missed(self, number: int, story: str | None = None, most: int = 500) -> Sequence[Happened]:
        """What became of stories after change `number`, or after `story` of that number; at most `most`."""
        return await self._database.read(lambda connection: _happened(connection, number, story, most))

    async def corrections(self, most: int = 100) -> Sequence[Mapping[str, Any]]:
        """The newest corrections and withdrawals, with the standing of their stories."""
        columns = (*corrections.c, stories.c.path, stories.c.headline, stories.c.state, stories.c.changed_at)
        joined = corrections.join(stories, stories.c.story_id == corrections.c.story_id)
        newest_first = (corrections.c.at.desc(), corrections.c.story_id, corrections.c.revision.desc())
        statement = select(*columns).select_from(joined).order_by(*newest_first).limit(most)
        return await self._database.read(
            lambda connection: [{**row} for row in connection.execute(statement).mappings()]
        )


def _owe(
    connection: Connection, changes: Sequence[StoryChange], kills: Sequence[Kill], applied: Applied, now: datetime
) -> None:
    """What the CDN must hear: each kill's own addresses, again when the kill is heard again; whatever else changed."""
    own = {one.story_id: one for one in changes if applied.fences[one.story_id] is not Fence.OLDER}
    rest = set(applied.paths | applied.hidden)
    for kill in kills:
        if kill.story_id in own:
            rest -= sql_purges.owe_kill(connection, own[kill.story_id].path, kill, now)
    sql_purges.owe(connection, rest, [kill for kill in kills if not changes], now)


def _number(connection: Connection) -> int:
    return connection.scalar(select(counters.c.value).where(counters.c.name == "changed")) or 0


def _resolve(connection: Connection, path: str, query: str) -> Answer:
    joined = routes.outerjoin(stories, stories.c.story_id == routes.c.story_id)
    columns = (routes.c.key, routes.c.kind, routes.c.last_modified, routes.c.changed, stories.c.state)
    told = (stories.c.note, stories.c.changed_at, stories.c.changed.label("story_changed"))
    row = connection.execute(select(*columns, *told).select_from(joined).where(routes.c.path == path)).first()
    if row is None or row.key is None:
        return _without_page(connection, path, query)
    if owner_path(row.kind, path) is None or row.state == "live":
        return Found(row.key, row.last_modified, max(row.changed, row.story_changed or 0))
    if row.state is None:
        # A page ahead of its story, or one that came after its story had moved away.
        return _without_page(connection, path, query)
    return Gone(row.note, row.changed_at, max(row.changed, row.story_changed))


def _without_page(connection: Connection, path: str, query: str) -> Answer:
    """A withdrawn story's address, one that led to a story, or nothing."""
    tail_of = CARD if path.endswith(f"/{CARD}") else tail(path)
    base = path.removesuffix(tail_of)
    seen = stories.c.state != "hidden" if tail_of == CARD else stories.c.state.not_in(("live", "hidden"))
    row = connection.execute(select(stories).where(stories.c.path == base, seen).order_by(_live_first())).first()
    if row is not None and row.state == "live":
        return Card(row.headline, row.changed)
    if row is not None:
        return Gone(row.note, row.changed_at, row.changed)
    for asked, rest in _asked(path, base, query, tail_of):
        joined = redirects.join(stories, stories.c.story_id == redirects.c.story_id)
        row = connection.execute(select(stories).select_from(joined).where(redirects.c.path == asked)).first()
        if row is not None and row.state == "live":
            return Moved(row.path + rest)
        if row is not None:
            return Gone(row.note, row.changed_at, row.changed, is_kept=False)
    return Missing()


def _asked(path: str, base: str, query: str, tail_of: str) -> list[tuple[str, str]]:
    """The forms under which an old address may be known, each with what follows the story's new address."""
    forms = [(f"{path}?{query}", "")] if query else []
    forms += [(path, ""), (path.rstrip("/") if path.endswith("/") else path + "/", "")]
    return forms + ([(base, tail_of)] if base != path else [])


def _picture(connection: Connection, name: str) -> Answer:
    same = (media.c.name == name) | (media.c.stem == sql_changes.stem(name))
    rows = connection.execute(
        select(media.c.live, stories.c.changed, stories.c.changed_at)
        .select_from(media.join(stories, stories.c.story_id == media.c.story_id))
        .where(same)
    ).all()
    if any(row.live for row in rows):
        return Found(f"media/{name}", 0, max(row.changed for row in rows))
    if rows:
        return Gone(None, max(row.changed_at for row in rows), max(row.changed for row in rows))
    return Missing()


def _since(connection: Connection, number: int, most: int) -> Changes:
    last = _number(connection)
    if last <= number:
        return Changes(number, {}, ())
    pages = connection.execute(select(routes.c.path, routes.c.changed).where(routes.c.changed > number))
    paths = {row.path: row.changed for row in pages}
    happened = _happened(connection, number, None, most)
    return Changes(last, paths | {one.path: one.number for one in happened}, happened)


def _happened(connection: Connection, number: int, story: str | None, most: int) -> list[Happened]:
    after = stories.c.told > number
    if story is not None:
        after |= (stories.c.told == number) & (stories.c.story_id > story)
    seen = select(stories).where(after, stories.c.state != "hidden").order_by(stories.c.told, stories.c.story_id)
    return [
        Happened(row.told, row.story_id, row.path, row.headline, row.action, row.state, row.revision, row.changed_at)
        for row in connection.execute(seen.limit(most))
    ]


def _live_first() -> Any:  # noqa: ANN401 - SQLAlchemy's own type says no more
    return case((stories.c.state == "live", 0), else_=1)
