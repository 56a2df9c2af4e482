"""Many stories in one request: NDJSON in, one NDJSON answer a line out, in the same order, of any size.

Lines are judged while later ones still arrive. A client that sends everything before it reads would block on its own
answers, so they go through a spool (memory, then a file) and the request is read on.
"""

import asyncio
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, suppress
from typing import IO, Any, Final

import orjson
from fastapi import FastAPI
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from services.ingest.adapters.judging import Asked
from services.ingest.domain.commands import Put
from services.ingest.domain.fields import ExternalId, StoryFields, pushed
from services.ingest.domain.identity import identity
from services.ingest.domain.problems import InvalidFields, Refused
from services.ingest.domain.standing import Outcome
from services.ingest.routes.answers import invalid, problem, told
from services.ingest.routes.described import TOLD, answers, takes
from services.ingest.routes.parts import Parts
from services.ingest.routes.stories import LONGEST_BODY
from shared import telemetry
from shared.runtime.bodies import decode_json, require_plain
from shared.runtime.problems import Problem, too_large

NDJSON: Final = "application/x-ndjson"
#: What lines of JSON are called; plain text and bytes are what clients say who were not told the type.
_TAKEN: Final = frozenset(
    {
        "",
        NDJSON,
        "application/ndjson",
        "application/jsonl",
        "application/x-jsonlines",
        "application/json",
        "text/plain",
        "application/octet-stream",
    }
)
GROUP: Final = 64
_IN_MEMORY: Final = 4 * 1024 * 1024
_PIECE: Final = 64 * 1024

log = telemetry.logger("ingest")
#: A line as it came; None for one that was too long to keep.
Line = bytes | None


class _BatchLine(StoryFields):
    """One line of the request."""

    external_id: ExternalId


def add_batch(app: FastAPI, parts: Parts) -> None:
    """Put the batch on `app`."""

    @app.post(
        "/v1/stories:batch",
        tags=["stories"],
        summary="Put many stories: NDJSON in, NDJSON out, streamed",
        responses=answers({200: TOLD}, 401, 403, 404, 415),
        openapi_extra=takes(_BatchLine, kind=NDJSON),
    )
    async def batch(request: Request) -> Response:
        publisher = await parts.callers.publisher(request, "push")
        admin = "publisher" in request.query_params
        _require_lines(request)
        require_plain(request)
        return Streamed(_answers(parts, publisher, request, admin=admin))


def _require_lines(request: Request) -> None:
    """415 for what says that it is something else: its lines would each be answered as broken JSON."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in _TAKEN:
        raise Problem(415, detail=f"Send {NDJSON} (a JSON object a line), not {kind}.")


class Streamed(Response):
    """Pieces as they come. Starlette's own class listens for the end of the request and so eats what we still read."""

    def __init__(self, pieces: AsyncGenerator[bytes]) -> None:
        """`pieces` are NDJSON."""
        super().__init__(media_type=NDJSON, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._pieces = pieces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send them all."""
        del scope, receive
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async with aclosing(self._pieces):
            async for piece in self._pieces:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


class Spool:
    """Answers that are written faster than they are read."""

    def __init__(self) -> None:
        """Empty; a file only when it grows."""
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed by `close`
        self._read = self._written = 0
        self._grown = asyncio.Event()
        self._ended = False

    def write(self, data: bytes) -> None:
        """Add to the end."""
        self._file.seek(self._written)
        self._written += self._file.write(data)
        self._grown.set()

    def end(self) -> None:
        """Nothing more comes."""
        self._ended = True
        self._grown.set()

    async def pieces(self) -> AsyncIterator[bytes]:
        """Everything, as it comes."""
        while True:
            self._grown.clear()
            while self._read < self._written:
                self._file.seek(self._read)
                piece = self._file.read(min(_PIECE, self._written - self._read))
                self._read += len(piece)
                yield piece
            if self._ended:
                return
            await self._grown.wait()

    def close(self) -> None:
        """Give the space back."""
        self._file.close()


async def _answers(parts: Parts, publisher: str, request: Request, *, admin: bool) -> AsyncGenerator[bytes]:
    spool = Spool()
    reader = asyncio.create_task(_judge_all(parts, publisher, request, spool, admin=admin))
    try:
        async for piece in spool.pieces():
            yield piece
        await reader
    finally:
        reader.cancel()
        with suppress(asyncio.CancelledError):
            await reader
        spool.close()


async def _judge_all(parts: Parts, publisher: str, request: Request, spool: Spool, *, admin: bool) -> None:
    try:
        async for lines in _groups(request):
            for answer in await _judge(parts, publisher, lines, admin=admin):
                spool.write(orjson.dumps(answer) + b"\n")
    except ClientDisconnect:
        log.warning("a batch broke off; what was answered is accepted", publisher=publisher)
    finally:
        spool.end()


async def _judge(parts: Parts, publisher: str, lines: Sequence[Line], *, admin: bool) -> list[dict[str, Any]]:
    """The answers to a group of lines."""
    read = [_asked(publisher, line) for line in lines]
    asked = [one for one in read if isinstance(one, Asked)]
    try:
        outcomes: list[Outcome | Problem] = [*await parts.log.submit_all(asked)]
    except Exception:
        log.exception("a part of a batch was not stored", publisher=publisher)
        outcomes = [Problem(503, detail="Not stored: the database is away. Send this line again.") for _ in asked]
    following = iter(outcomes)
    return [_answer(one, next(following) if isinstance(one, Asked) else None, parts, admin=admin) for one in read]


def _answer(
    read: "Asked | tuple[str | None, Problem]", outcome: Outcome | Problem | None, parts: Parts, *, admin: bool
) -> dict[str, Any]:
    if not isinstance(read, Asked):
        return {"external_id": read[0], "error": read[1].document()}
    if isinstance(outcome, Refused):
        outcome = problem(outcome)
    if isinstance(outcome, Problem) or outcome is None:
        fault = outcome or Problem(500, detail="This line was not judged.")
        return {"external_id": read.identity.external_id, "error": fault.document()}
    return told(outcome, parts.links, admin=admin)


def _asked(publisher: str, line: Line) -> "Asked | tuple[str | None, Problem]":
    """A line as a command, or whose it is (as far as it says) and what is wrong with it."""
    if line is None:
        return None, too_large(LONGEST_BODY)
    external_id: Any = None
    try:
        data = decode_json(line)
        if isinstance(data, dict):
            external_id = data.pop("external_id", None)
            return Asked(identity(publisher, external_id), Put(pushed(data)))
        fault = "must be a JSON object with external_id and the story's fields"
        return None, invalid(InvalidFields([("", fault)]))
    except InvalidFields as error:
        return external_id if isinstance(external_id, str) else None, invalid(error)
    except Problem as error:
        return None, error


async def _groups(request: Request) -> AsyncIterator[list[Line]]:
    """The request's lines, as many at a time as have arrived, up to a group."""
    rest, skipping = bytearray(), False
    async for chunk in request.stream():
        *ended, tail = chunk.split(b"\n")
        lines: list[Line] = []
        for piece in ended:
            rest += piece
            if skipping or len(rest) > LONGEST_BODY:
                lines.append(None)
            elif rest.strip():
                lines.append(bytes(rest))
            rest, skipping = bytearray(), False
        rest += tail
        if len(rest) > LONGEST_BODY:
            rest, skipping = bytearray(), True
        for start in range(0, len(lines), GROUP):
            yield lines[start : start + GROUP]
    if skipping or rest.strip():
        yield [None if skipping else bytes(rest)]
