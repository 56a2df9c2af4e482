"""How do readers comment? What they typed is kept, whatever is wrong with it."""

import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import ClientDisconnect

from services.site.adapters.sql_addresses import SqlAddresses
from services.site.adapters.sql_comments import SqlComments
from services.site.domain.addresses import wire_form
from services.site.domain.changes import EXPIRED_NOTE
from services.site.domain.comments import FIELDS, NO_PARENT, Comment, FieldError, judge, named, number, to_html
from services.site.domain.limits import RateLimit, network
from services.site.routes.posted import (
    CLOSED,
    NO_STORY,
    OTHER_SITE,
    fields,
    refuse_closed,
    refuse_other_sites,
    speaks_json,
)
from services.site.routes.readers import html, secured
from shared import clock
from shared.database import DatabaseAway, is_outage
from shared.runtime.callers import Networks, client_ip
from shared.runtime.problems import Problem
from shared.telemetry import logger
from shared.theme import Theme

log = logger("site")

#: Comments of one client in a minute.
A_MINUTE: Final = 30

TOO_MANY: Final = "Too many comments in a short time. Please wait a minute."
AWAY: Final = "Comments cannot be taken at the moment."
#: What programs are told in English, in words of the catalogue for people: heading and text.
_PAGE_WORDS: Final = {
    OTHER_SITE: ("comments", "comments_other_site"),
    NO_STORY: ("missing_title", "missing_text"),
    EXPIRED_NOTE: ("gone_title", "gone_expired"),
    CLOSED: ("comments", "comments_closed"),
}
#: After these a reader is shown what they had written: there is no form any more into which it could go.
_TOO_LATE: Final = frozenset({NO_STORY, EXPIRED_NOTE, CLOSED})
#: The words of the catalogue for the fields, as the form has them.
_LABELS: Final = {
    "name": "name",
    "email": "email_address",
    "website": "website",
    "comment": "comment",
    "parent": "reply_to",
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
        story_path = _story_path(path)
        if story_path is None:
            return None
        as_json = speaks_json(request)
        try:
            return await self._post(request, story_path, as_json=as_json)
        except Problem as problem:
            return problem.response() if as_json else self._sorry(problem, await _typed(request, problem))
        except ClientDisconnect:
            return Response(status_code=400)  # nobody reads it

    async def form(self, request: Request, path: str) -> Response | None:
        """The form of a reply, at `{story}/comments?reply=7`; None when nothing of that kind is asked for.

        The link *Reply* leads here; scripts spare readers the way.
        """
        story_path = _story_path(path)
        parent = number(request.query_params.get("reply", ""))
        if story_path is None or parent is None:
            return None
        story = await self.addresses.story_at(story_path)
        if story is None or story["state"] != "live" or not story["comments_open"]:
            return None
        values = {"parent": str(parent)}
        answering = await self._answering(story, values)
        if answering is None:
            return None
        return self._form(_shown(story), values, (), answering=answering)

    async def _post(self, request: Request, path: str, *, as_json: bool) -> Response:
        refuse_other_sites(request, self.public_url)
        try:
            story = await self.addresses.story_at(path)
        except (SQLAlchemyError, DatabaseAway) as error:
            if not is_outage(error):
                raise
            values = named(await fields(request))
            return self._away({"path": wire_form(path), "headline": ""}, values, error, as_json=as_json)
        refuse_closed(story)
        assert story is not None  # noqa: S101 - refused above
        values = named(await fields(request))
        wait = self.limit.wait(network(client_ip(request, self.trusted_proxies)), clock.monotonic())
        if wait:
            late = Problem(429, detail=TOO_MANY, headers={"Retry-After": str(math.ceil(wait))})
            return self._later(_shown(story), values, late, "comments_too_many", as_json=as_json)
        try:
            return await self._judged(story, values, as_json=as_json)
        except (SQLAlchemyError, DatabaseAway) as error:
            if not is_outage(error):
                raise
            return self._away(_shown(story), values, error, as_json=as_json)

    async def _judged(self, story: Mapping[str, Any], values: Mapping[str, str], *, as_json: bool) -> Response:
        found = judge(values)
        if isinstance(found, Comment):
            held = await self.comments.hold(story["story_id"], found, await self.now())
            if held is not None:
                return self._held(story["path"], held, as_json=as_json)
            found = (NO_PARENT,)
        return await self._invalid(story, values, found, as_json=as_json)

    def _held(self, path: str, comment: int, *, as_json: bool) -> Response:
        if as_json:
            return JSONResponse({"id": comment, "status": "held"}, 202, {"Cache-Control": "no-store"})
        location = wire_form(path) + "?comment=held#respond"
        return secured(Response(b"", 303, {"Location": location, "Cache-Control": "no-store"}))

    async def _invalid(
        self, story: Mapping[str, Any], values: Mapping[str, str], errors: Sequence[FieldError], *, as_json: bool
    ) -> Response:
        if as_json:
            faults = [(f"/{error.field}", error.message) for error in errors]
            raise Problem(422, "Invalid fields", "; ".join(f"{path}: {text}" for path, text in faults), faults)
        told = [
            {"field": error.field, "message": self._message(error), "label": self._word(_LABELS[error.field], "")}
            for error in errors
        ]
        answering = None if NO_PARENT in errors else await self._answering(story, values)
        return self._form(_shown(story), values, told, 422, answering=answering)

    async def _answering(self, story: Mapping[str, Any], values: Mapping[str, str]) -> Mapping[str, str] | None:
        """The comment that is being answered, as the form shows it."""
        parent = number(values["parent"].strip())
        found = await self.comments.approved(story["story_id"], parent) if parent else None
        return {"name": found["name"], "html": to_html(found["comment"])} if found else None

    def _later(
        self, story: Mapping[str, str], values: Mapping[str, str], problem: Problem, word: str, *, as_json: bool
    ) -> Response:
        """Not now: the form once more, as it was left."""
        if as_json:
            raise problem
        errors = [{"field": "", "message": self._word(word, problem.detail or problem.title)}]
        response = self._form(story, values, errors, problem.status)
        response.headers.update(problem.headers)
        return response

    def _away(
        self, story: Mapping[str, str], values: Mapping[str, str], error: Exception, *, as_json: bool
    ) -> Response:
        log.warning("a comment cannot be taken", path=story["path"], reason=str(error))
        problem = Problem(503, detail=AWAY, headers={"Retry-After": "10"})
        return self._later(story, values, problem, "unavailable_text", as_json=as_json)

    def _form(
        self,
        story: Mapping[str, str],
        values: Mapping[str, str],
        errors: Sequence[Mapping[str, str]],
        status: int = 200,
        *,
        answering: Mapping[str, str] | None = None,
    ) -> Response:
        kept = {name: values.get(name, "") for name in FIELDS}
        page = self.theme.page("comment.html", story=story, values=kept, errors=list(errors), answering=answering)
        return html(page, status, cache="no-store")

    def _word(self, key: str, text: str) -> str:
        return self.theme.strings.get(key) or text

    def _message(self, error: FieldError) -> str:
        return self._word(error.word, error.message).replace("{longest}", str(error.longest))

    def _sorry(self, problem: Problem, typed: str) -> Response:
        heading, text = _PAGE_WORDS.get(problem.detail or "", ("", ""))
        kept = [self._word("comments_too_late", ""), typed] if typed else []
        page = self.theme.page(
            "message.html",
            title=self._word(heading, problem.title),
            paragraphs=[self._word(text, problem.detail or problem.title), *kept],
            noindex=True,
        )
        response = html(page, problem.status, cache="no-store")
        response.headers.update(problem.headers)
        return response


async def _typed(request: Request, problem: Problem) -> str:
    """The comment of a form that comes too late; nothing when that is not why it is refused, or it cannot be read."""
    if problem.detail not in _TOO_LATE:
        return ""
    try:
        return named(await fields(request))["comment"].strip()
    except (Problem, ClientDisconnect):
        return ""


def _story_path(path: str) -> str | None:
    """The address of the story whose comments have this one."""
    story_path = path.rstrip("/").removesuffix("comments")
    return story_path if story_path != path.rstrip("/") and story_path.endswith("/") else None


def _shown(story: Mapping[str, Any]) -> Mapping[str, str]:
    return {"path": wire_form(story["path"]), "headline": story["headline"]}
