"""How do editors see comments, and decide about them?"""

import hmac
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from fastapi import FastAPI, Query, Request

from services.site.adapters.sql_comments import SqlComments, Status
from services.site.domain.addresses import wire_form
from shared.bus import Unavailable
from shared.events import Event, rfc3339
from shared.runtime.bodies import read_json
from shared.runtime.callers import bearer, is_publisher_key
from shared.runtime.http import Cursor, RowNumber, new_app
from shared.runtime.problems import Problem
from shared.telemetry import logger

#: Bytes of a request that names one person.
SMALL: Final = 4096
log = logger("site")


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

    tell = _teller(emit)

    async def decide(request: Request, comment: int, status: Status) -> dict[str, Any]:
        _require_admin(request, admin_key)
        decided = await comments.decide(comment, status, await now())
        if decided is None:
            raise Problem(404, detail=f"There is no comment {comment}.")
        await tell([decided.changed] if decided.changed is not None else [])
        return _told(decided.comment)

    async def erase(request: Request, email: str) -> dict[str, Any]:
        _require_admin(request, admin_key)
        erased = await comments.erase(email, await now())
        await tell(erased.changed)
        return {"erased": erased.comments}

    _decisions(app, decide)
    _erasing(app, erase)
    return app


def _teller(emit: Callable[[Sequence[Event]], Awaitable[object]]) -> Callable[[Sequence[Event]], Awaitable[None]]:
    async def tell(changed: Sequence[Event]) -> None:
        try:
            await emit(changed)
        except Unavailable as away:  # it is committed, and a loop tells render what no page shows yet
            log.warning("a decision on comments waits for redis", stories=len(changed), error=away)

    return tell


def _erasing(app: FastAPI, erase: Callable[[Request, str], Awaitable[dict[str, Any]]]) -> None:
    @app.post("/v1/comments/erase", tags=["comments"], summary="Erase all that a person wrote")
    async def erased(request: Request) -> dict[str, Any]:
        """`{"email": …}`: every comment under this address is overwritten and leaves its page; `erased`: how many."""
        sent = await read_json(request, SMALL)
        email = sent.get("email") if isinstance(sent, dict) and set(sent) == {"email"} else None
        if not isinstance(email, str) or not email.strip():
            raise Problem(422, "Invalid fields", 'Send {"email": …}.', [("/email", "must be an e-mail address")])
        return await erase(request, email.strip())


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
