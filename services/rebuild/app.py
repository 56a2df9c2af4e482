"""The composition root of a rebuild or an audit: three services beside those that serve, the log before them."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import services.enrich.app as enrich_app
import services.render.app as render_app
import services.site.app as site_app
from services.enrich.adapters import rebuilt as enrich
from services.ingest.adapters import auditing as log_audit
from services.ingest.adapters.rebuilds import SqlRebuilds
from services.ingest.adapters.replaying import SqlReplay
from services.notify.adapters import auditing as ledger_audit
from services.rebuild import store
from services.rebuild.apart import BESIDE, EnrichApart, SiteApart, apart
from services.rebuild.course import Course, NotRebuilt, again_when_moved
from services.rebuild.line import Enrich, Hand, Line, NoWeb, Site
from services.render.adapters import rebuilt as render
from services.site.adapters import rebuilt as site
from services.site.adapters.sql_comments import SqlComments
from shared import telemetry
from shared.database import Database
from shared.database.compare import Moved
from shared.events import CommentsChanged
from shared.pages import MAKING, Pages
from shared.runtime.migrate import migrate
from shared.settings import Settings

#: A hold is asked for again long before it ends by itself.
HOLD: Final = timedelta(seconds=30)
RENEW: Final = 5.0
#: Lists follow their stories within five seconds; what is still different after these looks (s between two) is wrong.
LOOKS, PAUSE = 4, 1.5
#: More than anybody reads; the numbers are told in full.
MOST_FINDINGS: Final = 10_000
#: Cards kept (3 KB each): those of related stories and of the pages of a month are asked for again.
CARDS: Final = 40_000
_MADE: Final = {"enrich": enrich_app, "render": render_app, "site": site_app}
Finding = tuple[str, str, str]

log = telemetry.logger("rebuild")


class Discussions:
    """The site's comments, as a rebuild reads them."""

    def __init__(self, database: Database) -> None:
        """`database`: the site's."""
        self._database, self._comments = database, SqlComments(database)

    async def versions(self) -> Mapping[str, int]:
        """Story → version of its comments."""
        return await site.discussions_of(self._database)

    async def events(self, story_ids: Sequence[str]) -> Sequence[CommentsChanged]:
        """Comments as the site says them."""
        return await self._comments.told(story_ids, await self._database.now())


@dataclass
class Rebuild:
    """One run."""

    run: str
    ours: Mapping[str, Database]
    beside: Mapping[str, Database]
    pages: Pages
    replay: SqlReplay
    rebuilds: SqlRebuilds
    course: Course
    phase: tuple[str, int, int] = ("begin", 0, 0)

    async def work(self, mode: str) -> list[Finding]:
        """Rebuild, audit or repair; what was found to differ."""
        async with self._alive():
            damaged = await log_audit.audit(self.ours["ingest"])
            if damaged and mode == "rebuild":
                raise NotRebuilt("the log is not as it was written: `newswire audit` names what differs")
            await self.lend()
            await self.course.whole(self.tell)
            async with self._held():
                await self.course.rest()
                await self.lend()
                await self.course.follow()
                return [*damaged, *await self._end(mode, may_adopt=not damaged)]

    async def _end(self, mode: str, *, may_adopt: bool) -> list[Finding]:
        """Compare, take over, or both; what was made is as the log is."""
        found: list[Finding] = []
        if mode != "rebuild":
            await self.tell("compare", 0, 0)
            found = await self._audit()
        if may_adopt and (mode == "rebuild" or (mode == "repair" and found)):
            await self.tell("adopt", 0, 0)
            await again_when_moved(self.course, self._adopt)
            await self.replay.again(ledger_audit.unplanned(found))
        return found

    async def lend(self) -> None:
        """What was fetched or made once is found beside, too."""
        await enrich.lend_pictures(self.ours["enrich"], self.beside["enrich"])
        await render.lend_thumbnails(self.ours["render"], self.beside["render"])

    async def _adopt(self) -> None:
        """Render and enrich first: what they say from now on goes with what the site shows."""
        here, beside, behind = self.ours, self.beside, self.course.is_behind
        rows = await enrich.adopt(here["enrich"], beside["enrich"], behind)
        lists, version = await render.adopt(here["render"], beside["render"], behind)
        apart = await site.compare(here["site"], beside["site"], behind)
        await site.adopt(here["site"], beside["site"], apart, version)
        log.info("taken over", enrich=rows, render=lists, site=len(list(apart.findings())))

    async def _audit(self) -> list[Finding]:
        found = await ledger_audit.audit(self.ours["notify"], await self.replay.settled())
        apart: list[Finding] = []
        for _ in range(LOOKS):
            with suppress(Moved):
                apart = [
                    *(await site.compare(self.ours["site"], self.beside["site"], self.course.is_behind)).findings()
                ]
                if not apart:
                    break
            await asyncio.sleep(PAUSE)
            await self.course.follow()
        shown, pictures = await site.keys_shown(self.ours["site"]), await site.pictures_shown(self.ours["site"])
        return [*found, *apart, *await store.audit(self.pages, shown, pictures)]

    @asynccontextmanager
    async def _held(self) -> AsyncIterator[None]:
        """New stories wait in the log; kills do not."""

        async def renew() -> None:
            while True:
                await self.replay.hold(await self.ours["ingest"].now() + HOLD)
                await asyncio.sleep(RENEW)

        await self.tell("hold", 0, 0)
        holding = asyncio.create_task(renew(), name="hold")
        try:
            yield
        finally:
            holding.cancel()
            with suppress(asyncio.CancelledError):
                await holding
            await self.replay.hold(None)

    async def tell(self, phase: str, done: int, total: int) -> None:
        """How far it is."""
        self.phase = (phase, done, total)
        await self.rebuilds.tell(self.run, phase, done, total)

    @asynccontextmanager
    async def _alive(self) -> AsyncIterator[None]:
        """Say so all the time: to those who wait, and to the site, which deletes no pages meanwhile."""

        async def beat() -> None:
            while True:
                await self.pages.put(MAKING, b"")
                await self.rebuilds.tell(self.run, *self.phase)
                await asyncio.sleep(RENEW)

        heart = asyncio.create_task(beat(), name="heart")
        try:
            yield
        finally:
            heart.cancel()
            with suppress(asyncio.CancelledError):
                await heart
            await self.pages.delete([MAKING])


