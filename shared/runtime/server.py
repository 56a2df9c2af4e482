"""How do we listen? One uvicorn server a listener, without signal handlers of its own."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from shared.runtime.claims import CannotStart

#: Seconds that running requests get at the end; streams to readers are cut, they come back by themselves.
GRACE = 1


class Listener(uvicorn.Server):
    """A server that starts at once and stops when it is told to."""

    def __init__(self, app: ASGIApp, host: str, port: int) -> None:
        """Bind now, so that a taken port is an error before anything else starts; CannotStart says which."""
        self._socket = _bind(host, port)
        self._task: asyncio.Task[None] | None = None
        super().__init__(
            uvicorn.Config(
                app,
                http="httptools",
                ws="none",
                lifespan="off",
                interface="asgi3",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                timeout_keep_alive=15,
                timeout_graceful_shutdown=GRACE,
            )
        )

    def open(self) -> None:
        """Accept requests from now on."""
        self._task = asyncio.create_task(self.serve([self._socket]), name="http")

    async def close(self) -> None:
        """Accept nothing more and let running requests finish, for GRACE seconds at most."""
        self.should_exit = True
        if self._task is None:
            self._socket.close()
        else:
            await self._task

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals belong to the process, which stops more than a server."""
        yield


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    with contextlib.ExitStack() as undo:
        undo.callback(listening.close)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, port))
        except OSError as error:
            raise CannotStart(
                f"cannot listen on {host}:{port}: {error.strerror}; choose another NEWSWIRE_PORT or NEWSWIRE_HOST"
            ) from None
        undo.pop_all()
    listening.setblocking(False)  # noqa: FBT003 - the standard library's signature
    return listening
