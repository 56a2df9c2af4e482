"""When may an entry go? When every group of the topology has read and settled it; one process at a time looks."""

from redis.asyncio import Redis

from shared.bus import keys
from shared.bus.errors import Unavailable
from shared.bus.groups import CONSUMERS
from shared.bus.link import Link
from shared.bus.scripts import TRIM

EVERY_S = 5.0


async def trim_all(redis: Redis) -> int:
    """Trim every stream; how many entries went. A group that does not exist (yet) holds everything back."""
    return sum([int(await TRIM(redis, [stream], groups)) for stream, groups in CONSUMERS.items()])


async def keep_trimmed(redis: Redis, link: Link, consumer: str) -> None:
    """Trim every few seconds until the bus stops."""

    async def turn() -> None:
        if await redis.set(keys.TRIM, consumer, nx=True, px=round(EVERY_S * 900)):
            await trim_all(redis)

    while await link.rest(EVERY_S):
        try:
            await link.once(turn)
        except Unavailable:
            continue
