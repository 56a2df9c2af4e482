"""Render's composition root."""

from typing import Final

from services.render.adapters.fragment_memory import MemoryFragments
from services.render.adapters.index import SqlIndex
from services.render.adapters.redacting import SqlRedacting
from services.render.adapters.thumbnails import PillowThumbnails
from services.render.domain.site import Site
from services.render.handlers import RenderSteps, Sweep
from services.render.handlers.painter import Painter
from services.render.handlers.ports import Line
from services.render.handlers.press import Press
from services.render.handlers.sweep import FROM_THE_START
from services.render.settings import ALL, RenderSettings
from shared.database import Database
from shared.events import CommentsChanged, StoryEnriched, StoryKilled, StoryRedacted
from shared.pages import Pages
from shared.runtime import Lent, Service
from shared.runtime.owed import Limit, Owed
from shared.runtime.paths import HUB
from shared.runtime.redacting import redacting
from shared.settings import Settings
from shared.theme import Theme

#: How long each kind of work may be overdue.
LIMITS: Final = {"lists": Limit(60, "Deeper pages, archives and sitemaps wait: look at render's log and its CPU time.")}


async def build(lent: Lent) -> Service:
    """Wire render: its index, the theme and the page store behind its steps, and the sweep beside them."""
    database = lent.database("render", False)  # noqa: FBT003 - durability: the index can be made again from the log
    bus = lent.bus("render")
    steps, sweep, index = press_on(database, lent.pages, lent.settings, bus)
    owed = Owed("render", LIMITS, [index.overdue], database.now)
    bus.step(StoryEnriched, steps.enriched, batch=256, at_once=2)
    bus.step(StoryKilled, steps.killed)
    bus.step(CommentsChanged, steps.commented)
    bus.step(StoryRedacted, redacting("render", SqlRedacting(database, FROM_THE_START)))
    return Service(
        name="render",
        app=None,
        bus=bus,
        databases=[database],
        loops={"sweep": sweep.run, "owed": owed.run},
        owed=owed,
        checks={"pages": lent.pages.ping},
    )


def press_on(
    database: Database, pages: Pages, settings: Settings, line: Line, *, cards: int = 10_000
) -> tuple[RenderSteps, Sweep, SqlIndex]:
    """The steps and the sweep on an index, for the line and for those who make everything again.

    `cards`: how many are kept in memory.
    """
    theme, own = Theme.of(settings), RenderSettings.of(settings)
    site = Site(
        title=settings.site_title,
        url=settings.public_url,
        language=settings.site_language,
        zone=settings.zone,
        feed_style=theme.addresses["feed.css"],
        hub=settings.public_url + HUB,
        in_full=lambda publisher: ALL not in own.render_summaries and publisher not in own.render_summaries,
    )
    cache = MemoryFragments(cards=cards)
    index = SqlIndex(database, site, cache, 2 * settings.lease_seconds)
    press = Press(Painter(theme, site, cache), pages)
    sweep = Sweep(index, press, line, style_of(theme, own))
    return RenderSteps(index, press, PillowThumbnails(index, pages), sweep.wake), sweep, index


def style_of(theme: Theme, own: RenderSettings) -> str:
    """Whatever makes other pages of the same stories: when it changes, all are made again."""
    return " ".join((theme.fingerprint, HUB, *sorted(own.render_summaries)))
