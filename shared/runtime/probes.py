"""What does a process say about itself over HTTP? `/healthz`, `/readyz`, `/metrics` and its documentation."""

import asyncio
import hmac
from collections.abc import Iterable, Sequence
from datetime import timedelta
from ipaddress import ip_address
from typing import Any

import orjson
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from shared import clock, telemetry
from shared.runtime.callers import Networks, bearer, client_ip
from shared.runtime.document import GUARDED, openapi, page
from shared.runtime.http import HeadAsGet
from shared.runtime.paths import OWED
from shared.runtime.problems import Problem, not_allowed, nothing_at
from shared.runtime.service import Service, Work

#: Seconds that one check may take, and that a result is good for (many may ask).
CHECK_S, FRESH_S = 2.0, 0.5
#: More than this between our clock and the database's, and due times would be judged differently by each process.
SKEW_MAX = timedelta(seconds=2)


class Probes:
    """The process' own addresses. It knows the services once they are wired."""

    def __init__(self, title: str, admin_key: str, trusted: Networks) -> None:
        """Not ready, until `attach`."""
        self._title, self._admin_key, self._trusted = title, admin_key, trusted
        self._services: Sequence[Service] = ()
        self._phase: str | None = "starting"
        self._found: tuple[float, list[str]] = (float("-inf"), [])
        self._answer = HeadAsGet(self._route)
        self._document: dict[str, object] | None = None

    def attach(self, services: Sequence[Service]) -> None:
        """The services run; from now on readiness is theirs."""
        self._services, self._phase = services, None

    def leave(self) -> None:
        """The process is stopping: send no more requests."""
        self._phase = "stopping"

    async def problems(self) -> list[str]:
        """What is wrong, in words; empty when ready."""
        if self._phase:
            return [self._phase]
        at, found = self._found
        if clock.monotonic() - at > FRESH_S:
            answers = await asyncio.gather(*(_problem(name, check) for name, check in self._checks()))
            found = [telemetry.mask(problem) for problems in answers for problem in problems]
            self._found = (clock.monotonic(), found)
            telemetry.READY.set(not found)
        return found

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        await self._answer(scope, receive, send)

    async def metrics_only(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI, for a listener of its own, which the operator keeps from the public."""
        if scope["type"] == "http":
            response = _metrics() if scope["path"] == "/metrics" else nothing_at(scope["path"]).response()
            await response(scope, receive, send)

    async def _route(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        try:
            response = await self._respond(Request(scope, receive))
        except Problem as problem:
            response = problem.response()
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:  # noqa: PLR0911 - one line an address
        if request.method != "GET":
            raise not_allowed(request.url.path, ("GET", "HEAD"))
        match request.url.path:
            case "/healthz":
                return _json({"status": "ok"})
            case "/readyz":
                problems = await self.problems()
                body = {"status": "not ready" if problems else "ready", "problems": problems}
                return _json(body, 503 if problems else 200)
            case "/metrics":
                self._allow(request)
                return _metrics()
            case "/v1/openapi.json":
                return _json(self._documented())
            case "/v1/docs":
                return Response(page(self._documented()), 200, GUARDED, "text/html; charset=utf-8")
            case path:
                return await self._owed(request, path.removeprefix(OWED))

    async def _owed(self, request: Request, name: str) -> Response:
        """What a service of this process owes; nothing else is left to be asked."""
        if not request.url.path.startswith(OWED):
            raise nothing_at(request.url.path)
        if not self._is_admin(request):
            raise Problem(401, detail="This needs the admin key.")
        for service in self._services:
            if service.name == name:
                return _json({"service": name, "problems": await self.problems(), "owed": await _measured(service)})
        raise nothing_at(request.url.path)

    def _documented(self) -> dict[str, object]:
        if self._document is None or not self._services:
            self._document = openapi(f"{self._title} API", self._services)
        return self._document

    def _allow(self, request: Request) -> None:
        """Metrics are for this machine and for the admin; a proxy on this machine speaks for somebody else."""
        if self._is_admin(request):
            return
        peer = request.client.host if request.client else ""
        caller = client_ip(request, self._trusted)
        for_another = caller == peer and ("x-forwarded-for" in request.headers or "forwarded" in request.headers)
        if bearer(request) is None and not for_another and _is_loopback(caller):
            return
        raise Problem(401, detail="Metrics need the admin key, or a request from this machine.")

    def _is_admin(self, request: Request) -> bool:
        key = bearer(request)
        return key is not None and hmac.compare_digest(key.encode(), self._admin_key.encode())

    def _checks(self) -> Iterable[tuple[str, "Work | _Telling"]]:
        for service in self._services:
            yield f"{service.name} bus", _Telling(service)
            for number, database in enumerate(service.databases):
                yield f"{service.name} database", database.ping
                if number == 0:
                    yield f"{service.name} clock", _Clock(service)
            for name, check in service.checks.items():
                yield f"{service.name} {name}", check


class _Telling:
    """The bus says itself what is wrong."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def __call__(self) -> list[str]:
        return list(await self._service.bus.problems())


class _Clock:
    """Is our clock the database's?"""

    def __init__(self, service: Service) -> None:
        self._database = service.databases[0]

    async def __call__(self) -> None:
        skew = await self._database.skew()
        if abs(skew) > SKEW_MAX:
            raise ValueError(f"this machine's clock is {skew.total_seconds():+.1f} s from the database's")


async def _measured(service: Service) -> list[dict[str, Any]]:
    if service.owed is None:
        return []
    try:
        async with asyncio.timeout(CHECK_S):
            return await service.owed.shown()
    except Exception as error:  # the process runner: a database that is away is what /readyz tells of
        raise Problem(503, detail=f"What {service.name} owes is not known now; see /readyz.") from error


async def _problem(name: str, check: "Work | _Telling") -> list[str]:
    try:
        async with asyncio.timeout(CHECK_S):
            return [f"{name}: {problem}" for problem in await check() or ()]
    except TimeoutError:
        return [f"{name}: no answer within {CHECK_S:g} s"]
    except Exception as error:  # noqa: BLE001 - the process runner: whatever a check raises is what is wrong
        return [f"{name}: {str(error).splitlines()[0] if str(error) else type(error).__name__}"]


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


def _metrics() -> Response:
    return Response(generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"})


def _json(value: object, status: int = 200) -> Response:
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return Response(orjson.dumps(value), status, headers, "application/json")
