"""The composition root of enrich."""

from services.enrich.adapters.guesser import LangidGuesser
from services.enrich.adapters.pictures import StoredPictures
from services.enrich.adapters.stories import SqlStories
from services.enrich.domain.sanitise import Sanitiser
from services.enrich.handlers import Enricher
from shared.events import StoryKilled, StoryReceived
from shared.runtime import Lent, Service


async def build(lent: Lent) -> Service:
    """Wire enrich: its memory, pictures and language model behind its two steps."""
    settings, database, bus = lent.settings, lent.database("enrich", False), lent.bus("enrich")  # noqa: FBT003 - the form of Lent
    guesser = LangidGuesser()
    enricher = Enricher(
        SqlStories(database, settings.public_url),
        StoredPictures(database, lent.pages, lent.net, settings.public_url),
        guesser,
        Sanitiser(settings.public_url),
        site_language=settings.site_language,
        now=database.now,
    )
    bus.step(StoryReceived, enricher.received)
    bus.step(StoryKilled, enricher.killed)
    return Service(name="enrich", app=None, bus=bus, databases=[database], loops={"language model": guesser.let_go})
