"""Who receives test webhooks and serves test pictures? A small real HTTP server on loopback that keeps them."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest


@dataclass(frozen=True)
class Received:
    """One request; header names are lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """What to answer, and how long to think about it."""

    status: int = 204
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 0.0


class Receiver:
    """A server in threads of its own, so that it serves other processes as well as this one's loop."""

    def __init__(self) -> None:
        """Every path answers 204 until the test says otherwise."""
        self.requests: list[Received] = []
        self.default = Reply()
        self.replies: dict[str, Reply | Callable[[Received], Reply]] = {}
        self._server: ThreadingHTTPServer | None = None
        self._port = 0

    def start(self) -> None:
        """Listen on a free port; after a `stop`, on the same one."""
        server = ThreadingHTTPServer(("127.0.0.1", self._port), self._handler())
        server.daemon_threads = True
        self._server, self._port = server, server.server_address[1]
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Listen no more; new connections are refused."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    @property
    def url(self) -> str:
        """Its root, without a trailing slash."""
        return f"http://127.0.0.1:{self._port}"

    def at(self, path: str) -> list[Received]:
        """What came for one path."""
        return [request for request in self.requests if request.path == path]

    def reply_to(self, request: Received) -> Reply:
        """What the test wants answered."""
        reply = self.replies.get(request.path, self.default)
        return reply(request) if callable(reply) else reply

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                request = Received(self.command, self.path, headers, body)
                receiver.requests.append(request)
                reply = receiver.reply_to(request)
                time.sleep(reply.delay_s)
                self.send_response(reply.status)
                for name, value in {"Content-Length": str(len(reply.body)), **reply.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(reply.body)

            do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = handle_any  # noqa: N815 - the names that it calls

            def log_message(self, *_arguments: Any) -> None:
                """Say nothing: what came is in `requests`."""

            def handle_one_request(self) -> None:
                try:
                    super().handle_one_request()
                except ConnectionError:
                    self.close_connection = True

        return Handler


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A web server that has heard nothing yet."""
    server = Receiver()
    server.start()
    yield server
    server.stop()
