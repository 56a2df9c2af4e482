"""What does a caller hear when something goes wrong? A problem document (RFC 9457).

raise Problem(409, detail="The story was killed.")
"""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

import orjson
from fastapi.responses import Response
from pydantic_core import ErrorDetails

PROBLEM = "application/problem+json"


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
        headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", **self.headers}
        if self.status == HTTPStatus.UNAUTHORIZED:
            headers.setdefault("WWW-Authenticate", "Bearer")
        return Response(orjson.dumps(self.document()), self.status, headers, PROBLEM)


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


def _message(fault: ErrorDetails) -> str:
    match fault["type"]:
        case "missing":
            return "this field is required"
        case "extra_forbidden":
            return "unknown field"
        case _:
            return fault["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
