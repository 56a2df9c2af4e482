"""A story over HTTP: put, correct, kill, revive, read."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Annotated, Any, Final
from uuid import UUID

import orjson
from fastapi import FastAPI
from pydantic import AfterValidator, StringConstraints
from sqlalchemy import Row
from starlette.requests import Request
from starlette.responses import Response

from services.ingest.adapters.judging import Asked
from services.ingest.domain.commands import Command, Correct, Kill, NoteKind, Put, Revive
from services.ingest.domain.fields import StoryFields, Strict, pushed, validated, without_nulls
from services.ingest.domain.identity import identity
from services.ingest.domain.problems import InvalidFields, Refused
from services.ingest.domain.publishers import Caller
from services.ingest.domain.standing import Accepted, Unchanged
from services.ingest.domain.text import prose
from services.ingest.routes.answers import (
    etag,
    invalid,
    json,
    live_status,
    not_modified,
    precondition,
    problem,
    told,
    wait_seconds,
)
from services.ingest.routes.described import TOLD, answers, takes
from services.ingest.routes.parts import Parts
from shared.events import rfc3339
from shared.runtime.bodies import read_json
from shared.runtime.problems import Problem

LONGEST_BODY: Final = 2 * 1024 * 1024

#: A withdrawn page is gone at once, the lists that showed it some milliseconds later. Who asks whether a story is
#: killed means both, but a render that does not answer must not keep a kill from being done.
LISTS_FOLLOW: Final = timedelta(seconds=2)

Handler = Callable[[str, Request], Awaitable[Response]]

#: Stripped before it is measured: a note of blanks says nothing.
Note = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000), AfterValidator(prose)]


class CorrectFields(Strict):
    """What a correction says beside its patch."""

    note: Note
    kind: NoteKind = "correction"


class KillFields(Strict):
    """Why a story is withdrawn."""

    reason: Note
    public_note: Note | None = None


class ReviveFields(Strict):
    """Why a story is back."""

    note: Note


def add_stories(app: FastAPI, parts: Parts) -> None:
    """Put the routes of single stories on `app`."""
    done = answers({202: TOLD, 200: TOLD}, 400, 401, 403, 404, 409, 412, 413, 415, 422)

    def doing(verb: str, summary: str, body: dict[str, Any]) -> Callable[[Handler], Handler]:
        path = f"/v1/stories/{{external_id}}/{verb}"
        said: dict[str, Any] = {"status_code": 202, "responses": done, "openapi_extra": body}
        return app.post(path, tags=["stories"], summary=summary, **said)

    @app.put(
        "/v1/stories/{external_id}",
        tags=["stories"],
        summary="Publish a story, or replace all its fields",
        status_code=202,
        responses=done,
        openapi_extra=takes(StoryFields),
    )
    async def put(external_id: str, request: Request) -> Response:
        return await _act(parts, external_id, request, lambda data: Put(pushed(data)))

    @doing("correct", "Correct it, with a public note", takes(CorrectFields, open_to_more=True))
    async def correct(external_id: str, request: Request) -> Response:
        return await _act(parts, external_id, request, _correct)

    @doing("kill", "Withdraw it everywhere", takes(KillFields))
    async def kill(external_id: str, request: Request) -> Response:
        return await _act(parts, external_id, request, _kill)

    @doing("revive", "Bring a killed story back", takes(ReviveFields))
    async def revive(external_id: str, request: Request) -> Response:
        return await _act(parts, external_id, request, _revive)

    @app.get(
        "/v1/stories/{external_id}",
        tags=["stories"],
        summary="The pushed fields, and where the story stands",
        responses=answers({200: {"type": "object"}}, 401, 403, 404),
    )
    async def get(external_id: str, request: Request) -> Response:
        return await _read(parts, external_id, request)


async def _act(parts: Parts, external_id: str, request: Request, command: Callable[[Any], Command]) -> Response:
    publisher = await parts.callers.publisher(request, "push")
    data = await read_json(request, LONGEST_BODY)
    try:
        asked = Asked(identity(publisher, external_id), command(data), precondition(request))
    except InvalidFields as error:
        raise invalid(error) from None
    outcome = await parts.log.submit(asked)
    if isinstance(outcome, Refused):
        raise problem(outcome)
    return await _answer(parts, outcome, request)


async def _answer(parts: Parts, outcome: Accepted | Unchanged, request: Request) -> Response:
    answer = told(outcome, parts.links, admin="publisher" in request.query_params)
    newest = outcome.standing.newest
    headers = {"ETag": etag(newest.revision)}
    if isinstance(outcome, Unchanged):
        return json(answer, 200, headers)
    seconds = wait_seconds(request)
    if seconds is None or newest.release_at is not None:
        return json(answer, 202, headers)
    headers["Preference-Applied"] = f"wait={seconds}"
    story_id, receipt = newest.identity.story_id, newest.receipt
    if not await parts.waiting.until_live(story_id, newest.revision, seconds):
        return json(answer, 202, headers)
    if receipt is not None:
        await parts.waiting.until_out_of_lists(story_id, receipt, LISTS_FOLLOW.total_seconds())
    return json({**answer, "status": live_status(outcome.standing)}, 200, headers)


async def _read(parts: Parts, external_id: str, request: Request) -> Response:
    caller = await parts.callers.who(request, "read")
    row = await _found(parts, caller, external_id, request)
    headers = {"ETag": etag(row.revision)}
    if not_modified(request, row.revision):
        return Response(status_code=304, headers=headers)
    answer = {
        "story_id": row.story_id,
        "external_id": row.external_id,
        "publisher": row.publisher,
        "status": _status(row, await parts.reading.now()),
        "revision": row.revision,
        "seq": row.seq,
        "action": row.action,
        "accepted_at": rfc3339(row.accepted_at),
        "live_revision": row.live_revision,
        "live_at": rfc3339(row.live_at) if row.live_at else None,
        "links": parts.links.of(row.publisher, row.external_id, row.story_id, row.path, admin=caller.is_admin),
        "story": orjson.loads(bytes(row.content)),
    }
    return json(answer, 200, headers)


async def _found(parts: Parts, caller: Caller, external_id: str, request: Request) -> Row[Any]:
    """By the publisher's own id; else by the id that everybody else uses, which says whose story it is."""
    by_id = _is_uuid(external_id) and (not caller.is_admin or "publisher" not in request.query_params)
    row = await parts.reading.story_by_id(external_id.lower()) if by_id else None
    if row is not None and caller.publisher not in {None, row.publisher}:
        raise Problem(403, detail="This story belongs to another publisher.")
    if row is not None:
        return row
    publisher = await parts.callers.publisher(request, "read")
    try:
        row = await parts.reading.story(identity(publisher, external_id))
    except InvalidFields:
        row = None
    if row is None:
        raise Problem(404, detail=f"{publisher} has no story {external_id}.")
    return row


def _status(row: Row[Any], now: datetime) -> str:
    if row.state == "waiting":
        return "scheduled"
    if (row.live_revision or 0) < row.revision:
        return "accepted"
    if row.action == "kill" and not row.out_of_lists and now - row.live_at < LISTS_FOLLOW:
        return "accepted"
    return {"kill": "killed", "expire": "expired"}.get(row.action, "live")


def _correct(data: Any) -> Command:  # noqa: ANN401 - any JSON value
    if not isinstance(data, dict):
        raise InvalidFields([("", "must be a JSON object with a note and the fields that change")])
    told = {key: data[key] for key in ("note", "kind") if key in data}
    fields = validated(CorrectFields, without_nulls(told))
    return Correct(fields.note, fields.kind, {key: value for key, value in data.items() if key not in told})


def _kill(data: Any) -> Command:  # noqa: ANN401 - any JSON value
    fields = validated(KillFields, without_nulls(data) if isinstance(data, dict) else data)
    return Kill(fields.reason, fields.public_note)


def _revive(data: Any) -> Command:  # noqa: ANN401 - any JSON value
    return Revive(validated(ReviveFields, data).note)


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
