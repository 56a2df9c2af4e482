"""How is the hub asked for a subscription, and how does an operator see and end them?

Everybody may ask, in anybody's name, and each request makes us ask a stranger's server something. So that nobody can
be attacked by our hand: a request is one GET, once, without redirects, through the address guard, never repeated
because it failed; who asks may do so only so often, and a server is asked only so often, whoever asks; a newer request
for the same subscription replaces one that waits.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

from fastapi import FastAPI, Query, Request
from fastapi.responses import PlainTextResponse, Response

from services.notify.domain.feeds import Content, Unread
from services.notify.domain.hub import Ask, read_ask
from services.notify.domain.limits import Bucket
from services.notify.routes.subscribe import Gate
from services.notify.routes.tongues import fields
from services.notify.routes.webhooks import Objections
from shared import clock
from shared.runtime.directory import Callers
from shared.runtime.http import Cursor, RowNumber
from shared.runtime.paths import HUB
from shared.runtime.problems import Problem

#: Questions to one server: so many at once (a reader's service follows many feeds), then one a second.
BURST, RATE = 60, 1.0
ABOUT = """\
This is the WebSub hub of this site's feeds (https://www.w3.org/TR/websub/).
A program that follows a feed may ask it to be told of changes:

  POST with hub.mode=subscribe, hub.topic=<the feed's own address>, hub.callback=<yours>,
  and hub.lease_seconds and hub.secret if you like.
"""


class Hub(Protocol):
    """Subscriptions."""

    async def ask(self, ask: Ask) -> str | None:
        """Keep a request; why not, if not."""

    async def end(self, number: int, why: str) -> bool:
        """End one."""

    async def page(self, after: int, limit: int) -> list[Mapping[str, Any]]:
        """Some of them."""


class Feeds(Protocol):
    """Our feeds."""

    async def read(self, url: str) -> Content | Unread:
        """One, as readers get it."""


@dataclass(frozen=True)
class Desk:
    """What the hub stands on. `wake`: there is a callback to be asked."""

    hub: Hub
    feeds: Feeds
    guard: Objections
    gate: Gate
    public_url: str
    wake: Callable[[], None]


def add_hub(app: FastAPI, callers: Callers, desk: Desk) -> None:
    """`/websub`, and `/v1/websub` for operators."""
    servers = Bucket(BURST, RATE)

    @app.post(HUB, status_code=202, tags=["websub"], summary="Subscribe to a feed, or no longer (W3C WebSub, 5.1)")
    async def ask(request: Request) -> Response:
        desk.gate.check(request)
        heard = read_ask(await fields(request), desk.public_url)
        if heard.ask is None:
            raise _invalid(heard.errors)
        wait = servers.take(heard.ask.host, clock.monotonic())
        if wait:
            raise _later(429, f"{heard.ask.host} is asked too often.", wait)
        await _allow(desk, heard.ask)
        objection = await desk.hub.ask(heard.ask)
        if objection:
            raise _later(503, f"{objection[:1].upper()}{objection[1:]}.", 60)
        desk.wake()
        return PlainTextResponse("Accepted: the callback is asked now whether it wants this.\n", 202)

    @app.get(HUB, tags=["websub"], summary="What this is, for whoever follows a feed's link to its hub")
    async def about() -> Response:
        return PlainTextResponse(ABOUT, headers={"X-Robots-Tag": "noindex"})

    _for_operators(app, callers, desk.hub)


def _for_operators(app: FastAPI, callers: Callers, hub: Hub) -> None:
    @app.get("/v1/websub", tags=["websub"], summary="Who is told of which feed, until when")
    async def subscriptions(
        request: Request, after: Cursor = 0, limit: Annotated[int, Query(ge=1, le=1000)] = 100
    ) -> dict[str, Any]:
        await callers.admin(request)
        rows = await hub.page(after, limit)
        return {"subscriptions": rows, "next": rows[-1]["id"] if rows else after}

    @app.delete("/v1/websub/{number}", status_code=204, tags=["websub"], summary="End a subscription of the hub")
    async def end(number: RowNumber, request: Request) -> Response:
        await callers.admin(request)
        if not await hub.end(number, "ended by an operator"):
            raise Problem(404, detail=f"There is no subscription {number}.")
        return Response(status_code=204)


async def _allow(desk: Desk, ask: Ask) -> None:
    """Is the feed there, and may we speak to that callback? Who unsubscribes need not have a feed that is there."""
    objection = await desk.guard.objection(ask.callback)
    if objection:
        raise _invalid([("hub.callback", objection)])
    if ask.mode == "unsubscribe":
        return
    said = await desk.feeds.read(ask.feed.url)
    if isinstance(said, Unread):
        if said.is_missing:
            raise _invalid([("hub.topic", "there is no such feed")])
        raise _later(503, "The feed cannot be looked at just now.", 5)


def _invalid(errors: Sequence[tuple[str, str]]) -> Problem:
    detail = "; ".join(f"{name} {message}" for name, message in errors)
    return Problem(422, "Invalid fields", detail, [(f"/{name}", message) for name, message in errors])


def _later(status: int, detail: str, seconds: float) -> Problem:
    return Problem(status, detail=detail, headers={"Retry-After": str(int(seconds) + 1)})
