"""Ingest's part of the API."""

from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import Response

from services.ingest.routes.batch import add_batch
from services.ingest.routes.changes import add_changes
from services.ingest.routes.media import add_media
from services.ingest.routes.parts import Parts
from services.ingest.routes.publishers import add_publishers
from services.ingest.routes.rebuilds import add_rebuilds
from services.ingest.routes.stories import add_stories
from shared.database import is_outage
from shared.runtime.http import new_app
from shared.runtime.problems import Problem


def ingest_app(parts: Parts) -> FastAPI:
    """Publishers push here, partners read here."""
    app = new_app("Newswire ingest", parts.callers.who_any)
    app.add_exception_handler(SQLAlchemyError, _on_database)
    app.add_exception_handler(OSError, _on_database)
    add_batch(app, parts)
    add_stories(app, parts)
    add_publishers(app, parts)
    add_changes(app, parts)
    add_media(app, parts)
    add_rebuilds(app, parts)
    return app


async def _on_database(_request: Request, error: Exception) -> Response:
    """A database that is away is no fault of the caller's nor of ours: nothing was taken, try again."""
    if not is_outage(error):
        raise error
    detail = "Nothing was stored: the database is away. Try again."
    return Problem(503, detail=detail, headers={"Retry-After": "2"}).response()
