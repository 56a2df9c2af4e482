"""How does an operator stop what leaves, and let it go on?"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Protocol

from fastapi import FastAPI, Request
from pydantic import BaseModel, ConfigDict, StringConstraints

from services.notify.domain.channels import CHANNELS, Channel
from shared.runtime.bodies import decode_json, parse, read_body
from shared.runtime.directory import Callers

BODY_MAX: Final = 16 * 1024


class Pauses(Protocol):
    """The channels that send nothing."""

    async def all(self) -> Sequence[Mapping[str, Any]]:
        """Which, why, since when."""

    async def pause(self, channels: Collection[Channel], reason: str) -> None:
        """Send nothing more on these."""

    async def resume(self, channels: Collection[Channel]) -> None:
        """Go on with these."""


@dataclass(frozen=True)
class Pausing:
    """Pauses; `wake` tells the workers that there is something to do again."""

    pauses: Pauses
    wake: Callable[[], Awaitable[None]]

    async def resume(self, channels: Collection[Channel]) -> None:
        """Go on."""
        await self.pauses.resume(channels)
        await self.wake()


class Which(BaseModel):
    """Which channel; all of them without one."""

    model_config = ConfigDict(extra="forbid")

    channel: Channel | None = None

    @property
    def channels(self) -> Sequence[Channel]:
        """The channels that are meant."""
        return CHANNELS if self.channel is None else (self.channel,)


class Paused(Which):
    """And why."""

    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] = ""


def add_pauses(app: FastAPI, callers: Callers, pausing: Pausing) -> None:
    """`/v1/deliveries/pauses`, `/pause` and `/resume`."""

    async def shown() -> dict[str, Any]:
        return {"pauses": await pausing.pauses.all()}

    @app.get("/v1/deliveries/pauses", tags=["deliveries"], summary="The channels that send nothing now")
    async def pauses(request: Request) -> dict[str, Any]:
        await callers.admin(request)
        return await shown()

    @app.post(
        "/v1/deliveries/pause",
        tags=["deliveries"],
        summary="Send nothing more, corrections and kills neither; what is planned waits",
    )
    async def pause(request: Request) -> dict[str, Any]:
        await callers.admin(request)
        asked = parse(Paused, await _body(request))
        await pausing.pauses.pause(asked.channels, asked.reason)
        return await shown()

    @app.post("/v1/deliveries/resume", tags=["deliveries"], summary="Send again, first what waited")
    async def resume(request: Request) -> dict[str, Any]:
        await callers.admin(request)
        await pausing.resume(parse(Which, await _body(request)).channels)
        return await shown()


async def _body(request: Request) -> Any:  # noqa: ANN401 - any JSON value
    """The body; a call without one means everything."""
    body = await read_body(request, BODY_MAX)
    return decode_json(body) if body.strip() else {}
