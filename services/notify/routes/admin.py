"""What may operators see and change of people and deliveries?"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Protocol
from uuid import UUID

from fastapi import FastAPI, Query, Request
from fastapi.responses import JSONResponse, Response

from services.notify.domain.outcomes import State
from services.notify.domain.people import Person, Wish
from services.notify.routes.requests import subscription
from shared.events import rfc3339
from shared.runtime.bodies import read_json
from shared.runtime.directory import Callers
from shared.runtime.http import Cursor
from shared.runtime.problems import Problem

IMPORT_MAX = 16 * 1024 * 1024


class Subscribers(Protocol):
    """People."""

    async def add(self, people: Sequence[tuple[str, Wish]]) -> int:
        """Import them; how many were new."""

    async def page(self, after: int, limit: int, email: str | None) -> list[Person]:
        """Some of them."""

    async def erase(self, email: str) -> bool:
        """Forget one."""


class Correspondents(Protocol):
    """People who hear of answers to comments."""

    async def erase(self, email: str) -> bool:
        """Forget one."""


class Ledger(Protocol):
    """Deliveries."""

    async def page(self, story_id: str | None, state: str | None, after: int, limit: int) -> list[Mapping[str, Any]]:
        """Some of them."""


def add_admin(
    app: FastAPI, callers: Callers, subscribers: Subscribers, correspondents: Correspondents, ledger: Ledger
) -> None:
    """`/v1/subscribers` and `/v1/deliveries`."""
    _subscribers(app, callers, subscribers, correspondents)

    @app.get("/v1/deliveries", tags=["deliveries"], summary="The ledger, oldest first")
    async def deliveries(
        request: Request,
        story: UUID | None = None,
        state: State | None = None,
        after: Cursor = 0,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> dict[str, Any]:
        await callers.admin(request)
        rows = await ledger.page(str(story) if story else None, state, after, limit)
        return {"deliveries": rows, "next": rows[-1]["id"] if rows else after}


def _subscribers(app: FastAPI, callers: Callers, subscribers: Subscribers, correspondents: Correspondents) -> None:
    @app.get("/v1/subscribers", tags=["subscribers"], summary="Who has subscribed")
    async def people(
        request: Request,
        email: str | None = None,
        after: Cursor = 0,
        limit: Annotated[int, Query(ge=1, le=100_000)] = 10_000,
    ) -> dict[str, Any]:
        await callers.admin(request)
        found = await subscribers.page(after, limit, email)
        return {"subscribers": [_shown(one) for one in found], "next": found[-1].id if found else after}

    @app.post("/v1/subscribers", status_code=201, tags=["subscribers"], summary="Import people who confirmed elsewhere")
    async def add(request: Request) -> Response:
        await callers.admin(request)
        people = _imported(await read_json(request, IMPORT_MAX))
        added = await subscribers.add(people)
        return JSONResponse({"imported": len(people), "added": added}, 201)

    @app.delete("/v1/subscribers/{email:path}", status_code=204, tags=["subscribers"], summary="Erase a person")
    async def erase(email: str, request: Request, only: Literal["answers"] | None = None) -> Response:
        """`only=answers`: as one who hears of answers to comments, known or not; a subscription stays."""
        await callers.admin(request)
        if only:
            await correspondents.erase(email)
        elif not await subscribers.erase(email):
            raise Problem(404, detail="There is no such subscriber.")
        return Response(status_code=204)


def _imported(data: Any) -> list[tuple[str, Wish]]:  # noqa: ANN401 - any JSON value
    """One person, or `{"subscribers": […]}`; Problem 422 with the place of each fault, and then nobody is imported."""
    several = isinstance(data, dict) and set(data) == {"subscribers"} and isinstance(data["subscribers"], list)
    given = data["subscribers"] if several else [data]
    found: list[tuple[str, Wish]] = []
    errors: list[tuple[str, str]] = []
    for index, one in enumerate(given):
        at = f"/subscribers/{index}" if several else ""
        if not isinstance(one, dict):
            errors.append((at, "must be an object"))
            continue
        checked = subscription(one, strict=True)
        errors += [(at + path, message) for _, path, message in checked.errors]
        found.append((checked.email, checked.wish))
    if errors:
        raise Problem(422, "Invalid fields", f"{len(errors)} fields are wrong.", errors[:100])
    return found


def _shown(person: Person) -> dict[str, Any]:
    cadences = {cadence for _, cadence in person.wishes}
    mixed: Literal["mixed"] = "mixed"
    return {
        "id": person.id,
        "email": person.email,
        "state": person.state,
        "topics": [str(topic) for topic, _ in person.wishes],
        "cadence": cadences.pop() if len(cadences) == 1 else mixed if cadences else None,
        "subscriptions": [{"topic": str(topic), "cadence": cadence} for topic, cadence in person.wishes],
        "created_at": rfc3339(person.created_at),
        "confirmed_at": rfc3339(person.confirmed_at) if person.confirmed_at else None,
    }
