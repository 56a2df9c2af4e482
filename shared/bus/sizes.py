"""How much lies in the streams?"""

from redis.asyncio import Redis

from shared.bus.groups import CONSUMERS
from shared.events import LINE


async def lengths(redis: Redis) -> dict[str, int]:
    """Entries in each stream of the topology."""
    pipeline = redis.pipeline(transaction=False)
    for stream in CONSUMERS:
        pipeline.xlen(stream)
    return {stream: int(length) for stream, length in zip(CONSUMERS, await pipeline.execute(), strict=True)}


async def weights(redis: Redis) -> dict[str, int]:
    """Bytes in each stream of the line, by the server's own estimate."""
    streams = [event.stream for event, _ in LINE]
    pipeline = redis.pipeline(transaction=False)
    for stream in streams:
        pipeline.memory_usage(stream)
    return {stream: int(size or 0) for stream, size in zip(streams, await pipeline.execute(), strict=True)}
