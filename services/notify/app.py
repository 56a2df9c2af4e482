"""Notify's composition root."""

import hashlib
import secrets
from datetime import timedelta
from email.utils import parseaddr
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from services.notify.adapters import tables
from services.notify.adapters.changes import SqlChanges
from services.notify.adapters.compose import SplicingComposer
from services.notify.adapters.correspondents import SqlCorrespondents
from services.notify.adapters.digests import SqlDigests
from services.notify.adapters.endpoints import SqlEndpoints
from services.notify.adapters.feeds import PublicFeeds
from services.notify.adapters.hub import SqlHub
from services.notify.adapters.hub_rows import SqlHubRows
from services.notify.adapters.ledger import SqlLedger
from services.notify.adapters.maildir import MaildirMailer
from services.notify.adapters.overdue import SqlOverdue
from services.notify.adapters.pauses import SqlPauses
from services.notify.adapters.planning import SqlPlans
from services.notify.adapters.post import GuardedGet, GuardedPost
from services.notify.adapters.redacting import SqlRedacting
from services.notify.adapters.reports import SqlReports
from services.notify.adapters.secret import secret
from services.notify.adapters.smtp import Relay, SmtpMailer
from services.notify.adapters.subscribers import SqlSubscribers
from services.notify.domain.letters import Masthead
from services.notify.domain.tokens import Leaving
from services.notify.domain.topics import named
from services.notify.domain.words import Words
from services.notify.handlers.events import NotifyHandlers, answering
from services.notify.handlers.hub import HubRoom
from services.notify.handlers.hub_asks import Verifier
from services.notify.handlers.loops import Reporter, digesting, showing, sweeping
from services.notify.handlers.mail import MailRoom, begin_counting
from services.notify.handlers.webhooks import Courier, WebhookRoom
from services.notify.routes import Gate, HubDesk, Pausing, People, Replaying, Wires, notify_app
from services.notify.settings import NotifySettings
from shared.events import ChangeNumbered, CommentAnswered, PublishersChanged, StoryKilled, StoryLive, StoryRedacted
from shared.runtime import Lent, Service
from shared.runtime.directory import Callers, DirectoryCopy
from shared.runtime.owed import Limit, Owed
from shared.runtime.paths import HUB
from shared.runtime.redacting import redacting
from shared.theme import Theme, direction

#: What wakes the workers of every replica.
DELIVERIES = "deliveries"
#: How long each kind of work may be overdue.
LIMITS = {
    "mail": Limit(300, "Mail waits: does the relay of NEWSWIRE_MAIL_URL answer? `newswire delivery list` shows it."),
    "webhook": Limit(300, "Webhooks wait though they are due: notify is busy or stuck; look at its log."),
    "websub": Limit(300, "The hub's subscribers wait though they are due: can notify read our feeds? Look at its log."),
    "digest": Limit(600, "Digests are due and not made: notify is busy or stuck; look at its log."),
    "sweep": Limit(60, "A worker died while it was sending, and nobody has settled its rows; look at notify's log."),
}


