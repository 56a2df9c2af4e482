"""What has become live, and what a kill reached, over HTTP."""

from collections.abc import Sequence
from typing import Annotated, Any

import orjson
from fastapi import FastAPI, Query
from sqlalchemy import Row
from starlette.requests import Request
from starlette.responses import Response

from services.ingest.routes.answers import Links, json
from services.ingest.routes.parts import Parts
from shared.events import rfc3339
from shared.runtime.problems import Problem


def add_changes(app: FastAPI, parts: Parts) -> None:
    """Put the change cursor and the receipts on `app`."""

    @app.get("/v1/changes", tags=["changes"], summary="What became live after a number, in that order")
    async def changes(
        request: Request,
        after: Annotated[int, Query(ge=0, le=2**62)] = 0,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> Response:
        await parts.callers.who(request, "read")
        rows = await parts.reading.changes(after, limit + 1)
        shown = rows[:limit]
        found = {
            "changes": [_change(row, parts.links) for row in shown],
            "next": shown[-1].seq if shown else after,
            "more": len(rows) > limit,
        }
        return json(found)

    @app.get("/v1/receipts/{receipt}", tags=["stories"], summary="What a kill reached")
    async def receipt(receipt: str, request: Request) -> Response:
        caller = await parts.callers.who_any(request)
        found = await parts.reading.receipt(receipt.lower())
        if found is None or caller.publisher not in {None, found[0].publisher}:
            raise Problem(404, detail=f"There is no receipt {receipt}.")
        return json(_receipt(*found, parts.channels))


def _change(row: Row[Any], links: Links) -> dict[str, Any]:
    return {
        "seq": row.seq,
        "story_id": row.story_id,
        "publisher": row.publisher,
        "external_id": row.external_id,
        "revision": row.revision,
        "action": row.told,
        "at": rfc3339(row.live_at),
        "url": links.page(row.path),
        "story": None if row.gone or row.content is None else orjson.loads(bytes(row.content)),
    }


def _receipt(kill: Row[Any], said: list[Row[Any]], wanted: Sequence[str]) -> dict[str, Any]:
    pending = {"outcome": "pending", "at": None, "detail": "", "retrying": True}
    channels: dict[str, dict[str, Any]] = dict.fromkeys(wanted, pending)
    for one in said:
        told = {"outcome": one.outcome, "at": rfc3339(one.at), "detail": one.detail, "retrying": one.retrying}
        channels[one.channel] = told
    return {
        "id": kill.receipt,
        "state": kill.ended or ("open" if any(one["retrying"] for one in channels.values()) else "complete"),
        "story_id": kill.story_id,
        "publisher": kill.publisher,
        "external_id": kill.external_id,
        "revision": kill.revision,
        "reason": kill.reason,
        "public_note": kill.note,
        "accepted_at": rfc3339(kill.accepted_at),
        "live_at": rfc3339(kill.live_at) if kill.live_at else None,
        "channels": channels,
    }
