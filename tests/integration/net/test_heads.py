"""Are many answers of one server the right ones, in order, whatever the server does with its connections?"""

import asyncio
from collections.abc import AsyncGenerator, Callable

import pytest

from shared.net import Net, Unreachable

#: What a server writes for the n-th request of a connection (from 1) to a path; None: it closes instead.
Answering = Callable[[int, str], bytes | None]


class Server:
    """A server that answers as a test wants, and counts."""

    def __init__(self) -> None:
        self.answer: Answering = lambda _, path: head(path)
        self.connections: list[list[str]] = []
        self.address = ""
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.address = "{}:{}".format(*self._server.sockets[0].getsockname())

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked: list[str] = []
        self.connections.append(asked)
        try:
            while True:
                request = (await reader.readuntil(b"\r\n\r\n")).decode()
                asked.append(request.split()[1])
                assert "\r\nHost: news.example\r\n" in request
                said = self.answer(len(asked), asked[-1])
                if said is None:
                    return
                writer.write(said)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


def head(path: str, more: str = "") -> bytes:
    return f"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\nX-Story-Revision: {path[1:]}\r\n{more}\r\n".encode()


@pytest.fixture
async def server() -> AsyncGenerator[Server]:
    running = Server()
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
async def net() -> AsyncGenerator[Net]:
    made = Net()
    yield made
    await made.close()


async def ask(net: Net, server: Server, count: int, timeout: float = 5) -> list[str]:  # noqa: ASYNC109
    answers = await net.heads(
        [f"/{n}" for n in range(count)], connect_to=server.address, host="news.example", timeout=timeout
    )
    assert {one.status for one in answers} <= {200}
    return [one.headers["x-story-revision"] for one in answers]


async def test_many_are_asked_over_few_connections_and_answered_in_order(net: Net, server: Server) -> None:
    for count in (1, 3, 64, 0, 7):
        assert await ask(net, server, count) == [str(n) for n in range(count)]
    assert len(server.connections) == 4


@pytest.mark.parametrize(
    "answer",
    [
        lambda turn, path: head(path) if turn < 4 else None,
        lambda turn, path: head(path, "Connection: close\r\n" if turn == 2 else ""),
        lambda _turn, path: head(path, "Connection: Close\r\n"),
    ],
    ids=["it hangs up after three", "it says so at the second", "it keeps none"],
)
async def test_a_server_that_closes_connections_is_asked_for_the_rest(
    net: Net, server: Server, answer: Answering
) -> None:
    server.answer = answer
    assert await ask(net, server, 20) == [str(n) for n in range(20)]
    assert await ask(net, server, 5) == [str(n) for n in range(5)]


async def test_an_idle_connection_that_the_server_closed_is_replaced(net: Net, server: Server) -> None:
    await ask(net, server, 1)
    server.answer = lambda turn, path: head(path) if len(server.connections) > 1 or turn == 1 else None
    assert await ask(net, server, 1) == ["0"]
    assert len(server.connections) == 2


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0-x\r\n\r\n", b"HTTP/1.1 ok\r\n\r\n", b"x" * 100_000])
async def test_what_is_no_answer_is_unreachable(net: Net, server: Server, answer: bytes) -> None:
    server.answer = lambda _turn, _path: answer or None
    with pytest.raises(Unreachable):
        await ask(net, server, 3)


async def test_a_server_that_says_nothing_is_unreachable_in_time(net: Net, server: Server) -> None:
    server.answer = lambda _turn, _path: b"HTTP/1.1 200 OK\r\n"
    with pytest.raises(Unreachable, match="no answer within"):
        await ask(net, server, 2, timeout=0.2)


async def test_nobody_there_is_unreachable(net: Net, server: Server) -> None:
    await server.stop()
    with pytest.raises(Unreachable):
        await ask(net, server, 2)
