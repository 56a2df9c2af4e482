"""Fixtures of the bus' tests: a raw client, and buses that are stopped at the end. They run on every server found."""

from collections.abc import AsyncGenerator, Callable
from typing import Any

import pytest
from redis.asyncio import Redis

from shared.bus import Bus
from shared.bus.groups import CONSUMERS
from tests.integration.bus import scene

#: What TTL answers for a key without one (it answers -2 for a key that has just gone).
FOR_EVER = -1

Make = Callable[..., Bus]


@pytest.fixture
async def redis(each_redis_url: str) -> AsyncGenerator[Redis]:
    """A client to look and to meddle with; at the end no key may be left that nobody has documented."""
    async with Redis.from_url(each_redis_url, protocol=2) as client:
        yield client
        keys: Any = await client.keys()
        for key in keys:
            known = key.decode() in CONSUMERS or key.startswith(
                (b"newswire:retry:", b"newswire:open:", b"newswire:epoch")
            )
            assert known or await client.ttl(key) != FOR_EVER, f"{key!r} stays for ever and belongs to nobody"


@pytest.fixture
async def make(each_redis_url: str) -> AsyncGenerator[Make]:
    """Make buses; they are stopped at the end."""
    made: list[Bus] = []

    def build(service: str = scene.GROUP, **options: Any) -> Bus:
        made.append(scene.bus(each_redis_url, service, **options))
        return made[-1]

    yield build
    for bus in made:
        await bus.stop()
