"""What does a process lend to its services, and what does each give back?"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from fastapi import FastAPI
from starlette.types import ASGIApp

from shared.bus import Bus
from shared.database import Database
from shared.net import Net
from shared.pages import Pages
from shared.runtime.owed import Owed
from shared.settings import Settings

#: Something that a service does for ever, or checks, or does once at the end.
Work = Callable[[], Awaitable[None]]


class OpenDatabase(Protocol):
    """Opens a service's database; `durable` forces each commit to disk."""

    def __call__(self, service: str, durable: bool) -> Database:  # noqa: FBT001 - the shape that composition roots call
        """The database; whoever asked names it in `Service.databases`, and the process closes it."""


@dataclass(frozen=True)
class Lent:
    """What every composition root gets. The process opened all of it and will close it."""

    settings: Settings
    redis_url: str
    bus: Callable[[str], Bus]
    database: OpenDatabase
    pages: Pages
    net: Net
    admin_key: str
    #: Nobody else runs this service on this state: what a dead consumer left is free at once.
    sole: bool


@dataclass
class Service:
    """What a composition root returns: a service, wired and not yet started."""

    name: str
    app: ASGIApp | None
    bus: Bus
    databases: Sequence[Database] = ()
    #: Each runs for ever; one that returns or raises is logged, counted and begun again with backoff.
    loops: Mapping[str, Work] = field(default_factory=dict)
    #: Each raises when the service is not ready.
    checks: Mapping[str, Work] = field(default_factory=dict)
    on_stop: Sequence[Work] = ()
    #: What it owes, measured; the process answers for it at `/v1/owed/{service}`.
    owed: Owed | None = None
    #: What documents the service's API when `app` is not a FastAPI app itself.
    api: FastAPI | None = None

    @property
    def documented(self) -> FastAPI | None:
        """The app whose routes are the service's part of the API."""
        return self.api or (self.app if isinstance(self.app, FastAPI) else None)


#: A service's composition root: `services.X.app.build`.
Builder = Callable[[Lent], Awaitable[Service]]
