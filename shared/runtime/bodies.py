"""How is the body of a request read? Within a limit, as JSON, into a model: each fault has its own problem."""

from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from shared.runtime.problems import Problem, invalid, too_large

M = TypeVar("M", bound=BaseModel)


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


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True
