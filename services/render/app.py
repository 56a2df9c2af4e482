"""Render's composition root."""

from services.render.adapters.fragment_memory import MemoryFragments
from services.render.adapters.index import SqlIndex
from services.render.adapters.thumbnails import PillowThumbnails
from services.render.domain.site import Site
from services.render.handlers import RenderSteps, Sweep
from services.render.handlers.painter import Painter
from services.render.handlers.press import Press
from shared.events import CommentsChanged, StoryEnriched, StoryKilled
from shared.runtime import Lent, Service
from shared.theme import Theme


async def build(lent: Lent) -> Service:
    """Wire render: its index, the theme and the page store behind its steps, and the sweep beside them."""
    settings = lent.settings
    site = Site(settings.site_title, settings.public_url, settings.site_language, settings.zone)
    database = lent.database("render", False)  # noqa: FBT003 - durability: the index can be made again from the log
    bus, cache = lent.bus("render"), MemoryFragments()
    index = SqlIndex(database, site, cache)
    theme = Theme.of(settings)
    press = Press(Painter(theme, site, cache), lent.pages)
    sweep = Sweep(index, press, bus, theme.fingerprint)
    steps = RenderSteps(index, press, PillowThumbnails(index, lent.pages), sweep.wake)
    bus.step(StoryEnriched, steps.enriched, batch=256, at_once=2)
    bus.step(StoryKilled, steps.killed)
    bus.step(CommentsChanged, steps.commented)
    return Service(
        name="render",
        app=None,
        bus=bus,
        databases=[database],
        loops={"sweep": sweep.run},
        checks={"pages": lent.pages.ping},
    )
