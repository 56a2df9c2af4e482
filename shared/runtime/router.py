"""How does a request reach the service that answers it, in a process with several of them?"""

from collections.abc import Mapping

from starlette.types import ASGIApp, Receive, Scope, Send

from shared.runtime.paths import DEFAULT, FIRST, owner
from shared.runtime.problems import Problem, nothing_at


class Router:
    """ASGI: the process' own addresses, then the services'; readers' requests cost one look-up more than without it."""

    def __init__(self, process: ASGIApp) -> None:
        """`process` answers for the process itself, from the first moment on."""
        self._process = process
        self._apps: Mapping[str, ASGIApp] = {}
        self._site: ASGIApp = starting

    def serve(self, apps: Mapping[str, ASGIApp]) -> None:
        """From now on the services answer."""
        self._apps = apps
        self._site = apps.get(DEFAULT, missing)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Route one request."""
        path = scope.get("path", "/")
        end = path.find("/", 1)
        if path[1 : end if end > 0 else None] not in FIRST:
            await self._site(scope, receive, send)
            return
        service = owner(path)
        if service == "process":
            await self._process(scope, receive, send)
        elif not self._apps:
            await starting(scope, receive, send)
        else:
            await self._apps.get(service or "", missing)(scope, receive, send)


async def starting(scope: Scope, receive: Receive, send: Send) -> None:
    """Nothing can be answered yet."""
    await _answer(Problem(503, detail="The services are starting.", headers={"Retry-After": "1"}), scope, receive, send)


async def missing(scope: Scope, receive: Receive, send: Send) -> None:
    """This process has nothing under that address."""
    await _answer(nothing_at(scope.get("path", "/")), scope, receive, send)


async def _answer(problem: Problem, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        await problem.response()(scope, receive, send)
    elif scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1000})
