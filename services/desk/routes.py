"""What can be asked of the desk over HTTP?"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Protocol

from fastapi import FastAPI, Query, Request

from services.desk.domain.trace import HeardStory, trace
from shared.events import rfc3339
from shared.runtime.directory import GRACE, POLL, Callers
from shared.runtime.http import Cursor, RowNumber, new_app
from shared.runtime.problems import Problem


class Traces(Protocol):
    """Reads what was heard."""

    async def story(self, story_id: str) -> HeardStory | None:
        """All of one story."""


class Letters(Protocol):
    """Reads and settles dead letters."""

    async def page(self, state: str | None, after: int, limit: int) -> Sequence[Mapping[str, Any]]:
        """Some of them."""

    async def one(self, letter: int) -> Mapping[str, Any] | None:
        """One of them."""

    async def settle(self, letter: int, state: Literal["dead", "retried", "dropped"]) -> None:
        """What was decided."""

    def payload(self, letter: Mapping[str, Any]) -> bytes:
        """The event's body as it was on the stream."""


@dataclass(frozen=True)
class Desk:
    """What the desk's routes stand on; `redeliver(stream, group, payload)` hands an event back to one step."""

    traces: Traces
    letters: Letters
    callers: Callers
    redeliver: Callable[[str, str, bytes], Awaitable[str]]


def desk_app(desk: Desk) -> FastAPI:
    """The desk's part of the API."""
    app = new_app("Newswire desk", desk.callers.who)
    _trace_routes(app, desk)
    _letter_routes(app, desk)
    return app


def _trace_routes(app: FastAPI, desk: Desk) -> None:
    @app.get("/v1/traces/{story_id}", tags=["traces"], summary="Where is my story?")
    async def one_trace(story_id: str, request: Request) -> dict[str, Any]:
        caller = await desk.callers.who(request)
        heard = await _heard(desk.traces, story_id.lower())
        if heard is None:
            raise Problem(404, "Not Found", f"No story {story_id} has been seen.")
        if not caller.may_see(heard.publisher):
            raise Problem(403, "Forbidden", "This story belongs to another publisher.")
        return trace(heard)


def _letter_routes(app: FastAPI, desk: Desk) -> None:
    State = Literal["dead", "retried", "dropped"]  # noqa: N806 - a type

    @app.get("/v1/dead", tags=["dead letters"], summary="Dead letters, oldest first")
    async def letters(
        request: Request,
        state: State | None = "dead",
        after: Cursor = 0,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> dict[str, Any]:
        await desk.callers.admin(request)
        found = await desk.letters.page(state, after, limit)
        return {"dead": [_short(one) for one in found], "next": found[-1]["id"] if found else after}

    @app.get("/v1/dead/{letter}", tags=["dead letters"], summary="One dead letter with its event and traceback")
    async def letter(letter: RowNumber, request: Request) -> dict[str, Any]:
        await desk.callers.admin(request)
        found = await _found(desk, letter)
        return {
            **_short(found),
            "traceback": found["traceback"],
            "payload": found["payload"],
            "encoding": found["encoding"],
        }

    @app.post("/v1/dead/{letter}/retry", tags=["dead letters"], summary="Hand the event back to its step")
    async def retry(letter: RowNumber, request: Request) -> dict[str, Any]:
        await desk.callers.admin(request)
        found = await _waiting(desk, letter)
        # Redeliver first: dying between the two hands the event over twice, which every step is made for.
        entry = await desk.redeliver(found["from_stream"], found["step"], desk.letters.payload(found))
        await desk.letters.settle(letter, "retried")
        return {**_short(found), "state": "retried", "entry_id": entry}

    @app.post("/v1/dead/{letter}/drop", tags=["dead letters"], summary="Give the event up for good")
    async def drop(letter: RowNumber, request: Request) -> dict[str, Any]:
        await desk.callers.admin(request)
        found = await _waiting(desk, letter)
        await desk.letters.settle(letter, "dropped")
        return {**_short(found), "state": "dropped"}


async def _heard(traces: Traces, story_id: str) -> HeardStory | None:
    """A story that was accepted a moment ago may be ahead of its event, too."""
    for _ in range(int(GRACE / POLL)):
        if (heard := await traces.story(story_id)) is not None:
            return heard
        await asyncio.sleep(POLL)
    return None


async def _found(desk: Desk, letter: int) -> Mapping[str, Any]:
    found = await desk.letters.one(letter)
    if found is None:
        raise Problem(404, "Not Found", f"There is no dead letter {letter}.")
    return found


async def _waiting(desk: Desk, letter: int) -> Mapping[str, Any]:
    found = await _found(desk, letter)
    if found["state"] != "dead":
        raise Problem(409, "Conflict", f"Dead letter {letter} was {found['state']} already.")
    return found


def _short(letter: Mapping[str, Any]) -> dict[str, Any]:
    told = {key: letter[key] for key in ("id", "step", "error", "tries", "story_id", "revision", "state")}
    return {**told, "stream": letter["from_stream"], "died_at": rfc3339(letter["died_at"])}
