"""Let a story go down the line again, make the whole site again from the log, or compare the two, over HTTP."""

from typing import Any, Literal

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from services.ingest.adapters.rebuilds import Run
from services.ingest.domain.fields import Strict, validated
from services.ingest.domain.identity import identity
from services.ingest.domain.problems import InvalidFields
from services.ingest.routes.answers import invalid, json
from services.ingest.routes.described import answers, takes
from services.ingest.routes.parts import Parts
from services.ingest.routes.stories import LONGEST_BODY
from shared.events import rfc3339
from shared.runtime.bodies import read_json
from shared.runtime.problems import Problem

MOST = 20


class RebuildFields(Strict):
    """`rebuild` makes pages, lists, feeds and search again; `audit` only compares; `repair` compares and mends."""

    mode: Literal["rebuild", "audit", "repair"] = "rebuild"


def add_rebuilds(app: FastAPI, parts: Parts) -> None:
    """Put the routes of replays, rebuilds and audits on `app`."""
    _add_replay(app, parts)

    @app.post(
        "/v1/rebuilds",
        tags=["rebuilds"],
        summary="Make the site again from the log, or compare it with the log; one at a time",
        status_code=202,
        responses=answers({202: {"type": "object"}}, 400, 401, 403, 409, 415, 422),
        openapi_extra=takes(RebuildFields),
    )
    async def begin(request: Request) -> Response:
        await parts.callers.admin(request)
        try:
            fields = validated(RebuildFields, await read_json(request, LONGEST_BODY))
        except InvalidFields as error:
            raise invalid(error) from None
        run = await parts.rebuilds.begin(fields.mode)
        if run is None:
            raise Problem(409, "Conflict", "A rebuild or an audit is running. Wait until it is done.")
        await parts.child.start(run.id)
        return json(_shown(run), 202, {"Location": f"{parts.links.public_url}/v1/rebuilds/{run.id}"})

    @app.get("/v1/rebuilds", tags=["rebuilds"], summary="The last rebuilds and audits, newest first")
    async def every(request: Request) -> Response:
        await parts.callers.admin(request)
        found = [_shown(run) for run in await parts.rebuilds.newest(MOST)]
        return json({"rebuilds": [{**one, "findings": len(one["findings"])} for one in found]})

    @app.get("/v1/rebuilds/{run}", tags=["rebuilds"], summary="How far one is, and what it found")
    async def one(run: str, request: Request) -> Response:
        await parts.callers.admin(request)
        found = await parts.rebuilds.one(run.lower())
        if found is None:
            raise Problem(404, detail=f"There is no rebuild {run}.")
        return json(_shown(found))


def _add_replay(app: FastAPI, parts: Parts) -> None:
    @app.post(
        "/v1/stories/{external_id}/replay",
        tags=["rebuilds"],
        summary="Let a story go down the line again; nobody hears of it twice",
        status_code=202,
        responses=answers({202: {"type": "object"}}, 401, 403, 404),
    )
    async def replay(external_id: str, request: Request) -> Response:
        publisher = await parts.callers.publisher(request, "push")
        try:
            story_id = identity(publisher, external_id).story_id
        except InvalidFields as error:
            raise invalid(error) from None
        driven = await parts.replay.again([story_id])
        if not driven:
            raise Problem(404, detail=f"No revision of {external_id} has been published by {publisher}.")
        return json({"story_id": story_id, "external_id": external_id, "revision": driven[0][1]}, 202)


def _shown(run: Run) -> dict[str, Any]:
    told = {name: getattr(run, name) for name in ("id", "mode", "state", "phase", "done", "total", "error")}
    times = {name: rfc3339(getattr(run, name)) for name in ("started_at", "changed_at")}
    return {**told, **times, "findings": list(run.findings)}
