"""Pictures over HTTP: one file in, an address out that serves as `image.url`."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Annotated, Final

from fastapi import FastAPI
from pydantic import BaseModel, Field
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request
from starlette.responses import Response

from services.ingest.adapters.pictures import NoPicture, sniff
from services.ingest.routes.answers import json
from services.ingest.routes.described import answers, takes
from services.ingest.routes.parts import Parts
from shared.pages import bare
from shared.runtime.bodies import read_body
from shared.runtime.problems import Problem, too_large

LARGEST: Final = 20 * 1024 * 1024
#: What the multipart form around the file may take.
_FORM: Final = 64 * 1024


class _Form(BaseModel):
    """What is sent."""

    file: Annotated[bytes, Field(json_schema_extra={"format": "binary"})]


def add_media(app: FastAPI, parts: Parts) -> None:
    """Put the upload on `app`."""

    @app.post(
        "/v1/media",
        tags=["media"],
        summary="Upload a picture (multipart field `file`)",
        status_code=201,
        responses=answers({201: {"type": "object"}}, 400, 401, 403, 413, 415, 422),
        openapi_extra=takes(_Form, kind="multipart/form-data"),
    )
    async def upload(request: Request) -> Response:
        await parts.callers.who(request, "push")
        body = await _file(request)
        try:
            picture = await asyncio.to_thread(sniff, body)
        except NoPicture as error:
            raise Problem(415, detail=str(error)) from None
        # Before it is kept: neither the store nor a backup shall know where it was taken.
        body = await asyncio.to_thread(bare, body)
        key = await parts.media.put_media(body, picture.suffix)
        url = f"{parts.links.public_url}/{key}"
        told = {
            "url": url,
            "content_type": picture.content_type,
            "width": picture.width,
            "height": picture.height,
            "bytes": len(body),
        }
        return json(told, 201, {"Location": url})


async def _file(request: Request) -> bytes:
    """The bytes of the form's `file`."""
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise Problem(415, detail="Send multipart/form-data with a field `file`.")
    body = await read_body(request, LARGEST + _FORM)

    async def whole() -> AsyncGenerator[bytes]:
        yield body

    try:
        form = await MultiPartParser(request.headers, whole(), max_files=1, max_fields=20).parse()
    except (MultiPartException, KeyError) as error:
        raise Problem(400, "Broken form", f"The form cannot be read: {error}.") from None
    try:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise Problem(422, "Invalid fields", "The form has no file.", [("/file", "this field is required")])
        found = await file.read()
    finally:
        await form.close()
    if len(found) > LARGEST:
        raise too_large(LARGEST)
    return found
