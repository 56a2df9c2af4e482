"""Ingest's part of the API."""

from fastapi import FastAPI

from services.ingest.routes.batch import add_batch
from services.ingest.routes.changes import add_changes
from services.ingest.routes.media import add_media
from services.ingest.routes.parts import Parts
from services.ingest.routes.publishers import add_publishers
from services.ingest.routes.rebuilds import add_rebuilds
from services.ingest.routes.redactions import add_redactions
from services.ingest.routes.stories import add_stories
from shared.runtime.http import new_app


def ingest_app(parts: Parts) -> FastAPI:
    """Publishers push here, partners read here."""
    app = new_app("Newswire ingest", parts.callers.who_any)
    add_batch(app, parts)
    add_stories(app, parts)
    add_publishers(app, parts)
    add_changes(app, parts)
    add_media(app, parts)
    add_rebuilds(app, parts)
    add_redactions(app, parts)
    return app
