"""Publishers and their keys, for the admin."""

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import FastAPI
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from services.ingest.domain.fields import Strict, validated
from services.ingest.domain.problems import InvalidFields
from services.ingest.domain.publishers import SCOPES, Scope
from services.ingest.domain.text import Name
from services.ingest.routes.answers import invalid, json
from services.ingest.routes.described import answers, takes
from services.ingest.routes.parts import Parts
from services.ingest.routes.stories import LONGEST_BODY
from shared.events import rfc3339
from shared.runtime.bodies import read_json
from shared.runtime.problems import Problem


class PublisherFields(Strict):
    """A publisher; a partner has only `read`."""

    name: Name
    scopes: Annotated[list[Scope], Field(min_length=1)] = list(SCOPES)  # noqa: RUF012 - pydantic copies defaults


def add_publishers(app: FastAPI, parts: Parts) -> None:
    """Put the routes of publishers on `app`."""
    _add_keys(app, parts)

    @app.post(
        "/v1/publishers",
        tags=["publishers"],
        summary="Add a publisher; its key is shown this once",
        status_code=201,
        responses=answers({201: {"type": "object"}}, 400, 401, 403, 413, 415, 422),
        openapi_extra=takes(PublisherFields),
    )
    async def create(request: Request) -> Response:
        await parts.callers.admin(request)
        try:
            fields = validated(PublisherFields, await read_json(request, LONGEST_BODY))
        except InvalidFields as error:
            raise invalid(error) from None
        scopes = [scope for scope in SCOPES if scope in fields.scopes]
        row, key = await parts.publishers.create(fields.name.strip(), scopes)
        parts.announcing.changed()
        location = f"{parts.links.public_url}/v1/publishers/{quote(row['slug'])}"
        return json({**_shown(row), "key": key}, 201, {"Location": location})

    @app.get("/v1/publishers", tags=["publishers"], summary="Every publisher, oldest first")
    async def every(request: Request) -> Response:
        await parts.callers.admin(request)
        return json({"publishers": [_shown(row) for row in await parts.publishers.all()]})

    @app.get("/v1/publishers/{slug}", tags=["publishers"], summary="One publisher")
    async def one(slug: str, request: Request) -> Response:
        await parts.callers.admin(request)
        return json(_shown(_known(await parts.publishers.one(slug), slug)))


def _add_keys(app: FastAPI, parts: Parts) -> None:
    @app.post("/v1/publishers/{slug}/rotate", tags=["publishers"], summary="A new key; the old one ends at once")
    async def rotate(slug: str, request: Request) -> Response:
        await parts.callers.admin(request)
        rotated = await parts.publishers.rotate(slug)
        if rotated is None:
            raise _unknown(slug)
        await parts.announcing.everywhere()
        return json({**_shown(rotated[0]), "key": rotated[1]})

    @app.post("/v1/publishers/{slug}/disable", tags=["publishers"], summary="Its key counts no more")
    async def disable(slug: str, request: Request) -> Response:
        return await _set_active(parts, slug, request, active=False)

    @app.post("/v1/publishers/{slug}/enable", tags=["publishers"], summary="Its key counts again")
    async def enable(slug: str, request: Request) -> Response:
        return await _set_active(parts, slug, request, active=True)


async def _set_active(parts: Parts, slug: str, request: Request, *, active: bool) -> Response:
    await parts.callers.admin(request)
    row = _known(await parts.publishers.set_active(slug, active=active), slug)
    await parts.announcing.everywhere()
    return json(_shown(row))


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    # `publisher` is what the slug is called everywhere else.
    return {"publisher": row["slug"], **row, "created_at": rfc3339(row["created_at"])}


def _known(row: dict[str, Any] | None, slug: str) -> dict[str, Any]:
    if row is None:
        raise _unknown(slug)
    return row


def _unknown(slug: str) -> Problem:
    return Problem(404, detail=f"There is no publisher {slug}.")
