"""Which streams and groups must exist? All of the topology's, from the very first entry on."""

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from shared.events import TOPOLOGY

#: stream → the groups that must have read an entry before it may go.
CONSUMERS = {event.stream: consumers for event, (_, consumers) in TOPOLOGY.items()}


async def ensure_groups(redis: Redis) -> bool:
    """Create at 0 what is missing, for every service and not only for ours; whether anything was missing.

    At 0, so that a group that comes late, or comes back after Redis lost it, gets what waits for it.
    """
    pipeline = redis.pipeline(transaction=False)
    for stream, consumers in CONSUMERS.items():
        for group in consumers:
            pipeline.xgroup_create(stream, group, id="0", mkstream=True)
    answers = await pipeline.execute(raise_on_error=False)
    for answer in answers:
        if isinstance(answer, Exception) and not (isinstance(answer, ResponseError) and "BUSYGROUP" in str(answer)):
            raise answer
    return any(not isinstance(answer, Exception) for answer in answers)
