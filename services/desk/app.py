"""The desk's composition root."""

from typing import Final

from services.desk.adapters import tables
from services.desk.adapters.letters import SqlLetters
from services.desk.adapters.read_model import SqlReadModel
from services.desk.adapters.redacting import SqlRedacting
from services.desk.handlers import DeskHandlers
from services.desk.routes import Desk, desk_app
from shared.events import (
    DeliveriesProgressed,
    EnrichedOutline,
    EventDied,
    LiveOutline,
    PublishersChanged,
    ReceivedOutline,
    RenderedOutline,
    StoryDelayed,
    StoryEnriched,
    StoryHalted,
    StoryKilled,
    StoryLive,
    StoryReceived,
    StoryRedacted,
    StoryRendered,
    StoryScheduled,
)
from shared.runtime import Lent, Service
from shared.runtime.directory import Callers, DirectoryCopy
from shared.runtime.redacting import redacting

#: A trace may be so much (s) behind its story while stories come by the dozen.
GATHER: Final = 0.25


async def build(lent: Lent) -> Service:
    """Wire the desk: read model, dead letters and directory behind its handlers and its part of the API."""
    database = lent.database("desk", durable=False)
    bus = lent.bus("desk")
    read_model, letters = SqlReadModel(database), SqlLetters(database)
    directory = DirectoryCopy(database, tables.directory)
    handlers = DeskHandlers(read_model, letters, directory)
    bus.step(StoryReceived, handlers.heard, reads=ReceivedOutline, batch=256, gather_s=GATHER)
    bus.step(StoryEnriched, handlers.heard, reads=EnrichedOutline, batch=256, gather_s=GATHER)
    bus.step(StoryRendered, handlers.heard, reads=RenderedOutline, batch=256, gather_s=GATHER)
    bus.step(StoryLive, handlers.heard, reads=LiveOutline, batch=256, gather_s=GATHER)
    bus.step(StoryKilled, handlers.heard)
    bus.step(StoryScheduled, handlers.heard)
    bus.step(StoryDelayed, handlers.delayed)
    bus.step(StoryHalted, handlers.halted)
    bus.step(EventDied, handlers.died)
    bus.step(DeliveriesProgressed, handlers.progressed)
    bus.step(PublishersChanged, handlers.publishers)
    bus.step(StoryRedacted, redacting("desk", SqlRedacting(database)))
    return Service(
        name="desk",
        app=desk_app(Desk(read_model, letters, Callers(directory, lent.admin_key), bus.redeliver)),
        bus=bus,
        databases=[database],
    )
