"""Does the bus find its Redis through Sentinel?"""

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis as BlockingRedis
from redis.asyncio import Redis
from redis.exceptions import RedisError

from shared.bus import Unavailable
from tests.integration.bus.scene import IN, answer_all, answers, bus, eventually, question
from tests.servers.redis import binaries

SERVICE = "newswire"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _up(port: int) -> bool:
    with BlockingRedis(port=port, socket_timeout=1) as client:
        try:
            return bool(client.ping())
        except (RedisError, OSError):
            return False


@pytest.fixture(params=list(binaries().values()), ids=list(binaries()))
def guarded(request: pytest.FixtureRequest) -> Iterator[tuple[int, int]]:
    """Ports of a server and of the sentinel that watches it."""
    binary: Path = request.param
    directory = Path(tempfile.mkdtemp(prefix="nw-sentinel-"))
    server_port, sentinel_port = _free_port(), _free_port()
    config = directory / "sentinel.conf"
    config.write_text(f"port {sentinel_port}\nsentinel monitor {SERVICE} 127.0.0.1 {server_port} 1\n")
    commands = (
        [str(binary), "--port", str(server_port), "--save", "", "--dir", str(directory)],
        [str(binary), str(config), "--sentinel"],
    )
    processes = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for command in commands]
    until = time.monotonic() + 10
    while not (_up(server_port) and _up(sentinel_port)):
        assert time.monotonic() < until
        time.sleep(0.02)
    yield server_port, sentinel_port
    for process in processes:
        process.kill()
        process.wait()
    shutil.rmtree(directory, ignore_errors=True)


async def test_a_sentinel_url_leads_to_the_server_that_sentinel_names(guarded: tuple[int, int]) -> None:
    server_port, sentinel_port = guarded
    # The first of the sentinels does not answer; the second does.
    step = bus(f"redis+sentinel://127.0.0.1:1,127.0.0.1:{sentinel_port}/{SERVICE}")
    step.step(IN, answer_all)
    try:
        await step.start()
        await step.emit([question(1)])
        async with Redis(port=server_port, protocol=2) as client:
            await eventually(lambda: _answered(client))
        assert await step.problems() == []
    finally:
        await step.stop()


async def test_a_service_that_no_sentinel_knows_is_unavailable(guarded: tuple[int, int]) -> None:
    _, sentinel_port = guarded
    step = bus(f"redis+sentinel://127.0.0.1:{sentinel_port}/another/0")
    try:
        with pytest.raises(Unavailable):
            await step.emit([question(1)])
    finally:
        await step.stop()


async def _answered(client: Redis) -> bool:
    return await answers(client) == [1]
