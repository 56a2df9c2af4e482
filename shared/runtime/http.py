"""What do the HTTP sides of the services share? An app whose every error is a problem document, also 404 and 405."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import FastAPI, Path, Query
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic_core import ErrorDetails
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.runtime.outages import KINDS, is_outage, what_is_away
from shared.runtime.problems import Problem, invalid, not_allowed, nothing_at
from shared.telemetry import logger

#: No database counts further: its numbers are 64 bits wide, with a sign.
BEYOND: Final = 2**63
#: When to come back while something is away (s); nobody knows when it will be there again.
RETRY_AFTER: Final = "2"
Cursor = Annotated[int, Query(ge=0, lt=BEYOND)]
RowNumber = Annotated[int, Path(ge=0, lt=BEYOND)]
Admit = Callable[[Request], Awaitable[object]]
log = logger("http")


class HeadAsGet:
    """HEAD is GET without the body (RFC 9110, 9.3.2), so routes need not say it twice."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Ask for GET and drop the body."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self._app({**scope, "method": "GET"}, receive, without_body)


class NoNul:
    """No text that is stored holds a NUL character (PostgreSQL has none), so none is looked for."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse an address of the API that holds one, and any parameter; pages for people have their own words."""
        path = scope.get("path", "")
        if "\0" in path and path.startswith("/v1/"):
            await nothing_at(path).response()(scope, receive, send)
        elif b"%00" in scope.get("query_string", b""):
            await Problem(400, detail="A parameter holds a NUL character.").response()(scope, receive, send)
        else:
            await self._app(scope, receive, send)


class NoSniff:
    """What is said to programs is no page, whatever a browser would make of it."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the header, unless it is there."""

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("X-Content-Type-Options", "nosniff")
            await send(message)

        await self._app(scope, receive, told)


def new_app(title: str, admit: Admit | None = None) -> FastAPI:
    """An app without pages of its own whose every error is a problem document.

    `admit` raises a Problem for who has no valid key. It is asked when parameters are wrong: they are judged before a
    route can ask for the key, and who has none learns nothing else.
    """
    app = FastAPI(title=title, docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    app.state.admit = admit
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(ClientDisconnect, _on_leave)
    for kind in KINDS:
        app.add_exception_handler(kind, _on_outage)
    app.add_exception_handler(Exception, _on_crash)
    app.add_middleware(NoSniff)
    app.add_middleware(NoNul)
    app.add_middleware(HeadAsGet)
    return app


async def _on_problem(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)  # noqa: S101 - registered for nothing else
    return error.response()


async def _on_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for nothing else
    admit: Admit | None = request.app.state.admit
    if admit is not None and request.scope["path"].startswith("/v1/"):
        try:
            await admit(request)
        except Problem as refused:
            return refused.response()
        except KINDS as away:
            return await _on_outage(request, away)
    faults = error.errors()
    if any(fault["loc"][0] == "path" for fault in faults):
        return nothing_at(request.scope["path"]).response()
    if any(fault["type"] == "json_invalid" for fault in faults):
        return Problem(400, "Broken JSON", "The body is not JSON.").response()
    return invalid(ErrorDetails(type=f["type"], msg=f["msg"], input=None, loc=f["loc"][1:]) for f in faults).response()


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for nothing else
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return not_allowed(request.scope["path"], _methods(request)).response()
    if error.status_code == HTTPStatus.NOT_FOUND:
        return nothing_at(request.scope["path"]).response()
    return Problem(error.status_code, detail=error.detail, headers=error.headers).response()


async def _on_leave(_request: Request, error: Exception) -> Response:
    del error  # Who hung up in the middle of a request is no fault of ours, and reads no answer.
    return Problem(400, detail="The connection ended before the body did.").response()


async def _on_outage(request: Request, error: Exception) -> Response:
    """What is away is no fault of the caller's nor of ours: try again."""
    if not is_outage(error):
        raise error
    log.warning("cannot answer", path=request.scope["path"], error=error)
    detail = f"This was not done: {what_is_away(error)} is away. Try again."
    return Problem(503, detail=detail, headers={"Retry-After": RETRY_AFTER}).response()


def _methods(request: Request) -> set[str]:
    """Every method of an address (RFC 9110, 15.5.6): the framework names those of the first route only."""
    found: set[str] = set()
    for route in request.app.routes:
        if route.matches(request.scope)[0] is not Match.NONE:
            found |= set(getattr(route, "methods", None) or ())
    return found | {"HEAD"} if "GET" in found else found


async def _on_crash(_request: Request, error: Exception) -> Response:
    del error  # the server logs it, with its traceback; the caller learns nothing of our insides
    return Problem(500, detail="This is a fault of ours. Nothing was lost by it; try again later.").response()
