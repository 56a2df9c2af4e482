"""What do the HTTP sides of the services share: problems (RFC 9457), bodies with limits, keys, the caller's address?

    raise Problem(409, detail="The story was killed.")

Every app made by `new_app` answers `application/problem+json` for everything that goes wrong, also 404, 405 and 422.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Annotated, Any, Final, TypeVar

import orjson
from fastapi import FastAPI, Path, Query
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PROBLEM = "application/problem+json"
M = TypeVar("M", bound=BaseModel)
_PUBLISHER_KEY = re.compile(r"nw_[A-Za-z0-9_-]{43}")
Networks = Sequence[IPv4Network | IPv6Network]
#: No database counts further: its numbers are 64 bits wide, with a sign.
BEYOND: Final = 2**63
Cursor = Annotated[int, Query(ge=0, lt=BEYOND)]
RowNumber = Annotated[int, Path(ge=0, lt=BEYOND)]


class Problem(Exception):  # noqa: N818 - RFC 9457 calls it so
    """An answer that says what went wrong. `errors` are (JSON Pointer, message) pairs."""

    def __init__(
        self,
        status: int,
        title: str | None = None,
        detail: str | None = None,
        errors: Iterable[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """`title` defaults to the status' own phrase."""
        self.status = status
        self.title = title or HTTPStatus(status).phrase
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        super().__init__(detail or self.title)

    def document(self) -> dict[str, Any]:
        """The problem as a JSON object; also a line of a batch's answer."""
        found: dict[str, Any] = {"type": "about:blank", "title": self.title, "status": self.status}
        if self.detail:
            found["detail"] = self.detail
        if self.errors:
            found["errors"] = [{"path": path, "message": message} for path, message in self.errors]
        return found

    def response(self) -> Response:
        """The answer; never stored by a cache."""
        headers = {"Cache-Control": "no-store", **self.headers}
        if self.status == HTTPStatus.UNAUTHORIZED:
            headers.setdefault("WWW-Authenticate", "Bearer")
        return Response(orjson.dumps(self.document()), self.status, headers, PROBLEM)


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


def new_app(title: str) -> FastAPI:
    """An app without pages of its own whose every error is a problem document."""
    app = FastAPI(title=title, docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(ClientDisconnect, _on_leave)
    app.add_exception_handler(Exception, _on_crash)
    app.add_middleware(HeadAsGet)
    return app


def bearer(request: HTTPConnection) -> str | None:
    """The key of `Authorization: Bearer …`, None without one."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    return key.strip() or None if scheme.lower() == "bearer" else None


def is_publisher_key(text: str) -> bool:
    """Could this be a publisher's key? Who has no directory, or an old copy, can tell nonsense from it."""
    return _PUBLISHER_KEY.fullmatch(text) is not None


async def read_body(request: Request, limit: int) -> bytes:
    """The body, at most `limit` bytes of it; 413 when it is larger, however it is sent."""
    if int(request.headers.get("content-length") or 0) > limit:
        raise too_large(limit)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise too_large(limit)
    return bytes(body)


async def read_json(request: Request, limit: int) -> Any:  # noqa: ANN401 - any JSON value
    """The body as JSON: 413 too large, 415 another type, 400 not UTF-8 or not JSON."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in {"", "application/json"} and not kind.endswith("+json"):
        raise Problem(415, detail=f"Send application/json, not {kind}.")
    require_plain(request)
    return decode_json(await read_body(request, limit))


def require_plain(request: Request) -> None:
    """415 for a compressed body: how large it becomes is known only after it was unpacked."""
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Problem(415, detail="Send the body without a Content-Encoding.")


def decode_json(body: bytes) -> Any:  # noqa: ANN401 - any JSON value
    """`body` as JSON; 400 with the position when it is not."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        if not _is_utf8(body):
            raise Problem(400, "Invalid UTF-8", "The body is not UTF-8 text.") from None
        detail = f"The body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        raise Problem(400, "Broken JSON", detail) from None


def parse(model: type[M], data: Any) -> M:  # noqa: ANN401 - any JSON value
    """`data` (decoded JSON) as a `model`, without guessing types (`"1"` is no number); 422 with JSON Pointers."""
    try:
        return model.model_validate_json(orjson.dumps(data), strict=True)
    except ValidationError as error:
        raise invalid(error.errors(include_url=False, include_context=False, include_input=False)) from None


def invalid(faults: Iterable[ErrorDetails]) -> Problem:
    """Validation errors of pydantic as a 422."""
    errors = [(pointer(fault["loc"]), _message(fault)) for fault in faults]
    return Problem(422, "Invalid fields", "; ".join(f"{path or 'body'}: {text}" for path, text in errors[:3]), errors)


def pointer(location: Iterable[str | int]) -> str:
    """A JSON Pointer (RFC 6901) to a place in a body."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in location)


def nothing_at(path: str) -> Problem:
    """The 404 for an address that leads nowhere."""
    return Problem(404, detail=f"There is nothing at {path}.")


def not_allowed(path: str, methods: Iterable[str]) -> Problem:
    """The 405 that says what an address takes."""
    named = ", ".join(sorted(methods))
    return Problem(405, detail=f"{path} takes {named}.", headers={"Allow": named})


def too_large(limit: int) -> Problem:
    """The 413 for a body above `limit` bytes; the connection is of no further use."""
    return Problem(413, detail=f"The body may have at most {limit} bytes.", headers={"Connection": "close"})


def client_ip(request: HTTPConnection, trusted: Networks) -> str:
    """Who calls? Walks `X-Forwarded-For` from the right, past proxies that we trust; empty when unknown."""
    address = request.client.host if request.client else ""
    hops = [hop.strip() for line in request.headers.getlist("x-forwarded-for") for hop in line.split(",")]
    while hops and _within(address, trusted):
        address = hops.pop()
    return address


def _within(address: str, networks: Networks) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return any(found in network for network in networks)


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _message(fault: ErrorDetails) -> str:
    match fault["type"]:
        case "missing":
            return "this field is required"
        case "extra_forbidden":
            return "unknown field"
        case _:
            return fault["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")


async def _on_problem(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)  # noqa: S101 - registered for nothing else
    return error.response()


async def _on_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for nothing else
    # Parameters are judged before a route can ask for the key, and who has none learns nothing else.
    if request.scope["path"].startswith("/v1/") and bearer(request) is None:
        return Problem(401, detail="Send `Authorization: Bearer <key>`.").response()
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
