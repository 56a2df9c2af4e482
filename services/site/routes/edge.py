"""How does a reader's request find its answer with as little work as possible?

The outermost layer is a bare ASGI callable. A page in memory needs one dictionary look-up, one walk over the request's
headers and two messages that were made when the page entered memory. Everything else goes to `readers`.
"""

from typing import Final, Protocol

from starlette.types import ASGIApp, Receive, Scope, Send

from services.site.domain.conditional import not_modified_since, tag_matches
from services.site.domain.entries import Entry, Variant
from services.site.domain.feed_view import asks
from services.site.domain.negotiation import order

_NOTHING: Final = {"type": "http.response.body", "body": b""}
_ANY: Final = order(b"")


class Pages(Protocol):
    """The pages in memory, by path."""

    pages: dict[str, Entry]


class Edge:
    """The site as an ASGI application."""

    def __init__(self, memory: Pages, readers: ASGIApp) -> None:
        """`readers` answers whatever is not in memory."""
        self._pages = memory.pages
        self._readers = readers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        entry = self._pages.get(scope["path"]) if scope["type"] == "http" else None
        if entry is None or scope["method"] not in {"GET", "HEAD"} or (scope["query_string"] and _asks_more(scope)):
            await self._readers(scope, receive, send)
            return
        entry.used = True
        await answer(entry, scope, send)


async def answer(entry: Entry, scope: Scope, send: Send) -> None:
    """Send a ready page: 200 or what it stands for, or 304 to who has it."""
    encodings, match, since, accept = _ANY, None, None, b""
    for name, value in scope["headers"]:
        if name == b"accept-encoding":
            encodings = order(value)
        elif name == b"if-none-match":
            match = value if match is None else match + b"," + value
        elif name == b"if-modified-since":
            since = value
        elif name == b"accept":
            accept = value
    if entry.view is not None and asks(accept):
        entry = entry.view()
    variant = entry.choose(encodings)
    if (match is not None or since is not None) and _has_it(entry, variant, match, since):
        await send(variant.unchanged)
        await send(_NOTHING)
        return
    await send(variant.start)
    await send(_NOTHING if scope["method"] == "HEAD" else variant.body)


def _has_it(entry: Entry, variant: Variant, match: bytes | None, since: bytes | None) -> bool:
    if not variant.tag:
        return False
    if match is not None:
        return match == variant.tag or tag_matches(match, variant.tag)
    if since is None or not entry.modified:
        return False
    return since == entry.last_modified or not_modified_since(since, entry.modified)


def _asks_more(scope: Scope) -> bool:
    """Old addresses of WordPress are queries of the front page and its pages; a commenter comes back with one."""
    path, query = scope["path"], scope["query_string"]
    return path == "/" or b"comment=held" in query or (b"s=" in query and path.startswith("/page/"))
