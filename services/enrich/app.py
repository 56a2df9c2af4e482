"""The composition root of enrich."""

from services.enrich.adapters.guesser import LangidGuesser
from services.enrich.adapters.pictures import StoredPictures, Web
from services.enrich.adapters.redacting import SqlRedacting
from services.enrich.adapters.stories import SqlStories
from services.enrich.domain.sanitise import Sanitiser
from services.enrich.handlers import Enricher
from shared.database import Database
from shared.events import StoryKilled, StoryReceived, StoryRedacted
from shared.pages import Pages
from shared.runtime import Lent, Service
from shared.runtime.redacting import redacting
from shared.settings import Settings


async def build(lent: Lent) -> Service:
    """Wire enrich: its memory, pictures and language model behind its two steps."""
    database, bus = lent.database("enrich", False), lent.bus("enrich")  # noqa: FBT003 - the form of Lent
    guesser = LangidGuesser()
    enricher = enricher_on(database, lent.pages, lent.net, lent.settings, guesser)
    bus.step(StoryReceived, enricher.received)
    bus.step(StoryKilled, enricher.killed)
    bus.step(StoryRedacted, redacting("enrich", SqlRedacting(database)))
    return Service(name="enrich", app=None, bus=bus, databases=[database], loops={"language model": guesser.let_go})


def enricher_on(database: Database, pages: Pages, web: Web, settings: Settings, guesser: LangidGuesser) -> Enricher:
    """The steps on a database, for the line and for those who make everything again."""
    return Enricher(
        SqlStories(database, settings.public_url),
        StoredPictures(database, pages, web, settings.public_url),
        guesser,
        Sanitiser(settings.public_url),
        site_language=settings.site_language,
        now=database.now,
    )
