"""What does an address answer that is not in memory: a page from the store, a redirect, 404, 405, 410, 414?"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any, Final, Protocol

from fastapi import Request, Response
from starlette.types import Receive, Scope, Send

from services.site.adapters.page_memory import MEDIA, PageMemory
from services.site.domain.addresses import LONGEST, is_clean, lookup_form, slashed, unhashed, wire_form
from services.site.domain.answers import Missing, Moved
from services.site.domain.entries import NO_STORE, SECURITY, Entry, page_entry, plain_entry
from services.site.domain.wordpress import forms, moved_for_good
from services.site.routes.edge import answer
from shared.database import is_outage as database_is_away
from shared.pages import Page, PageMissing, encoded
from shared.pages import is_outage as store_is_away
from shared.telemetry import logger
from shared.theme import Theme

Reply = Callable[[Request], Awaitable[Response | Entry]]
HELD: Final = b"comment=held"
#: Compressing less than this is not worth it (bytes).
SMALL: Final = 1_000
_KEPT: Final = frozenset({b"x-story-revision", b"content-language"})
log = logger("site")


class Talk(Protocol):
    """Comments; None for an address that has none."""

    async def post(self, request: Request, path: str) -> Response | None:
        """Take one."""

    async def form(self, request: Request, path: str) -> Response | None:
        """The form of a reply."""


@dataclass(frozen=True)
class Readers:
    """The slow path. `views` answer GET at fixed paths, `talk` comments; `api` everything under `/v1/`.

    `older` goes on with a feed; None for an address that is none of its own.
    """

    memory: PageMemory
    theme: Theme
    views: Mapping[str, Reply]
    talk: Talk
    api: Callable[[Scope, Receive, Send], Awaitable[None]]
    older: Callable[[str], Awaitable[Entry | None]]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; when the database or the store is away: 503."""
        if scope["type"] != "http" or scope["path"].startswith("/v1/"):
            await self.api(scope, receive, send)
            return
        try:
            found = await self._answer(scope, Request(scope, receive))
        except PageMissing as error:
            log.warning("page missing in the store", key=str(error), path=scope["path"])
            found = self._unavailable()
        except Exception as error:
            if not (database_is_away(error) or store_is_away(error)):
                raise
            log.warning("cannot answer", path=scope["path"], reason=str(error))
            found = self._unavailable()
        if isinstance(found, Entry):
            await answer(found, scope, send)
        else:
            await _send(found, scope, receive, send)

    async def _answer(self, scope: Scope, request: Request) -> Entry | Response:
        query = scope["query_string"].decode("latin-1")
        path = lookup_form(scope["path"])
        if len(scope.get("raw_path") or path) + len(query) > LONGEST and path not in self.views:
            return self._page(414, self._message("uri_too_long", "uri_too_long_text"))
        if not is_clean(path):
            return self._missing()
        if scope["method"] not in {"GET", "HEAD"}:
            return await self._other_method(scope["method"], path, request)
        asked = await self.talk.form(request, path) if "reply=" in query else None
        if asked is not None:
            return asked
        view = self.views.get(path)
        return await (view(request) if view is not None else self._read(path, query))

    async def _read(self, path: str, query: str) -> Entry | Response:
        if target := moved_for_good(path, query):
            return await self._moved_for_good(path, query, target)
        return await self._page_at(path, query)

    async def _page_at(self, path: str, query: str) -> Entry | Response:
        if path == "/" and query:
            # Only here a query may be an alias (`/?p=12`) although the path has a page of its own.
            for form in forms(query):
                alias = await self.memory.alias(path, form)
                if alias is not None:
                    return _redirect(wire_form(alias.path)) if isinstance(alias, Moved) else alias
        found = await self.memory.load(path, query)
        match found:
            case Entry():
                held = HELD.decode() in query and found.status == HTTPStatus.OK
                return _with_held_note(found) if held else found
            case Moved():
                return _redirect(wire_form(found.path))
            case Missing():
                return await self._elsewhere(path, query)

    async def _elsewhere(self, path: str, query: str) -> Entry | Response:
        """No page: perhaps it is made now, lacks its slash, or is one of ours before anything was published."""
        if path == "/":
            return self._empty_front()
        return await self._made_now(path) or await self._with_slash(path, query) or self._missing()

    async def _made_now(self, path: str) -> Entry | Response | None:
        """Older pages of feeds; and style and script as a page names them that waits to be made again."""
        whole = slashed(path)
        if older := await self.older(whole or path):
            return _redirect(wire_form(whole)) if whole else older
        return self.memory.pages.get(unhashed(path) or "")

    async def _with_slash(self, path: str, query: str) -> Response | None:
        """Where a path leads that lacks a slash, or at which comments are only posted."""
        whole = slashed(path)
        if not whole or path.startswith(MEDIA):
            return None
        if whole in self.views or not isinstance(await self.memory.load(whole), Missing):
            return _redirect(wire_form(whole) + (f"?{query}" if query else ""))
        if path.endswith("/comments"):
            story = path.removesuffix("comments")
            if isinstance(await self.memory.load(story), Entry):
                return _redirect(wire_form(story) + "#respond")
        return None

    async def _moved_for_good(self, path: str, query: str, target: str) -> Entry | Response:
        """An old address leads to its new form, unless it is a page of ours after all, or a story's alias."""
        found = await (self.memory.alias(path, query) if path == "/" else self.memory.load(path, query))
        if isinstance(found, Entry):
            return found
        whole = slashed(path)
        if whole and isinstance(found, Missing) and isinstance(await self.memory.load(whole), Entry):
            return _redirect(wire_form(whole))
        return _redirect(wire_form(found.path) if isinstance(found, Moved) else target)

    async def _other_method(self, method: str, path: str, request: Request) -> Entry | Response:
        if method == "POST":
            posted = await self.talk.post(request, path)
            if posted is not None:
                return posted
        allow = "POST" if path.rstrip("/").endswith("/comments") else "GET, HEAD"
        body = self._message("error", "wrong_method")
        return self._page(405, body, [(b"allow", allow.encode())])

    def _missing(self) -> Entry:
        return self._page(404, self.theme.page("missing.html"))

    def _unavailable(self) -> Entry:
        body = self._message("unavailable", "unavailable_text")
        return self._page(503, body, [(b"retry-after", b"10")])

    def _message(self, title: str, text: str) -> bytes:
        words = self.theme.strings
        return self.theme.page("message.html", title=words[title], paragraphs=[words[text]], noindex=True)

    def _page(self, status: int, body: bytes, headers: list[tuple[bytes, bytes]] | None = None) -> Entry:
        return plain_entry(status, body, headers=headers)

    def _empty_front(self) -> Entry:
        front: dict[str, Any] = {"kind": "front", "path": "/", "page": 1, "pages": 1, "items": [], "sections": []}
        front |= {"title": self.theme.strings.get("latest", ""), "feeds": {}}
        return made(self.theme.page("list.html", list=front))


