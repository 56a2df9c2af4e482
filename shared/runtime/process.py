"""How does a process live? It claims its data, listens, has Redis and the schemas ready, wires its services, stops."""

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

from shared import clock, telemetry
from shared.bus import Bus
from shared.database import Database
from shared.net import Net
from shared.pages import Pages
from shared.runtime.claims import SAMPLE_PENDING, admin_key, claim_services, leave_address, prepare
from shared.runtime.embedded import EmbeddedRedis
from shared.runtime.greeting import greeting
from shared.runtime.memory import settle, stay_small
from shared.runtime.migrate import migrate
from shared.runtime.outages import is_outage
from shared.runtime.paths import PORTS
from shared.runtime.probes import Probes
from shared.runtime.router import Router
from shared.runtime.server import Listener
from shared.runtime.service import Builder, Lent, Service
from shared.runtime.supervise import Supervisor, once_available, watch_lag, within
from shared.runtime.transport import over_tls
from shared.settings import Settings

log = telemetry.logger("runtime")

#: What runs once, after the first start on an empty data directory.
AfterStart = Callable[[Lent], Awaitable[None]]


def service_name(builder: Builder) -> str:
    """`ingest` for `services.ingest.app.build`."""
    return builder.__module__.split(".")[-2]


class Process:
    """One process with its services, from the claim on its data to the last closed file."""

    def __init__(self, settings: Settings, builders: Sequence[Builder], after_start: AfterStart | None = None) -> None:
        """Nothing happens yet."""
        self._settings = settings
        self._builders = builders
        self._names = [service_name(builder) for builder in builders]
        self._after_start = after_start
        self._signalled = asyncio.Event()
        self._supervisor = Supervisor(is_outage)
        self._services: list[Service] = []
        self._listeners: list[Listener] = []
        self._probes: Probes | None = None
        #: What was opened, to be closed in the opposite order: Redis last but for the claims, all else talks to it.
        self._opened = AsyncExitStack()

    async def run(self) -> None:
        """Start, serve until a signal comes, stop; CannotStart, NewerSchema and what a composition root raises."""
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, self._on_signal)
        life = asyncio.create_task(self._live(), name="life")
        told = asyncio.create_task(self._signalled.wait(), name="signal")
        watches = [asyncio.create_task(watch_lag(), name="lag"), asyncio.create_task(stay_small(), name="memory")]
        try:
            await asyncio.wait((life, told), return_when=asyncio.FIRST_COMPLETED)
            if life.done():
                life.result()
            await told
        finally:
            for task in (life, told, *watches):
                task.cancel()
            await asyncio.gather(life, told, *watches, return_exceptions=True)
            await self._stop()

    def _on_signal(self) -> None:
        if self._signalled.is_set():
            log.warning("stopping at once")
            raise SystemExit(1)
        self._signalled.set()

    async def _live(self) -> None:
        """Everything that a start does; then, the first time, what comes after it."""
        began = clock.monotonic()
        settings = self._settings
        sole = self._claim()
        key = admin_key(settings)
        self._probes = Probes(settings.site_title, key, settings.trusted_proxies)
        router = Router(self._probes)
        self._listen(router, self._probes)
        redis_url, _ = await asyncio.gather(self._have_redis(), self._migrate())
        lent = self._lend(redis_url, key, sole=sole)
        await self._have_services(lent)
        router.serve({service.name: service.app for service in self._services if service.app is not None})
        self._probes.attach(self._services)
        if len(self._names) == len(PORTS):  # a service alone answers for a part of the API only
            self._opened.callback(leave_address(settings).unlink, missing_ok=True)
        log.info("serving", services=",".join(self._names), seconds=round(clock.monotonic() - began, 2))
        sys.stdout.write(greeting(settings, self._names))
        sys.stdout.flush()
        settle()
        await self._first_time(lent)

    def _claim(self) -> bool:
        """Take the data directory; True when nobody else can run these services on this state."""
        settings = self._settings
        empty = prepare(settings)
        sole = settings.embedded or settings.sqlite
        if sole:
            for claim in claim_services(settings, self._names):
                self._opened.callback(claim.release)
        if empty and self._after_start is not None and settings.sample and settings.embedded:
            (settings.data_dir / SAMPLE_PENDING).touch()
        return sole

    def _listen(self, router: Router, probes: Probes) -> None:
        settings = self._settings
        self._listeners.append(Listener(over_tls(router, settings.public_url), settings.host, settings.port))
        if settings.metrics_port is not None:
            self._listeners.append(Listener(probes.metrics_only, settings.host, settings.metrics_port))
        for listener in self._listeners:
            listener.open()

    async def _have_redis(self) -> str:
        if self._settings.redis_url is not None:
            return self._settings.redis_url
        redis = EmbeddedRedis(self._settings.data_dir)
        self._opened.push_async_callback(within, 3.0, "redis", redis.stop)
        await redis.start()
        return redis.url

    async def _migrate(self) -> None:
        for builder in self._builders:
            source = Path(sys.modules[builder.__module__].__file__ or "")
            await once_available(
                partial(migrate_service, self._settings, service_name(builder), source.parent / "migrations"), is_outage
            )

    def _lend(self, redis_url: str, key: str, *, sole: bool) -> Lent:
        settings = self._settings
        client = Net(settings.allow_networks)
        self._opened.push_async_callback(within, 0.3, "net", client.close)
        return Lent(
            settings=settings,
            redis_url=redis_url,
            bus=lambda service: Bus(redis_url, service, is_outage=is_outage, sole=sole, lease_s=settings.lease_seconds),
            database=lambda service, durable: Database(settings.database_url, service, durable=durable),
            pages=Pages(settings.pages_url),
            net=client,
            admin_key=key,
            sole=sole,
        )

    async def _have_services(self, lent: Lent) -> None:
        self._opened.push_async_callback(self._stop_services)
        for builder in self._builders:
            self._services.append(await once_available(partial(builder, lent), is_outage))
        for service in self._services:
            await once_available(service.bus.start, is_outage)
            self._supervisor.run(service.name, service.loops)

    async def _first_time(self, lent: Lent) -> None:
        pending = self._settings.data_dir / SAMPLE_PENDING
        if self._after_start is None or not pending.exists():
            return
        try:
            await self._after_start(lent)
        except Exception:  # the process runner: what serves goes on serving
            log.exception("the first start's extra work failed; it is tried again at the next start")
            return
        pending.unlink(missing_ok=True)
        settle()

    async def _stop(self) -> None:
        """Answer no more, then close everything; within five seconds in all."""
        if self._probes is not None:
            self._probes.leave()
        for listener in self._listeners:
            await within(1.7, "http", listener.close)
        await self._opened.aclose()
        log.info("stopped")

    async def _stop_services(self) -> None:
        await within(0.5, "loops", self._supervisor.stop)
        for service in self._services:
            for work in service.on_stop:
                await within(0.4, service.name, work)
        await asyncio.gather(*(within(1.0, f"{service.name} bus", service.bus.stop) for service in self._services))
        for service in self._services:
            for each in service.databases:
                await within(0.5, f"{service.name} database", each.close)


async def migrate_service(settings: Settings, service: str, migrations: Path) -> None:
    """Bring one service's schema up to date."""
    opened = Database(settings.database_url, service)
    try:
        if await migrate(opened, migrations):
            log.info("schema is up to date", database=service)
    finally:
        await opened.close()
