"""How does Redis forget a story? Every entry about it goes from every stream and every set of retries.

What a consumer has in hand is taken from it: its answer then finds nothing to settle, so nothing follows from it
(`scripts.SETTLE`). The append-only file is written anew, for it remembers what was deleted.
"""

from collections.abc import Collection, Iterator
from typing import Any, Final

import orjson
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from shared.bus import keys
from shared.bus.envelope import DATA, open_letter
from shared.bus.groups import CONSUMERS

#: Entries read at a time.
_AT_ONCE: Final = 200


async def forget(redis: Redis, story_id: str, spare: Collection[str]) -> int:
    """Delete every event of a story, but not from the streams `spare`; how many there were."""
    gone = 0
    for stream, groups in CONSUMERS.items():
        if stream in spare:
            continue
        gone += await _from_stream(redis, stream, groups, story_id)
        for group in groups:
            gone += await _from_retries(redis, stream, group, story_id)
    try:
        await redis.execute_command("BGREWRITEAOF")  # type: ignore[no-untyped-call]  # it has half its types
    except ResponseError:
        return gone  # one is under way, or it is a managed server that keeps no file, or does not say
    return gone


async def _from_stream(redis: Redis, stream: str, groups: Collection[str], story_id: str) -> int:
    start, gone = "-", 0
    while True:
        entries: Any = await redis.xrange(stream, start, "+", count=_AT_ONCE)
        if not entries:
            return gone
        ours = [entry_id for entry_id, fields in entries if _is_about(fields.get(DATA, b""), story_id)]
        for group in groups if ours else ():
            await redis.xack(stream, group, *ours)
        gone += int(await redis.xdel(stream, *ours)) if ours else 0
        start = f"({entries[-1][0].decode()}"


async def _from_retries(redis: Redis, stream: str, group: str, story_id: str) -> int:
    waiting: Any = await redis.zrange(keys.retry(stream, group), 0, -1)
    gone = 0
    for sealed in waiting:
        if _is_about(sealed, story_id):
            gone += int(await redis.zrem(keys.retry(stream, group), sealed))
            await redis.zrem(keys.opened(stream, group), open_letter(sealed).id)
    return gone


def _is_about(sealed: bytes, story_id: str) -> bool:
    """Is the story what this event is about, and not only mentioned in another's?"""
    if story_id.encode() not in sealed:
        return False
    body = open_letter(sealed).body
    try:
        fields = orjson.loads(body)
    except orjson.JSONDecodeError:
        return True  # nobody can read it; it holds the story's name
    return not isinstance(fields, dict) or story_id in set(_subjects(fields))


def _subjects(fields: dict[str, Any]) -> Iterator[str]:
    head = fields.get("head")
    for holder in (fields, head if isinstance(head, dict) else {}):
        if "story_id" in holder:
            yield str(holder["story_id"])
