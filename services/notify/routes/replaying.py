"""How does a partner get again what it has missed?"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

from fastapi import FastAPI, Request

from services.notify.routes.webhooks import Endpoints, number_of, shown
from shared.runtime.directory import Callers
from shared.runtime.http import Cursor
from shared.runtime.problems import Problem


class Places(Protocol):
    """Knows the order of changes."""

    async def replay(self, endpoint: int, after: int) -> int:
        """Enter what an endpoint was told after a place once more; how many webhooks."""


@dataclass(frozen=True)
class Replaying:
    """Sends again; `wake` tells the workers that there is something to do."""

    places: Places
    wake: Callable[[], Awaitable[None]]

    async def replay(self, endpoint: int, after: int) -> int:
        """How many webhooks are on their way again."""
        count = await self.places.replay(endpoint, after)
        await self.wake()
        return count


def add_replay(app: FastAPI, callers: Callers, endpoints: Endpoints, replaying: Replaying) -> None:
    """`POST /v1/webhooks/{webhook}/replay`."""

    @app.post(
        "/v1/webhooks/{webhook}/replay",
        status_code=202,
        tags=["webhooks"],
        summary="Send what became live after a `seq` of /v1/changes again, under the ids that it had",
    )
    async def replay(webhook: str, request: Request, after: Cursor = 0) -> dict[str, Any]:
        caller = await callers.reader(request)
        number = await number_of(endpoints, caller, webhook)
        endpoint = await shown(endpoints, caller, webhook)
        if not endpoint["active"]:
            raise Problem(409, detail=f"The webhook is switched off ({endpoint['reason']}); enable it first.")
        return {"id": webhook, "after": after, "replayed": await replaying.replay(number, after)}
