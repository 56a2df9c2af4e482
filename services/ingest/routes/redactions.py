"""Redact a story over HTTP: a court ordered that nothing of it be kept."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import FastAPI
from pydantic import AfterValidator, StringConstraints
from starlette.requests import Request
from starlette.responses import Response

from services.ingest.adapters.judging import Asked
from services.ingest.domain.commands import Kill
from services.ingest.domain.fields import Strict, validated
from services.ingest.domain.identity import Identity
from services.ingest.domain.problems import InvalidFields, Refused
from services.ingest.domain.redacting import KILL_REASON, Redaction
from services.ingest.domain.text import prose
from services.ingest.routes.answers import invalid, json, problem
from services.ingest.routes.described import answers, takes
from services.ingest.routes.parts import Parts
from services.ingest.routes.stories import LONGEST_BODY, Note
from shared.events import rfc3339
from shared.runtime.bodies import read_json
from shared.runtime.problems import Problem

#: Of a revive that came in between, and then of another …
TRIES = 5


class RedactFields(Strict):
    """Why, and who asked for it; both are for the operator, and kept."""

    reason: Note
    by: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(prose)
    ] = "admin"


def add_redactions(app: FastAPI, parts: Parts) -> None:
    """Put redactions on `app`."""

    @app.post(
        "/v1/stories/{external_id}/redact",
        tags=["stories"],
        summary="Overwrite its content everywhere, for good, and withdraw it (admin); again: how far it is",
        status_code=202,
        responses=answers({202: {"type": "object"}, 200: {"type": "object"}}, 400, 401, 403, 404, 409, 415, 422),
        openapi_extra=takes(RedactFields),
    )
    async def redact(external_id: str, request: Request) -> Response:
        await parts.callers.admin(request)
        try:
            fields = validated(RedactFields, await read_json(request, LONGEST_BODY))
        except InvalidFields as error:
            raise invalid(error) from None
        identity = await _identity(parts, external_id, request)
        before = await parts.redactions.one(identity.story_id)
        if before is None:
            await _redact(parts, identity, fields)
        found = await parts.redactions.one(identity.story_id)
        if found is None:
            raise Problem(409, "Conflict", "The story is revived again and again. Try once more.")
        return json(_shown(found, identity), 202 if before is None else 200)


async def _redact(parts: Parts, identity: Identity, fields: RedactFields) -> None:
    """Kill it if it is not killed, then overwrite it."""
    for _ in range(TRIES):
        outcome = await parts.log.submit(Asked(identity, Kill(KILL_REASON, None)))
        if isinstance(outcome, Refused):
            raise problem(outcome)
        if await parts.redactions.begin(identity.story_id, fields.by, fields.reason):
            return


async def _identity(parts: Parts, external_id: str, request: Request) -> Identity:
    """By `?publisher=` and the publisher's own id, or by the id that everybody else uses."""
    if "publisher" in request.query_params:
        publisher = await parts.callers.publisher(request, "push")
        return Identity(publisher, external_id)
    try:
        row = await parts.reading.story_by_id(str(UUID(external_id)))
    except ValueError:
        raise Problem(400, detail="Name the story by its story_id, or its publisher: ?publisher=<slug>.") from None
    if row is None:
        raise Problem(404, detail=f"There is no story {external_id}.")
    return Identity(row.publisher, row.external_id)


def _shown(found: Redaction, identity: Identity) -> dict[str, Any]:
    return {
        "story_id": found.story_id,
        "publisher": identity.publisher,
        "external_id": identity.external_id,
        "revision": found.revision,
        "status": "redacted" if found.done_at else "redacting",
        "by": found.actor,
        "reason": found.reason,
        "at": rfc3339(found.at),
        "done_at": rfc3339(found.done_at) if found.done_at else None,
        "confirmed": {service: rfc3339(at) for service, at in found.confirmed},
        "missing": list(found.missing),
    }
