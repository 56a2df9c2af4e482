"""The site's composition root."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Final

from services.site.adapters.drawing import Drawing
from services.site.adapters.entry_maker import EntryMaker
from services.site.adapters.month_entries import MonthEntries
from services.site.adapters.page_memory import PageMemory
from services.site.adapters.prover import NetProver
from services.site.adapters.purger import NetPurger
from services.site.adapters.redacting import SqlRedacting
from services.site.adapters.sql_addresses import SqlAddresses
from services.site.adapters.sql_answers import SqlAnswers
from services.site.adapters.sql_comments import SqlComments
from services.site.adapters.sql_older import SqlOlder
from services.site.adapters.sql_purges import SqlPurges
from services.site.adapters.sql_search import SqlSearch
from services.site.adapters.sql_trash import SqlTrash
from services.site.handlers.collecting import Collector, Late
from services.site.handlers.emptying import Emptying
from services.site.handlers.proof import Proof
from services.site.handlers.purging import Purging
from services.site.handlers.steps import SiteHandlers
from services.site.routes.discussion import Discussion
from services.site.routes.edge import Edge
from services.site.routes.icons import icons
from services.site.routes.live import LiveStream
from services.site.routes.made_feeds import MadeFeeds
from services.site.routes.moderation import comments_api
from services.site.routes.older_feeds import OlderFeeds
from services.site.routes.readers import Readers, Reply
from services.site.routes.searching import Searching
from services.site.routes.standing_pages import corrections, gone_page, pinned
from services.site.settings import SiteSettings
from shared.bus import Bus
from shared.database import Database
from shared.events import (
    AnswerNoticed,
    CommentAnswered,
    CommentsChanged,
    Event,
    ListsRendered,
    StoryKilled,
    StoryRedacted,
    StoryRendered,
)
from shared.runtime.owed import Limit, Measure, Owed
from shared.runtime.redacting import redacting
from shared.runtime.service import Lent, Service
from shared.theme import Theme

#: The topic under which replicas nudge each other.
ROUTES: Final = "routes"
#: How long each kind of work may be overdue.
LIMITS: Final = {
    "proof": Limit(60, "Pages are written and not seen where readers arrive: is NEWSWIRE_PROOF_URL what they reach?"),
    "answer": Limit(600, "Readers wait to hear of answers to comments: does notify run? Look at its log."),
    "emptying": Limit(86_400, "Comments that were thrown away keep their words and addresses: look at the site's log."),
    "purge": Limit(300, "The CDN does not take what it must forget: does NEWSWIRE_PURGE_URL answer 2xx?"),
}
#: How often to look for comments that render has not answered, and for answers that notify has not noted (s).
COMMENTS_EVERY: Final = 2.0
#: What they were told longer ago than this (s) they have to have read before they are told more.
COMMENTS_HEARD: Final = 10.0


async def build(lent: Lent) -> Service:
    """Wire the site: route table, pages in memory, proof, search and comments."""
    settings = SiteSettings.of(lent.settings)
    theme = Theme.of(settings)
    database = lent.database("site", False)  # noqa: FBT003 - the shape of Lent
    bus = lent.bus("site")
    addresses = SqlAddresses(database, has_cdn=settings.purge_url is not None)
    feeds = MadeFeeds(theme.strings, database.now)
    comments, purging = SqlComments(database), _purging(lent, settings, database, bus)
    trash, answers = SqlTrash(database), SqlAnswers(database, settings.public_url)
    drawing = Drawing(lent.pages, addresses, settings.site_title, theme.font)
    memory = _memory(lent, addresses, drawing, theme, settings)
    stream = LiveStream(addresses, memory)
    prover = NetProver(lent.net, settings.proof_url, settings.public_url)
    handlers = SiteHandlers(
        routes=addresses,
        memory=memory,
        proof=Proof(prover, addresses, database.now, bus.emit),
        public_url=settings.public_url,
        now=database.now,
        wake=lambda: bus.wake(ROUTES),
        owed=purging.wake if purging else lambda: None,
        emit=bus.emit,
    )
    late = Late(lent.pages, database.now)
    owed = Owed("site", LIMITS, _measures(handlers, database, answers, trash), database.now)
    bus.step(StoryRendered, late.checked(handlers.rendered), at_once=2)
    bus.step(ListsRendered, late.checked(handlers.lists))
    bus.step(StoryKilled, handlers.killed)
    bus.step(StoryRedacted, redacting("site", SqlRedacting(database, lent.pages)))
    bus.step(AnswerNoticed, answers.noticed)
    bus.on_wake(ROUTES, stream.wake)
    api = comments_api(comments, lent.admin_key, bus.emit, database.now)
    discussion = Discussion(addresses, comments, theme, settings.public_url, settings.trusted_proxies, database.now)
    views: dict[str, Reply] = {
        "/search": _searching(database, theme, settings, feeds),
        "/live": stream,
        "/corrections/": corrections(theme, addresses),
        **icons(drawing),
    }
    return Service(
        name="site",
        app=Edge(memory, Readers(memory, theme, views, discussion, api, _older(lent, database, settings, feeds))),
        api=api,
        bus=bus,
        databases=[database],
        owed=owed,
        loops={
            "owed": owed.run,
            "follow": stream.follow,
            "emptying": Emptying(trash, database.now).run,
            "comments": _repeating(comments, answers, bus, database.now),
            "collect": Collector(lent.pages, addresses, bus, database.now).run,
            **({"purge": purging.run} if purging else {}),
        },
        checks={"database": database.ping, "pages": lent.pages.ping},
    )


def _memory(lent: Lent, addresses: SqlAddresses, drawing: Drawing, theme: Theme, settings: SiteSettings) -> PageMemory:
    """Pages in memory, the theme's assets for good."""
    maker = EntryMaker(lent.pages, drawing, gone_page(theme), theme.strings)
    memory = PageMemory(addresses, maker, limit=settings.site_memory_mb * 1024**2)
    memory.pin(pinned(theme, settings))
    return memory


