"""Is the embedded Redis a real server that loses nothing and that nobody else can reach?"""

import asyncio
import os
import signal
from collections.abc import AsyncGenerator
from pathlib import Path

import psutil
import pytest
from redis.asyncio import Redis

from shared.runtime.embedded import EmbeddedRedis, answers


@pytest.fixture
async def redis(tmp_path: Path) -> AsyncGenerator[EmbeddedRedis]:
    """A server that runs."""
    server = EmbeddedRedis(tmp_path)
    await server.start()
    yield server
    await server.stop()


async def ask(server: EmbeddedRedis, *command: str) -> object:
    """One command on a connection of its own."""
    async with Redis.from_url(server.url, decode_responses=True) as client:
        answer: object = await client.execute_command(*command)  # type: ignore[no-untyped-call]  # redis-py has no type
        return answer


async def until_another(server: EmbeddedRedis, pid: int | None) -> None:
    """Wait for a server that is not `pid`."""
    path = Path(server.url.removeprefix("unix://"))
    async with asyncio.timeout(10):
        while server.pid in {None, pid} or not await answers(path):  # noqa: ASYNC110 - another process, no event of ours
            await asyncio.sleep(0.02)


async def test_it_keeps_everything_and_listens_to_us_only(redis: EmbeddedRedis, tmp_path: Path) -> None:
    assert await ask(redis, "CONFIG", "GET", "appendonly") == {"appendonly": "yes"}
    assert await ask(redis, "CONFIG", "GET", "maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    assert await ask(redis, "CONFIG", "GET", "port") == {"port": "0"}
    assert redis.pid is not None
    assert not [each for each in psutil.Process(redis.pid).net_connections() if each.status == "LISTEN" and each.laddr]
    path = tmp_path / "redis" / "redis.sock"
    assert path.stat().st_mode & 0o077 == 0


async def test_a_killed_server_comes_back_with_what_it_had(redis: EmbeddedRedis) -> None:
    await ask(redis, "XADD", "story.received.v1", "*", "d", "x")
    await ask(redis, "WAITAOF", "1", "0", "2000")
    killed = redis.pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    await until_another(redis, killed)
    assert await ask(redis, "XLEN", "story.received.v1") == 1


async def test_what_was_written_is_there_after_a_stop(tmp_path: Path) -> None:
    first = EmbeddedRedis(tmp_path)
    await first.start()
    await ask(first, "SET", "newswire:epoch", "e1")
    await first.stop()
    assert not await answers(Path(first.url.removeprefix("unix://")))
    second = EmbeddedRedis(tmp_path)
    await second.start()
    assert await ask(second, "GET", "newswire:epoch") == "e1"
    await second.stop()


async def test_two_on_one_directory_share_a_server_and_the_second_takes_over(tmp_path: Path) -> None:
    first, second = EmbeddedRedis(tmp_path), EmbeddedRedis(tmp_path)
    await first.start()
    await second.start()
    assert first.url == second.url
    assert second.pid is None
    await ask(first, "SET", "newswire:epoch", "e1")
    await first.stop()
    await until_another(second, None)
    assert await ask(second, "GET", "newswire:epoch") == "e1"
    await second.stop()


async def test_a_file_that_cannot_be_read_is_set_aside(tmp_path: Path) -> None:
    first = EmbeddedRedis(tmp_path)
    await first.start()
    await ask(first, "SET", "newswire:epoch", "e1")
    await first.stop()
    for part in (tmp_path / "redis" / "appendonlydir").glob("*.aof"):
        part.write_bytes(b"\xff garbage that no server wrote\r\n" * 50)
    second = EmbeddedRedis(tmp_path)
    await second.start()
    assert await ask(second, "GET", "newswire:epoch") is None
    assert list((tmp_path / "redis").glob("appendonlydir.broken-*"))
    await second.stop()


async def test_a_socket_whose_path_would_be_too_long_lies_in_a_private_place(tmp_path: Path) -> None:
    server = EmbeddedRedis(tmp_path / ("long-" * 25))
    await server.start()
    path = Path(server.url.removeprefix("unix://"))
    assert path.parent.stat().st_mode & 0o077 == 0
    assert await answers(path)
    await server.stop()