async def perform(settings: Settings, run: str) -> None:
    """Do what a row of ingest's `rebuilds` asks for, and write down how it went."""
    async with AsyncExitStack() as opened:
        names = ("ingest", "enrich", "render", "site", "notify")
        ours = {name: Database(settings.database_url, name, durable=name == "ingest") for name in names}
        for database in ours.values():
            opened.push_async_callback(database.close)
        rebuilds = SqlRebuilds(ours["ingest"])
        asked = await rebuilds.one(run)
        if asked is None or asked.state != "running":
            raise NotRebuilt(f"there is no rebuild {run} that waits to be done")
        try:
            beside = {name: await beside_of(settings, name, opened) for name in _MADE}
            async with line_apart(settings) as others:
                rebuild = wired(settings, run, ours, beside, rebuilds, others)
                found = await rebuild.work(asked.mode)
        except NotRebuilt as why:
            await rebuilds.end(run, error=str(why))
        except Exception as error:  # the process runner: whoever asked must hear why
            log.exception("rebuild failed")
            await rebuilds.end(run, error=f"{type(error).__name__}: {error}"[:1000])
        else:
            await rebuilds.end(run, [_named(one) for one in found[:MOST_FINDINGS]])


@dataclass(frozen=True, slots=True)
class Others:
    """The steps beside render's, and the web of enrich."""

    enrich: Enrich
    site: Site
    web: NoWeb


@asynccontextmanager
async def line_apart(settings: Settings) -> AsyncIterator[Others]:
    """Enrich and site in processes of their own. Their databases beside must be there."""
    async with apart("enrich", settings) as enrich_there, apart("site", settings) as site_there:
        web = NoWeb()
        yield Others(EnrichApart(enrich_there, web), SiteApart(site_there), web)


def wired(  # noqa: PLR0917 - all that one run needs
    settings: Settings,
    run: str,
    ours: Mapping[str, Database],
    beside: Mapping[str, Database],
    rebuilds: SqlRebuilds,
    others: Others,
) -> Rebuild:
    pages, replay = Pages(settings.pages_url), SqlReplay(ours["ingest"])
    steps, sweep, _ = render_app.press_on(beside["render"], pages, settings, Hand(others.site), cards=CARDS)
    line = Line(others.enrich, steps, others.site)
    course = Course(replay, Discussions(ours["site"]), line, sweep, others.web)
    return Rebuild(run, ours, beside, pages, replay, rebuilds, course)


async def beside_of(settings: Settings, name: str, opened: AsyncExitStack) -> Database:
    """An empty database beside a service's own; it is gone in the end."""
    left = Database(settings.database_url, name + BESIDE)
    await left.discard()
    database = Database(settings.database_url, name + BESIDE, passing=True)
    opened.push_async_callback(database.discard)
    await migrate(database, Path(str(_MADE[name].__file__)).parent / "migrations")
    return database


def _named(finding: Finding) -> dict[str, Any]:
    return dict(zip(("where", "what", "key"), finding, strict=True))
