"""What can be asked of notify over HTTP?"""

from dataclasses import dataclass
from typing import Protocol

from fastapi import FastAPI

from services.notify.domain.tokens import Leaving
from services.notify.routes.admin import Correspondents as AllCorrespondents
from services.notify.routes.admin import Ledger, add_admin
from services.notify.routes.admin import Subscribers as AllSubscribers
from services.notify.routes.answers import AnswerMail
from services.notify.routes.answers import Correspondents as OwnCorrespondence
from services.notify.routes.hub import Desk as HubDesk
from services.notify.routes.hub import add_hub
from services.notify.routes.pauses import Pausing, add_pauses
from services.notify.routes.replaying import Replaying, add_replay
from services.notify.routes.subscribe import Gate, add_subscribe
from services.notify.routes.subscribe import Subscribers as NewSubscribers
from services.notify.routes.subscriptions import Subscribers as OwnSubscriptions
from services.notify.routes.subscriptions import add_subscriptions
from services.notify.routes.tongues import Pages
from services.notify.routes.webhooks import Courier, Endpoints, Objections, add_webhooks
from shared.runtime.callers import Networks
from shared.runtime.directory import Callers
from shared.runtime.http import new_app

__all__ = ["Gate", "HubDesk", "Pausing", "People", "Replaying", "Wires", "notify_app"]


class Subscribers(NewSubscribers, OwnSubscriptions, AllSubscribers, Protocol):
    """All that the routes want of subscribers."""


class Correspondents(OwnCorrespondence, AllCorrespondents, Protocol):
    """All that the routes want of people who hear of answers."""


@dataclass(frozen=True)
class People:
    """What the pages for people stand on."""

    subscribers: Subscribers
    correspondents: Correspondents
    pages: Pages
    leaving: Leaving
    trusted: Networks
    public_url: str


@dataclass(frozen=True)
class Wires:
    """What the API for machines stands on."""

    callers: Callers
    endpoints: Endpoints
    replaying: Replaying
    guard: Objections
    courier: Courier
    ledger: Ledger
    pausing: Pausing
    hub: HubDesk


def notify_app(people: People, wires: Wires) -> FastAPI:
    """Notify's part of the site and of the API."""
    app = new_app("Newswire notify", wires.callers.who)
    add_subscribe(app, people.subscribers, people.pages, Gate(people.trusted, people.public_url))
    answers = AnswerMail(people.correspondents, people.pages, people.leaving.answers)
    add_subscriptions(app, people.subscribers, people.pages, people.leaving.stories, answers)
    add_admin(app, wires.callers, people.subscribers, people.correspondents, wires.ledger)
    add_pauses(app, wires.callers, wires.pausing)
    add_webhooks(app, wires.callers, wires.endpoints, wires.guard, wires.courier)
    add_replay(app, wires.callers, wires.endpoints, wires.replaying)
    add_hub(app, wires.callers, wires.hub)
    return app
