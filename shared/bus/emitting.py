"""How do events reach their streams? Sealed, in order, in writes of bounded size; the groups exist before the first."""

from collections.abc import Sequence
from functools import partial

from redis.asyncio import Redis

from shared.bus.envelope import DATA, Sealer
from shared.bus.groups import ensure_groups
from shared.bus.link import Link
from shared.events import Event

#: Events and bytes of one pipelined write, at most.
CHUNK, CHUNK_BYTES = 256, 4 * 1024 * 1024


class Emitter:
    """Writes to streams. Raises Unavailable when Redis did not take everything."""

    def __init__(self, redis: Redis, link: Link, sealer: Sealer) -> None:
        """Nothing is asked of Redis before the first event."""
        self._redis, self._link, self._sealer = redis, link, sealer
        self._grouped = False

    async def ensure_groups(self) -> None:
        """Create what is missing of the topology."""
        await self._link.once(lambda: ensure_groups(self._redis))
        self._grouped = True

    async def emit(self, events: Sequence[Event]) -> list[str]:
        """Put events on their streams, in order; their entry ids ("ms-n")."""
        if not self._grouped:
            await self.ensure_groups()
        ids: list[str] = []
        for chunk in _chunks([(event.stream, self._sealer.seal(event)) for event in events]):
            ids += await self.add(chunk)
        return ids

    async def add(self, sealed: Sequence[tuple[str, bytes]]) -> list[str]:
        """Put envelopes on streams in one write; their entry ids."""
        return await self._link.once(partial(self._add, sealed))

    async def _add(self, sealed: Sequence[tuple[str, bytes]]) -> list[str]:
        pipeline = self._redis.pipeline(transaction=False)
        for stream, envelope in sealed:
            pipeline.execute_command("XADD", stream, "*", DATA, envelope)
        return [entry_id.decode() for entry_id in await pipeline.execute()]


def _chunks(sealed: Sequence[tuple[str, bytes]]) -> list[list[tuple[str, bytes]]]:
    chunks: list[list[tuple[str, bytes]]] = []
    size = CHUNK_BYTES
    for item in sealed:
        if size + len(item[1]) > CHUNK_BYTES or len(chunks[-1]) == CHUNK:
            chunks.append([])
            size = 0
        chunks[-1].append(item)
        size += len(item[1])
    return chunks
