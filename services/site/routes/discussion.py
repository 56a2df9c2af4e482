"""How do readers comment, and editors decide?"""

import hmac
import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from fastapi import FastAPI, Query, Request, Response
from fastapi.responses import JSONResponse
from starlette.requests import ClientDisconnect

from services.site.adapters.sql_addresses import SqlAddresses
from services.site.adapters.sql_comments import SqlComments, Status
from services.site.domain.addresses import wire_form
from services.site.domain.changes import EXPIRED_NOTE
from services.site.domain.comments import FIELDS, NO_PARENT, Comment, FieldError, judge, named
from services.site.domain.limits import RateLimit
from services.site.routes.posted import CLOSED, NO_STORY, OTHER_SITE, fields, is_json, refuse_closed, refuse_other_sites
from services.site.routes.readers import html, secured
from shared import clock
from shared.bus import Unavailable
from shared.events import Event, rfc3339
from shared.runtime.callers import Networks, bearer, client_ip, is_publisher_key
from shared.runtime.http import Cursor, RowNumber, new_app
from shared.runtime.problems import Problem
from shared.telemetry import logger
from shared.theme import Theme

log = logger("site")

#: Comments of one client address in a minute.
A_MINUTE: Final = 30

TOO_MANY: Final = "Too many comments in a short time. Please wait a minute."
#: What programs are told in English, in words of the catalogue for people: heading and text.
_PAGE_WORDS: Final = {
    TOO_MANY: ("comments", "comments_too_many"),
    OTHER_SITE: ("comments", "comments_other_site"),
    NO_STORY: ("missing_title", "missing_text"),
    EXPIRED_NOTE: ("gone_title", "gone_expired"),
    CLOSED: ("comments", "comments_closed"),
}


@dataclass(frozen=True)
class Discussion:
    """What comments stand on."""

    addresses: SqlAddresses
    comments: SqlComments
    theme: Theme
    public_url: str
    trusted_proxies: Networks
    now: Callable[[], Awaitable[datetime]]
    limit: RateLimit = field(default_factory=lambda: RateLimit(A_MINUTE, 60.0))

    async def post(self, request: Request, path: str) -> Response | None:
        """Take a comment at `{story}/comments`; None when the address is not of that form. Errors as asked for."""
        story_path = path.rstrip("/").removesuffix("comments")
        if story_path == path.rstrip("/") or not story_path.endswith("/"):
            return None
        as_json = is_json(request)
        try:
            return await self._post(request, story_path, as_json=as_json)
        except Problem as problem:
            return problem.response() if as_json else self._sorry(problem)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody reads it

    def _word(self, key: str, text: str) -> str:
        return self.theme.strings.get(key) or text

    async def _post(self, request: Request, path: str, *, as_json: bool) -> Response:
        refuse_other_sites(request, self.public_url)
        story = await self.addresses.story_at(path)
        refuse_closed(story)
        assert story is not None  # noqa: S101 - refused above
        values = named(await fields(request, as_json=as_json))
        wait = self.limit.wait(client_ip(request, self.trusted_proxies), clock.monotonic())
        if wait:
            headers = {"Retry-After": str(math.ceil(wait))}
            raise Problem(429, detail=TOO_MANY, headers=headers)
        found = judge(values)
        if isinstance(found, Comment):
            held = await self.comments.hold(story["story_id"], found, await self.now())
            if held is not None:
                return self._held(path, held, as_json=as_json)
            found = (NO_PARENT,)
        return self._invalid(story, values, found, as_json=as_json)

    def _held(self, path: str, comment: int, *, as_json: bool) -> Response:
        if as_json:
            return JSONResponse({"id": comment, "status": "held"}, 202, {"Cache-Control": "no-store"})
        location = wire_form(path) + "?comment=held#respond"
        return secured(Response(b"", 303, {"Location": location, "Cache-Control": "no-store"}))

    def _invalid(
        self, story: Mapping[str, Any], values: Mapping[str, str], errors: Sequence[FieldError], *, as_json: bool
    ) -> Response:
        if as_json:
            faults = [(f"/{error.field}", error.message) for error in errors]
            raise Problem(422, "Invalid fields", "; ".join(f"{path}: {text}" for path, text in faults), faults)
        context = {"path": wire_form(story["path"]), "headline": story["headline"]}
        told = [{"field": error.field, "message": self._message(error)} for error in errors]
        kept = {name: values[name] for name in FIELDS}
        return html(self.theme.page("comment.html", story=context, values=kept, errors=told), 422, cache="no-store")

    def _message(self, error: FieldError) -> str:
        return self._word(error.word, error.message).replace("{longest}", str(error.longest))

    def _sorry(self, problem: Problem) -> Response:
        heading, text = _PAGE_WORDS.get(problem.detail or "", ("", ""))
        page = self.theme.page(
            "message.html",
            title=self._word(heading, problem.title),
            paragraphs=[self._word(text, problem.detail or problem.title)],
            noindex=True,
        )
        response = html(page, problem.status, cache="no-store")
        response.headers.update(problem.headers)
        return response


