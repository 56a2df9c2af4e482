"""Ingest's composition root."""

from collections.abc import Sequence
from typing import Final

from services.ingest.adapters.child import Child
from services.ingest.adapters.confirmations import SqlConfirmations
from services.ingest.adapters.context import Names
from services.ingest.adapters.due import SqlDue
from services.ingest.adapters.judging import Asked, Judged
from services.ingest.adapters.listeners import SqlListeners
from services.ingest.adapters.log import SqlLog
from services.ingest.adapters.outbox import SqlOutbox
from services.ingest.adapters.overdue import SqlOverdue
from services.ingest.adapters.publishers import SqlPublishers
from services.ingest.adapters.reading import SqlReading
from services.ingest.adapters.rebuilds import SqlRebuilds
from services.ingest.adapters.receipts import SqlReceipts
from services.ingest.adapters.redacting import SqlRedactions
from services.ingest.adapters.replaying import SqlReplay
from services.ingest.domain.commands import Expire
from services.ingest.domain.identity import Identity
from services.ingest.domain.receipts import expected
from services.ingest.domain.standing import Accepted
from services.ingest.handlers.announcing import Announcing
from services.ingest.handlers.braking import Brake
from services.ingest.handlers.clockwork import Clockwork
from services.ingest.handlers.confirming import Confirming
from services.ingest.handlers.driving import Driver
from services.ingest.handlers.following import Following
from services.ingest.handlers.redacting import Redacting
from services.ingest.handlers.retelling import Retelling
from services.ingest.handlers.sweeping import Sweeper
from services.ingest.handlers.waiting import Waiting
from services.ingest.routes import ingest_app
from services.ingest.routes.answers import Links
from services.ingest.routes.callers import Callers
from services.ingest.routes.parts import Parts
from shared import telemetry
from shared.events import KillConfirmed, LiveOutline, NoticesPlanned, RedactionConfirmed, StoryHalted, StoryLive
from shared.runtime import Lent, Service
from shared.runtime.owed import Limit, Owed

log = telemetry.logger("ingest")
#: How long each kind of work may be overdue.
LIMITS: Final = {
    "embargo": Limit(30, "Embargoes are over and not released: ingest does not keep its times; look at its log."),
    "expiry": Limit(60, "Stories should have expired: ingest does not keep its times; look at its log."),
    "drive": Limit(300, "Stories are accepted and not live: `newswire trace` says where one is, /readyz what waits."),
    "receipt": Limit(60, "A kill lacks a word of our own: `newswire receipt` shows whose; look at that service's log."),
}


async def build(lent: Lent) -> Service:  # noqa: PLR0915 - a composition root reads from top to bottom
    """Wire ingest: the log behind its API, the driver behind the log, the confirmations behind the bus."""
    database, bus = lent.database("ingest", True), lent.bus("ingest")  # noqa: FBT003 - the shape of Lent
    names, publishers, reading = Names(), SqlPublishers(database), SqlReading(database)
    outbox, waiting = SqlOutbox(database, names), Waiting(reading)
    brake = Brake(bus)
    driver, announcing = Driver(outbox, bus, lambda: brake.on), Announcing(publishers, bus)

    def committed(judged: Judged) -> None:
        for outcome in judged.outcomes:
            if isinstance(outcome, Accepted):
                newest = outcome.standing.newest
                subject = {"story": newest.identity.story_id, "revision": newest.revision}
                log.info("revision accepted", publisher=newest.identity.publisher, action=newest.action, **subject)
        driver.send(judged.told, judged.waiting)
        if judged.queued:
            driver.queued()

    story_log = SqlLog(database, lent.settings.zone, names, committed)

    async def expire(stories: Sequence[Identity]) -> None:
        await story_log.submit_all([Asked(one, Expire()) for one in stories])

    confirming = Confirming(SqlConfirmations(database), waiting.heard, driver.room)
    bus.step(StoryLive, confirming.live, reads=LiveOutline)
    bus.step(NoticesPlanned, confirming.planned)
    bus.step(StoryHalted, confirming.halted)
    bus.step(KillConfirmed, confirming.killed)
    redactions = SqlRedactions(database, names)
    redacting = Redacting(redactions, bus, database.now)
    bus.step(RedactionConfirmed, redacting.confirmed)
    rebuilds = SqlRebuilds(database)
    child = Child(lent.settings, rebuilds)
    channels = expected(has_cdn=lent.settings.purge_url is not None)
    receipts = SqlReceipts(database, names, channels)
    owed = Owed("ingest", LIMITS, [SqlOverdue(database).measure, receipts.overdue], database.now)
    listeners = SqlListeners(database, names)
    retelling, following = Retelling(listeners, bus, lambda: brake.on), Following(listeners, bus)
    sweeper = Sweeper(outbox, receipts, bus, send=driver.send, forgotten=announcing.changed, memory=retelling)
    parts = Parts(
        log=story_log,
        reading=reading,
        publishers=publishers,
        callers=Callers(publishers, lent.admin_key),
        waiting=waiting,
        media=lent.pages,
        links=Links(lent.settings.public_url),
        announcing=announcing,
        rebuilds=rebuilds,
        replay=SqlReplay(database),
        child=child,
        channels=channels,
        redactions=redactions,
    )
    return Service(
        name="ingest",
        app=ingest_app(parts),
        bus=bus,
        databases=[database],
        loops={
            "drive": driver.run,
            "marks": driver.keep_marks,
            "brake": brake.run,
            "epoch": sweeper.keep_epoch,
            "follow": following.run,
            "retell": retelling.run,
            "sweep": sweeper.sweep,
            "measure": sweeper.measure,
            "clockwork": Clockwork(SqlDue(database), expire, driver.queued).run,
            "publishers": announcing.run,
            "owed": owed.run,
            "redactions": redacting.run,
        },
        owed=owed,
        on_stop=[child.stop, story_log.close],
    )
