"""How do processes wake each other? By pub/sub: best effort, on top of loops that look by themselves."""

from collections.abc import Callable, Sequence

from redis.asyncio import Redis

from shared.bus import keys
from shared.bus.connection import TROUBLE
from shared.bus.link import PAUSES_S, Link

Callback = Callable[[], None]


class Nudges:
    """Topics with the callbacks of this process, and the channel to the others."""

    def __init__(self, redis: Redis, link: Link, sender: str) -> None:
        """`sender` tells our own messages from those of others."""
        self._redis, self._link, self._sender = redis, link, sender
        self._callbacks: dict[str, list[Callback]] = {}

    def on(self, topic: str, callback: Callback) -> None:
        """Have `callback` called at every nudge; it must be quick and may be called more often than there was cause."""
        self._callbacks.setdefault(topic, []).append(callback)

    async def send(self, topic: str) -> None:
        """Nudge everybody who listens for a topic; says nothing when that fails."""
        self._call(topic)
        try:
            await self._redis.publish(keys.WAKE, f"{self._sender} {topic}")
        except TROUBLE as error:
            self._link.lost(error)

    async def listen(self) -> None:
        """Until the bus stops; after every (re)connection all callbacks are called, for what may have been missed."""
        failures = 0
        while not self._link.stopping.is_set():
            pubsub = self._redis.pubsub(ignore_subscribe_messages=True)
            try:
                await pubsub.subscribe(keys.WAKE)
                self._call(*self._callbacks)
                failures = 0
                while not self._link.stopping.is_set():
                    message = await pubsub.get_message(timeout=1.0)
                    if message:
                        self._hear(message["data"])
            except TROUBLE as error:
                self._link.lost(error)
                await self._link.rest(PAUSES_S[min(failures, len(PAUSES_S) - 1)])
                failures += 1
            finally:
                await pubsub.aclose()  # type: ignore[no-untyped-call]

    def wanted(self) -> bool:
        """Does anybody here listen?"""
        return bool(self._callbacks)

    def _hear(self, data: bytes) -> None:
        sender, _, topic = data.decode("utf-8", "replace").partition(" ")
        if sender != self._sender:
            self._call(topic)

    def _call(self, *topics: str) -> None:
        for topic in topics:
            callbacks: Sequence[Callback] = self._callbacks.get(topic, ())
            for callback in callbacks:
                callback()
