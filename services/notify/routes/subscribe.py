"""How does somebody subscribe? The answer never says whether we know an address."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, Protocol

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from services.notify.domain.limits import Bucket
from services.notify.domain.people import Wish
from services.notify.domain.topics import ALL, BREAKING, Topic, named, parse_topic
from services.notify.routes.requests import CADENCES, Checked, spoken, subscription
from services.notify.routes.tongues import GUARDED, PRIVATE, Pages, fields, html, speaks_json
from shared import clock
from shared.runtime.callers import Networks, client_ip, from_another_site
from shared.runtime.problems import Problem

#: One address may ask this often at once, and then once every two seconds.
BURST, RATE = 60, 0.5
#: Behind loopback stand the operator, or all readers through a proxy that nobody has declared.
LOCAL_BURST, LOCAL_RATE = 10_000, 100
OTHER_SITE = "This form is taken from this site's own pages only."


class Subscribers(Protocol):
    """Takes wishes in."""

    async def ask(self, email: str, wish: Wish) -> None:
        """Mail a link that confirms."""

    async def send_manage_link(self, email: str) -> None:
        """Mail a link to the preferences."""


class Gate:
    """Lets one caller ask only so often, and no page of another site in its reader's name."""

    def __init__(self, trusted: Networks, public_url: str) -> None:
        """`trusted`: proxies whose word about the caller counts."""
        self._trusted, self._public_url = trusted, public_url
        self._bucket = Bucket(BURST, RATE)
        self._local = Bucket(LOCAL_BURST, LOCAL_RATE)

    def check(self, request: Request) -> None:
        """Problem 403, or 429 with Retry-After."""
        if from_another_site(request, self._public_url):
            raise Problem(403, detail=OTHER_SITE)
        caller = client_ip(request, self._trusted)
        bucket = self._local if caller.startswith("127.") or caller == "::1" else self._bucket
        wait = bucket.take(caller, clock.monotonic())
        if wait:
            raise Problem(429, detail="Too many requests.", headers={"Retry-After": str(int(wait) + 1)})


def add_subscribe(app: FastAPI, subscribers: Subscribers, pages: Pages, gate: Gate) -> None:
    """`/subscribe`, and `/subscriptions`, which mails a link to the preferences."""

    @app.get("/subscribe", tags=["subscribing"], summary="The form")
    async def form(request: Request) -> Response:
        topics = _known(request.query_params.getlist("topics"))
        values = {"topics": [str(one) for one in topics]} if topics else {}
        body = pages.page("subscribe.html", values=values, errors=[], **_offer(pages, topics))
        return Response(body, media_type="text/html; charset=utf-8", headers=GUARDED)

    @app.get("/subscribe/", include_in_schema=False)
    async def slashed(request: Request) -> Response:
        query = request.url.query
        return RedirectResponse(f"/subscribe?{query}" if query else "/subscribe", 301)

    @app.post("/subscribe", status_code=202, tags=["subscribing"], summary="Ask to be subscribed; a mail confirms it")
    async def subscribe(request: Request) -> Response:
        gate.check(request)
        given = await fields(request)
        program = speaks_json(request)
        checked = subscription(given, strict=_is_json(request))
        if checked.errors:
            if program:
                checked.raise_errors()
            return _again(pages, given, checked)
        if not any(given.get("subject") or []):  # people never see this field: who fills it in is a program
            await subscribers.ask(checked.email, checked.wish)
        return _look(pages, program=program)

    @app.post("/subscriptions", status_code=202, tags=["subscribing"], summary="Have a link to the preferences mailed")
    async def preferences(request: Request) -> Response:
        gate.check(request)
        checked = subscription({"email": (await fields(request)).get("email")}, strict=False)
        checked.raise_errors()
        await subscribers.send_manage_link(checked.email)
        return _look(pages, program=speaks_json(request))


def _look(pages: Pages, *, program: bool) -> Response:
    title, text = pages.strings["inbox_title"], pages.strings["inbox_confirm"]
    if program:
        return JSONResponse({"status": "confirmation sent", "detail": text}, 202, headers=PRIVATE)
    return html(pages.page("message.html", title=title, paragraphs=[text], noindex=True, form=None), 202)


def _again(pages: Pages, given: Mapping[str, Any], checked: Checked) -> Response:
    """The form once more, as it was left, with what is wrong with it."""
    topics = _known(given.get("topics") or [])
    cadence = (given.get("cadence") or [""])[-1]
    values = {
        "email": (given.get("email") or [""])[-1],
        "topics": [str(one) for one in topics],
        "cadence": cadence if cadence in CADENCES else "instant",
    }
    offer = _offer(pages, [*topics, *_known(given.get("offered") or [])])
    body = pages.page("subscribe.html", values=values, errors=spoken(checked, given, pages.strings), **offer)
    # Not a private page: sent again from one without a referrer, the form would not say where it comes from.
    return Response(body, 422, {**GUARDED, "X-Robots-Tag": "noindex"}, "text/html; charset=utf-8")


def _known(texts: Iterable[object]) -> list[Topic]:
    """Those that are well-formed: nobody can be offered the others."""
    found: list[Topic] = []
    for text in texts:
        with suppress(ValueError):
            found.append(parse_topic(str(text)))
    return found


def _offer(pages: Pages, topics: Iterable[Topic]) -> dict[str, object]:
    """All stories, breaking news, and what a link asked for; that stays on offer when the form comes back."""
    offered = dict.fromkeys((ALL, BREAKING, *topics))
    return {
        "topics": [{"value": str(one), "label": named(one, pages.strings)} for one in offered],
        "linked": [str(one) for one in offered if one.slug],
    }


def _is_json(request: Request) -> bool:
    return "json" in request.headers.get("content-type", "").partition(";")[0]
