"""The whole line in one hand: the real handlers of every service, and between them queues that a test takes from."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any, Final
from zoneinfo import ZoneInfo

from PIL import Image as PillowImage

from services.desk.adapters import tables as desk_tables
from services.desk.adapters.letters import SqlLetters
from services.desk.adapters.read_model import SqlReadModel
from services.desk.handlers import DeskHandlers
from services.enrich.adapters.pictures import StoredPictures
from services.enrich.adapters.stories import SqlStories
from services.enrich.domain.sanitise import Sanitiser
from services.enrich.handlers import Enricher
from services.ingest.adapters.confirmations import SqlConfirmations
from services.ingest.handlers.confirming import Confirming
from services.notify.adapters import tables as notify_tables
from services.notify.adapters.changes import SqlChanges
from services.notify.adapters.planning import SqlPlans
from services.notify.handlers.events import NotifyHandlers
from services.render.adapters.fragment_memory import MemoryFragments
from services.render.adapters.index import SqlIndex
from services.render.adapters.thumbnails import PillowThumbnails
from services.render.domain.site import Site
from services.render.handlers import RenderSteps, Sweep
from services.render.handlers.painter import Painter
from services.render.handlers.press import Press
from services.site.adapters.drawing import Drawing
from services.site.adapters.entry_maker import EntryMaker
from services.site.adapters.page_memory import PageMemory
from services.site.adapters.sql_addresses import SqlAddresses
from services.site.domain.answers import Missing, Moved
from services.site.domain.proof import Expected, missing_from
from services.site.handlers.proof import Proof
from services.site.handlers.steps import SiteHandlers
from services.site.routes.standing_pages import gone_page
from shared.events import (
    TOPOLOGY,
    ChangeNumbered,
    CommentsChanged,
    EnrichedOutline,
    Event,
    KillConfirmed,
    ListsRendered,
    LiveOutline,
    NoticesPlanned,
    ReceivedOutline,
    RenderedOutline,
    StoryEnriched,
    StoryKilled,
    StoryLive,
    StoryReceived,
    StoryRendered,
)
from shared.pages import Pages
from shared.runtime.directory import DirectoryCopy
from shared.theme import Theme
from tests.integration.enrich.conftest import ScriptedWeb, SilentGuesser
from tests.integration.fence.chance import Chance
from tests.integration.fence.grounds import Ground
from tests.integration.fence.newsroom import PUBLIC, Newsroom

SITE: Final = Site("The Wire", PUBLIC, "en", ZoneInfo("UTC"))
PICTURES: Final = ("teal", "plum")
Step = tuple[type[Event], str]
Handler = Callable[[Any], Awaitable[Sequence[Sequence[Event]]]]


class OwnEyes:
    """Sees pages as the edge would serve them, without a wire in between."""

    def __init__(self, memory: PageMemory) -> None:
        self._memory = memory

    async def prove(self, wanted: Sequence[tuple[str, Expected]]) -> list[str | None]:
        """For each path: None when it shows what is expected, else why not."""
        return [missing_from(one, *await self._shown(path)) for path, one in wanted]

    async def _shown(self, path: str) -> tuple[int, str | None]:
        found = await self._memory.load(path)
        if isinstance(found, Moved | Missing):
            return (301 if isinstance(found, Moved) else 404), None
        headers = dict(found.variants["identity"].start["headers"])
        return found.status, headers.get(b"x-story-revision", b"").decode() or None


async def _nothing(*_: object) -> None:
    return None


@dataclass
class Line:
    """Every sink of the line on one ground. Events lie in `queues` until they are taken; `taken` is what was, ever."""

    ground: Ground
    queues: dict[Step, list[Event]] = field(default_factory=dict)
    taken: dict[Step, list[Event]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.pages = Pages(f"file://{self.ground.pages}")
        self.ingest, self.site = self.ground.database("ingest"), self.ground.database("site")
        self.newsroom = Newsroom(self.ingest, self.ground.clock)
        self.handlers: dict[Step, Handler] = {
            **self._enrich(),
            **self._render(),
            **self._site(),
            **self._notify(),
            **self._desk(),
            **self._ingest(),
        }
        self._reads: dict[Step, type[Event]] = {
            (StoryReceived, "desk"): ReceivedOutline,
            (StoryEnriched, "desk"): EnrichedOutline,
            (StoryRendered, "desk"): RenderedOutline,
            (StoryLive, "desk"): LiveOutline,
            (StoryLive, "ingest"): LiveOutline,
        }
        self.queues = {step: [] for step in self.handlers}
        self.taken = {step: [] for step in self.handlers}

    async def begin(self) -> None:
        """What is there before the first story: the pages of an empty site, and the pictures that stories name."""
        await self.sweep.begin()
        for number, colour in enumerate(PICTURES):
            written = BytesIO()
            PillowImage.new("RGB", (30 + number, 20), colour).save(written, "PNG")
            await self.pages.put(f"media/p{number}.png", written.getvalue())

    def post(self, events: Iterable[Event]) -> None:
        """Put events on their streams: each hearer finds them in its queue, as they come out of JSON."""
        for event in events:
            kind, text = type(event), event.__pydantic_serializer__.to_json(event)
            for service in TOPOLOGY[kind][1]:
                step = kind, service
                if step in self.handlers:
                    self.queues[step].append(self._reads.get(step, kind).model_validate_json(text))

    async def take(self, step: Step, batch: Sequence[Event]) -> None:
        """Hand a batch to a step; what follows is posted."""
        self.taken[step] += batch
        answers = await self.handlers[step](batch)
        assert len(answers) == len(batch)
        for follow in answers:
            self.post(follow)

    async def drain(self) -> None:
        """Take everything in order until nothing is left."""
        while waiting := [step for step, queue in self.queues.items() if queue]:
            for step in waiting:
                batch, self.queues[step] = self.queues[step], []
                if batch:
                    await self.take(step, batch)

    async def once(self, chance: Chance) -> None:
        """Something happens: a batch is taken, an old one comes again, two are in hand at a time, time passes."""
        waiting = [step for step, queue in self.queues.items() if queue]
        match chance.below(8):
            case 7:
                self.ground.clock.now += timedelta(seconds=chance.below(4))
                await self.sweep.once()
            case 6:
                old = [step for step, events in self.taken.items() if events]
                if old:
                    step = chance.one_of(old)
                    await self.take(step, [chance.one_of(self.taken[step])])
            case 5 if waiting:
                first, second = chance.one_of(waiting), chance.one_of(waiting)
                batches = [(one, chance.batch(self.queues[one])) for one in (first, second) if self.queues[one]]
                await asyncio.gather(*(self.take(*one) for one in batches))
            case _ if waiting:
                step = chance.one_of(waiting)
                await self.take(step, chance.batch(self.queues[step]))
            case _:
                return

    async def settle(self, at: datetime) -> None:
        """Take everything, let a minute pass until `at`, and render all that came due."""
        self.ground.clock.now = at - timedelta(minutes=1)
        await self.drain()
        self.ground.clock.now = at
        while await self.sweep.once():
            await self.drain()

    def _enrich(self) -> dict[Step, Handler]:
        database = self.ground.database("enrich")
        enricher = Enricher(
            SqlStories(database, PUBLIC),
            StoredPictures(database, self.pages, ScriptedWeb(), PUBLIC),
            SilentGuesser(),
            Sanitiser(PUBLIC),
            site_language="en",
            now=database.now,
        )
        return {(StoryReceived, "enrich"): enricher.received, (StoryKilled, "enrich"): enricher.killed}

    def _render(self) -> dict[Step, Handler]:
        database, cache = self.ground.database("render"), MemoryFragments()
        self.render = database
        index = SqlIndex(database, SITE, cache)
        self.theme = Theme(title=SITE.title, url=SITE.url, language=SITE.language, zone=SITE.zone)
        press = Press(Painter(self.theme, SITE, cache), self.pages)
        self.sweep = Sweep(index, press, _Told(self), self.theme.fingerprint)
        steps = RenderSteps(index, press, PillowThumbnails(index, self.pages), self.sweep.wake)
        return {
            (StoryEnriched, "render"): steps.enriched,
            (StoryKilled, "render"): steps.killed,
            (CommentsChanged, "render"): steps.commented,
        }

    def _site(self) -> dict[Step, Handler]:
        addresses = SqlAddresses(self.site)
        self.addresses, self.memory = addresses, self.fresh_memory(addresses)
        steps = SiteHandlers(
            routes=addresses,
            memory=self.memory,
            proof=Proof(OwnEyes(self.memory), addresses, self.site.now, _nothing, patience=1.0),
            public_url=PUBLIC,
            now=self.site.now,
            wake=_nothing,
            owed=lambda: None,
            emit=_nothing,
        )
        return {
            (StoryRendered, "site"): steps.rendered,
            (ListsRendered, "site"): steps.lists,
            (StoryKilled, "site"): steps.killed,
        }

    def fresh_memory(self, addresses: SqlAddresses) -> PageMemory:
        """A replica's memory that has seen nothing yet."""
        drawing = Drawing(self.pages, addresses, "Wire", self.theme.font)
        return PageMemory(addresses, EntryMaker(self.pages, drawing, gone_page(self.theme), self.theme.strings))

    def _notify(self) -> dict[Step, Handler]:
        database = self.ground.database("notify")
        self.notify = database
        directory = DirectoryCopy(database, notify_tables.directory)
        steps = NotifyHandlers(SqlPlans(database, SITE.zone), SqlChanges(database), directory, _nothing)
        return {
            (StoryLive, "notify"): steps.live,
            (StoryKilled, "notify"): steps.killed,
            (ChangeNumbered, "notify"): steps.numbered,
        }

    def _desk(self) -> dict[Step, Handler]:
        database = self.ground.database("desk")
        self.read_model = SqlReadModel(database)
        steps = DeskHandlers(self.read_model, SqlLetters(database), DirectoryCopy(database, desk_tables.directory))
        heard = (StoryReceived, StoryEnriched, StoryRendered, StoryLive, StoryKilled)
        return {(kind, "desk"): steps.heard for kind in heard}

    def _ingest(self) -> dict[Step, Handler]:
        steps = Confirming(SqlConfirmations(self.ingest), lambda _: None, lambda: None)
        return {
            (StoryLive, "ingest"): steps.live,
            (NoticesPlanned, "ingest"): steps.planned,
            (KillConfirmed, "ingest"): steps.killed,
        }


class _Told:
    """The bus as the sweep sees it: whatever was told has been read."""

    def __init__(self, line: Line) -> None:
        self._line = line

    async def emit(self, events: Sequence[Event]) -> list[str]:
        self._line.post(events)
        return ["1-0"] * len(events)

    async def passed(self, event: type[Event], group: str, before_ms: int) -> bool:
        del event, group, before_ms
        return True

    async def epoch(self) -> str | None:
        return "one"
