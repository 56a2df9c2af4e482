"""Which icons does the site have at addresses that browsers, phones and search engines ask for by themselves?"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final, Protocol

from fastapi import Request

from services.site.domain.entries import Entry, page_entry
from shared.pages import Page

#: Fixed addresses cannot be kept for ever; a day spares asking with every page.
A_DAY: Final = b"public, max-age=86400"
SIZES: Final = {"/icon-192.png": 192, "/icon-512.png": 512, "/apple-touch-icon.png": 180}
FAVICON: Final = "/favicon.ico"


class Artist(Protocol):
    """Draws icons."""

    async def icon(self, size: int) -> bytes:
        """A square PNG."""

    async def favicon(self) -> bytes:
        """An ICO."""


def icons(artist: Artist) -> dict[str, Callable[[Request], Awaitable[Entry]]]:
    """Path → its answer; each is drawn when somebody asks for it first, and kept."""
    drawn: dict[str, Entry] = {}

    async def answer(request: Request, path: str) -> Entry:
        del request
        if path not in drawn:
            size = SIZES.get(path)
            body = await (artist.favicon() if size is None else artist.icon(size))
            page = Page("image/x-icon" if size is None else "image/png", body)
            drawn[path] = page_entry(
                content_type=page.content_type, encodings={"identity": body}, etag=page.name, cache=A_DAY
            )
        return drawn[path]

    return {path: partial(answer, path=path) for path in (FAVICON, *SIZES)}