def html(body: bytes, status: int = 200, *, cache: str = "no-cache") -> Response:
    """A page made for this request."""
    return secured(Response(body, status, {"Cache-Control": cache}, "text/html"))


def secured(response: Response) -> Response:
    """An answer with the headers that every page of ours has."""
    response.raw_headers.extend(SECURITY)
    return response


def made(body: bytes, content_type: str = "text/html; charset=utf-8", modified: int = 0) -> Entry:
    """A page made for this request that a reader may keep and ask after, compressed if the reader likes.

    `modified`: Unix seconds of its last change, where that is known.
    """
    etag = Page(content_type, body).name
    encode = partial(encoded, body) if len(body) > SMALL else None
    parts = {"identity": body}
    return page_entry(content_type=content_type, encodings=parts, etag=etag, modified=modified, encode=encode)


def _redirect(target: str, status: int = 301) -> Response:
    # `//host` would leave the site.
    location = "/" + target.lstrip("/") if target.startswith("//") else target
    return secured(Response(b"", status, {"Location": location, "Cache-Control": "public, no-cache"}))


def _with_held_note(entry: Entry) -> Response:
    """The story to a reader whose comment was held, the note visible also without scripts."""
    variant = entry.variants["identity"]
    note = b'id="comment-held"'
    head, found, tail = variant.body["body"].partition(note)
    shown = head + found + tail.replace(b" hidden>", b">", 1) if found else head
    response = html(shown, cache=NO_STORE.decode())
    told = {name: value for name, value in variant.start["headers"] if name in _KEPT}
    response.raw_headers.extend(told.items())
    return response


async def _send(response: Response, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["method"] == "HEAD":
        response.body = b""
    await response(scope, receive, send)