async def build(lent: Lent) -> Service:  # noqa: PLR0915 - a composition root reads from top to bottom
    """Wire notify: the ledger between its handlers, its workers and its part of the site and the API."""
    settings = NotifySettings.of(lent.settings)
    database = lent.database("notify", True)  # noqa: FBT003 - durable: a 202 means kept
    bus = lent.bus("notify")
    key = await secret(database)
    mark, leaving = hashlib.sha256(key).hexdigest()[:8], Leaving.of(key)
    theme = Theme.of(settings)
    masthead = _masthead(settings, theme)
    lease = timedelta(seconds=2 * settings.lease_seconds)
    ledger = SqlLedger(database, resend=settings.notify_uncertain == "resend", lease=lease)
    digests, reports, endpoints = SqlDigests(database), SqlReports(database), SqlEndpoints(database)
    wake = partial(bus.wake, DELIVERIES)
    subscribers = SqlSubscribers(database, settings.public_url, wake)
    correspondents = SqlCorrespondents(database, settings.public_url, wake)
    directory = DirectoryCopy(database, tables.directory)
    mailer = _mailer(settings, masthead, mark)
    post = GuardedPost(lent.net, settings.allow_networks)
    courier = Courier(endpoints, post)
    composer = SplicingComposer(ledger, digests, masthead, leaving, mark)
    mail = MailRoom(ledger, composer, mailer, partial(secrets.token_hex, 8), settings.notify_mail_workers)
    hooks = WebhookRoom(ledger, endpoints, courier, secrets.token_hex(8), settings.notify_webhooks_in_flight)
    hub, feeds = SqlHub(database), PublicFeeds(lent.net, settings.proof_url, settings.public_url)
    hub_rows, verifier = SqlHubRows(database, lease), Verifier(hub, GuardedGet(lent.net))
    fanout = HubRoom(ledger, hub_rows, hub, feeds, post, settings.public_url + HUB, secrets.token_hex(8))
    for room in (mail, hooks, fanout):
        bus.on_wake(DELIVERIES, room.wake)
    changes = SqlChanges(database)
    handlers = NotifyHandlers(SqlPlans(database, settings.zone), changes, directory, wake)
    begin_counting()
    if lent.sole:
        await ledger.reclaim()
        await hub_rows.reclaim()
    bus.step(StoryLive, handlers.live)
    bus.step(StoryKilled, handlers.killed)
    bus.step(ChangeNumbered, handlers.numbered)
    bus.step(PublishersChanged, handlers.publishers)
    bus.step(CommentAnswered, answering(correspondents))
    bus.step(StoryRedacted, redacting("notify", SqlRedacting(database)))
    trusted, public_url = settings.trusted_proxies, settings.public_url
    people = People(subscribers, correspondents, theme, leaving, trusted, public_url)
    callers, pauses = Callers(directory, lent.admin_key), SqlPauses(database)
    asking = HubDesk(hub, feeds, post, Gate(trusted, public_url), public_url, verifier.wake)
    replaying, pausing = Replaying(changes, wake), Pausing(pauses, wake)
    wires = Wires(callers, endpoints, replaying, post, courier, reports, pausing, asking)
    owed = Owed("notify", LIMITS, [SqlOverdue(database).measure, mail.overdue, fanout.overdue], database.now)
    return Service(
        name="notify",
        app=notify_app(people, wires),
        bus=bus,
        databases=[database],
        loops={
            "mail": mail.run,
            "webhooks": hooks.run,
            "hub": fanout.run,
            "callbacks": verifier.run,
            "reports": Reporter(reports, bus).run,
            "sweeper": partial(sweeping, ledger, wake),
            "digests": partial(digesting, digests, wake),
            "pauses": partial(showing, pauses),
            "owed": owed.run,
        },
        owed=owed,
        on_stop=[mailer.close],
    )


def _masthead(settings: NotifySettings, theme: Theme) -> Masthead:
    name, address = parseaddr(settings.mail_from)
    return Masthead(
        title=settings.site_title,
        url=settings.public_url,
        host=address.rpartition("@")[2] or "localhost",
        sender_name=name,
        sender=address,
        imprint=settings.imprint,
        postal_address=settings.postal_address,
        language=settings.site_language,
        words=Words.of(theme.strings),
        day=lambda at: theme.date(at)["day"],
        topic=lambda one: named(one, theme.strings),
        direction=direction,
    )


def _mailer(settings: NotifySettings, masthead: Masthead, mark: str) -> MaildirMailer | SmtpMailer:
    url = settings.mail_url
    if url.startswith("maildir:"):
        return MaildirMailer(Path(url.removeprefix("maildir:").removeprefix("//")), mark)
    greeting = urlsplit(settings.public_url).hostname or "localhost"
    # Shorter than a row may be `sending` (four leases), so that nobody takes it over from a worker that lives.
    return SmtpMailer(Relay.of(url), masthead.sender, greeting, longest=3 * settings.lease_seconds)