def comments_api(
    comments: SqlComments,
    admin_key: str,
    emit: Callable[[Sequence[Event]], Awaitable[object]],
    now: Callable[[], Awaitable[datetime]],
) -> FastAPI:
    """`/v1/comments`: what waits for an editor, and the editor's decisions."""

    async def admit(request: Request) -> None:
        _require_admin(request, admin_key)

    app = new_app("Newswire site", admit)

    @app.get("/v1/comments", tags=["comments"], summary="Comments, oldest first")
    async def listed(
        request: Request,
        status: Literal["held", "approved", "spam", "trash"] | None = None,
        after: Cursor = 0,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> dict[str, Any]:
        _require_admin(request, admin_key)
        found = await comments.listed(status, after, limit)
        return {"comments": [_told(row) for row in found], "next": found[-1]["id"] if found else after}

    async def decide(request: Request, comment: int, status: Status) -> dict[str, Any]:
        _require_admin(request, admin_key)
        decided = await comments.decide(comment, status, await now())
        if decided is None:
            raise Problem(404, detail=f"There is no comment {comment}.")
        if decided.changed is not None:
            try:
                await emit([decided.changed])
            except Unavailable as away:  # it is committed, and a loop tells render what no page shows yet
                log.warning("a decision on a comment waits for redis", comment=comment, error=away)
        return _told(decided.comment)

    _decisions(app, decide)
    return app


def _decisions(app: FastAPI, decide: Callable[[Request, int, Status], Awaitable[dict[str, Any]]]) -> None:
    @app.post("/v1/comments/{comment}/approve", tags=["comments"], summary="Show a comment on its story")
    async def approve(request: Request, comment: RowNumber) -> dict[str, Any]:
        return await decide(request, comment, "approved")

    @app.post("/v1/comments/{comment}/hold", tags=["comments"], summary="Take a comment back for a second look")
    async def hold(request: Request, comment: RowNumber) -> dict[str, Any]:
        return await decide(request, comment, "held")

    @app.post("/v1/comments/{comment}/spam", tags=["comments"], summary="A comment is spam")
    async def spam(request: Request, comment: RowNumber) -> dict[str, Any]:
        return await decide(request, comment, "spam")

    @app.post("/v1/comments/{comment}/trash", tags=["comments"], summary="Throw a comment away")
    async def trash(request: Request, comment: RowNumber) -> dict[str, Any]:
        return await decide(request, comment, "trash")


def _require_admin(request: Request, admin_key: str) -> None:
    key = bearer(request)
    if key is not None and hmac.compare_digest(key.encode(), admin_key.encode()):
        return
    if key is not None and is_publisher_key(key):  # the site knows no publishers
        raise Problem(403, detail="This needs the admin key.")
    raise Problem(401, detail="Send `Authorization: Bearer <admin key>`.")


def _told(row: Mapping[str, Any]) -> dict[str, Any]:
    """A comment for editors; not even they get the e-mail address."""
    return {
        "id": row["id"],
        "status": row["status"],
        "story_id": row["story_id"],
        "path": wire_form(row["path"]) if row["path"] else None,
        "headline": row["headline"],
        "parent": row["parent"],
        "name": row["name"],
        "website": row["website"],
        "comment": row["comment"],
        "at": rfc3339(row["at"]),
    }