def _measures(handlers: SiteHandlers, database: Database, answers: SqlAnswers, trash: SqlTrash) -> Sequence[Measure]:
    """What knows of owed work."""
    return handlers.proof.overdue, SqlPurges(database).overdue, answers.overdue, trash.overdue


def _searching(database: Database, theme: Theme, settings: SiteSettings, feeds: MadeFeeds) -> Searching:
    """The search page, in the site's words and times."""
    return Searching(
        SqlSearch(database),
        theme,
        settings.site_title,
        settings.site_language,
        settings.public_url,
        settings.zone,
        database.now,
        feeds,
    )


def _older(lent: Lent, database: Database, settings: SiteSettings, feeds: MadeFeeds) -> OlderFeeds:
    """What feeds of lists no longer carry."""
    return OlderFeeds(SqlOlder(database, settings.zone), MonthEntries(lent.pages), feeds, settings.public_url)


def _purging(lent: Lent, settings: SiteSettings, database: Database, bus: Bus) -> Purging | None:
    """Who tells the CDN; None without one."""
    if settings.purge_url is None:
        return None
    purger = NetPurger(lent.net, settings.purge_url, settings.public_url)
    return Purging(SqlPurges(database), purger, bus.emit, database.now)


def _repeating(
    comments: SqlComments, answers: SqlAnswers, bus: Bus, now: Callable[[], Awaitable[datetime]]
) -> Callable[[], Awaitable[None]]:
    """Tell render again what no page shows yet, and notify which answers are owed."""

    async def has_heard(event: type[Event], group: str) -> bool:
        """Has it had what it was told? While it is stopped it need not be told again and again."""
        return await bus.passed(event, group, await bus.time_ms() - round(COMMENTS_HEARD * 1000))

    async def loop() -> None:
        while True:
            await asyncio.sleep(COMMENTS_EVERY)
            if await comments.has_unsettled(await now()) and await has_heard(CommentsChanged, "render"):
                await bus.emit(await comments.unsettled(await now()))
            if await answers.has_due(await now()) and await has_heard(CommentAnswered, "notify"):
                await bus.emit(await answers.due(await now()))

    return loop
