"""How do partners ask for webhooks? Each sees and changes only their own; the admin all."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Protocol

import orjson
from fastapi import FastAPI, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from services.notify.domain.outcomes import Outcome
from services.notify.domain.rows import Attempt, Target
from services.notify.domain.topics import parse_topic
from services.notify.domain.urls import web_address
from services.notify.domain.webhooks import KNOWN_EVENTS, known_event
from shared import clock
from shared.runtime.bodies import parse, read_json
from shared.runtime.directory import Caller, Callers
from shared.runtime.http import Cursor
from shared.runtime.problems import Problem

BODY_MAX = 64 * 1024
Shown = Mapping[str, Any]


class Endpoints(Protocol):
    """Partners' endpoints; `publisher` None means anybody's."""

    async def create(
        self, publisher: str, url: str, events: Sequence[str], topics: Sequence[str]
    ) -> tuple[Shown, str]: ...
    async def all(self, publisher: str | None) -> list[Shown]: ...
    async def one(self, publisher: str | None, public_id: str) -> Shown | None: ...
    async def number(self, publisher: str | None, public_id: str) -> int | None: ...
    async def change(self, publisher: str | None, public_id: str, values: Shown) -> bool: ...
    async def rotate(self, publisher: str | None, public_id: str) -> str | None: ...
    async def remove(self, publisher: str | None, public_id: str) -> bool: ...
    async def disable(self, number: int, reason: str) -> None: ...
    async def target(self, number: int) -> Target | None: ...
    async def log(self, lines: Sequence[Attempt]) -> None: ...
    async def attempts(self, number: int, before: int | None, limit: int) -> list[Shown]: ...


class Objections(Protocol):
    """Knows where no webhook may go."""

    async def objection(self, url: str) -> str | None:
        """Why not; None when it may."""


class Courier(Protocol):
    """Posts one webhook now."""

    async def deliver(
        self, number: int, webhook_id: str, event: str, body: bytes, target: Target
    ) -> tuple[Outcome, Attempt]:
        """What came of it."""


Address = Annotated[str, AfterValidator(web_address)]
EventName = Annotated[str, AfterValidator(known_event)]
TopicName = Annotated[str, AfterValidator(lambda text: str(parse_topic(text)))]


class _Wishes(BaseModel):
    """What an endpoint wants to hear."""

    model_config = ConfigDict(extra="forbid")

    events: Annotated[list[EventName], Field(min_length=1)] | None = None
    topics: Annotated[list[TopicName], Field(max_length=100)] | None = None
    active: bool | None = None

    @field_validator("events")
    @classmethod
    def _each_once(cls, value: list[str] | None) -> list[str] | None:
        return value and sorted(set(value))

    @field_validator("topics")
    @classmethod
    def _in_their_order(cls, value: list[str] | None) -> list[str] | None:
        return value and list(dict.fromkeys(value))


class Wanted(_Wishes):
    """A new endpoint: all events and all topics unless it names some."""

    url: Address


class Changes(_Wishes):
    """What can be changed of an endpoint; what is absent stays, so a null would mean nothing."""

    url: Address | None = None

    @field_validator("*", mode="before")
    @classmethod
    def _given(cls, value: object) -> object:
        if value is None:
            raise ValueError("must not be null")
        return value


def add_webhooks(app: FastAPI, callers: Callers, endpoints: Endpoints, guard: Objections, courier: Courier) -> None:
    """`/v1/webhooks`."""
    _collection(app, callers, endpoints, guard)
    _one(app, callers, endpoints, guard)
    _verbs(app, callers, endpoints, courier)


def _collection(app: FastAPI, callers: Callers, endpoints: Endpoints, guard: Objections) -> None:
    @app.post("/v1/webhooks", status_code=201, tags=["webhooks"], summary="Add an endpoint; shows its secret this once")
    async def create(request: Request) -> Response:
        caller = await callers.reader(request)
        wanted = parse(Wanted, await read_json(request, BODY_MAX))
        await _allow(guard, wanted.url)
        events, topics = wanted.events or sorted(KNOWN_EVENTS), wanted.topics or ["all"]
        made, secret = await endpoints.create(caller.publisher or "", wanted.url, events, topics)
        return JSONResponse({**made, "secret": secret}, 201, {"Location": f"/v1/webhooks/{made['id']}"})

    @app.get("/v1/webhooks", tags=["webhooks"], summary="The caller's endpoints")
    async def everything(request: Request) -> dict[str, Any]:
        caller = await callers.reader(request)
        return {"webhooks": await endpoints.all(caller.publisher)}


def _one(app: FastAPI, callers: Callers, endpoints: Endpoints, guard: Objections) -> None:
    @app.get("/v1/webhooks/{webhook}", tags=["webhooks"], summary="One endpoint")
    async def one(webhook: str, request: Request) -> Shown:
        return await shown(endpoints, await callers.reader(request), webhook)

    @app.patch("/v1/webhooks/{webhook}", tags=["webhooks"], summary="Change an endpoint")
    async def change(webhook: str, request: Request) -> Shown:
        caller = await callers.reader(request)
        number = await number_of(endpoints, caller, webhook)
        wanted = parse(Changes, await read_json(request, BODY_MAX))
        if wanted.url is not None:
            await _allow(guard, wanted.url)
        if wanted.active is False:
            await endpoints.disable(number, "switched off")
        await endpoints.change(caller.publisher, webhook, _columns(wanted))
        return await shown(endpoints, caller, webhook)

    @app.delete("/v1/webhooks/{webhook}", status_code=204, tags=["webhooks"], summary="Remove an endpoint")
    async def remove(webhook: str, request: Request) -> Response:
        caller = await callers.reader(request)
        if not await endpoints.remove(caller.publisher, webhook):
            raise _unknown(webhook)
        return Response(status_code=204)

    @app.get("/v1/webhooks/{webhook}/attempts", tags=["webhooks"], summary="What was tried, newest first")
    async def attempts(
        webhook: str,
        request: Request,
        before: Cursor | None = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> dict[str, Any]:
        number = await number_of(endpoints, await callers.reader(request), webhook)
        return {"attempts": await endpoints.attempts(number, before, limit)}


def _verbs(app: FastAPI, callers: Callers, endpoints: Endpoints, courier: Courier) -> None:
    @app.post("/v1/webhooks/{webhook}/rotate", tags=["webhooks"], summary="A new secret; the old one signs a day more")
    async def rotate(webhook: str, request: Request) -> dict[str, Any]:
        caller = await callers.reader(request)
        secret = await endpoints.rotate(caller.publisher, webhook)
        if secret is None:
            raise _unknown(webhook)
        return {**await shown(endpoints, caller, webhook), "secret": secret}

    @app.post("/v1/webhooks/{webhook}/enable", tags=["webhooks"], summary="Switch an endpoint on again")
    async def enable(webhook: str, request: Request) -> Shown:
        caller = await callers.reader(request)
        await endpoints.change(caller.publisher, webhook, {"enabled": True, "reason": ""})
        return await shown(endpoints, caller, webhook)

    @app.post("/v1/webhooks/{webhook}/test", tags=["webhooks"], summary="Post a signed `webhook.test` now")
    async def test(webhook: str, request: Request) -> dict[str, Any]:
        number = await number_of(endpoints, await callers.reader(request), webhook)
        target = await endpoints.target(number)
        if target is None:
            raise _unknown(webhook)
        body = orjson.dumps({"type": "webhook.test", "timestamp": clock.now(), "data": {"webhook": webhook}})
        name = f"msg_test_{secrets.token_hex(8)}"
        _, attempt = await courier.deliver(number, name, "webhook.test", body, target)
        await endpoints.log([attempt])
        told = {"webhook_id": name, "outcome": attempt.outcome, "status": attempt.status}
        return {**told, "ms": attempt.ms, "detail": attempt.detail}


async def _allow(guard: Objections, url: str) -> None:
    objection = await guard.objection(url)
    if objection:
        raise Problem(422, "Invalid fields", f"/url: {objection}", [("/url", objection)])


def _columns(wanted: Changes) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    if wanted.url is not None:
        columns["url"] = wanted.url
    if wanted.events is not None:
        columns["events"] = " ".join(wanted.events)
    if wanted.topics is not None:
        columns["topics"] = " ".join(wanted.topics or ["all"])
    if wanted.active:
        columns |= {"enabled": True, "reason": ""}
    return columns


async def shown(endpoints: Endpoints, caller: Caller, webhook: str) -> Shown:
    """The caller's endpoint; Problem 404 when there is none, or it is another's."""
    found = await endpoints.one(caller.publisher, webhook)
    if found is None:
        raise _unknown(webhook)
    return found


async def number_of(endpoints: Endpoints, caller: Caller, webhook: str) -> int:
    """Its number in the ledger; Problem 404 as `shown`."""
    number = await endpoints.number(caller.publisher, webhook)
    if number is None:
        raise _unknown(webhook)
    return number


def _unknown(webhook: str) -> Problem:
    return Problem(404, detail=f"There is no webhook {webhook}.")
