"""How does the bus reach Redis, and what does FastStream see of it?

A URL is `redis://`, `rediss://`, `unix://` or, for Sentinel, `redis+sentinel://[user:password@]host:port,host:port/service`
(optionally `/db` behind it). FastStream reads through a client of ours that keeps its subscribers alive: by default
one stops for good when its group vanishes, sleeps five seconds after any error and logs every one of them.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar, cast
from urllib.parse import SplitResult, unquote, urlsplit

from faststream.redis import RedisBroker
from faststream.redis.configs.state import ConnectionState
from redis.asyncio import Redis
from redis.asyncio.client import Pipeline
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as NoAnswer

T = TypeVar("T")

#: What "Redis is away" looks like. ResponseError is among them on purpose: READONLY, LOADING, OOM, MISCONF pass.
TROUBLE = (RedisError, OSError)
CONNECT_S, ANSWER_S = 2.0, 5.0
SENTINEL_PORT: Final = 26379

Trouble = Callable[[str, BaseException], Awaitable[None]]


class Commands(Redis):
    """The client for commands; none takes longer than `ANSWER_S`, a connect included.

    The client's own `socket_timeout` is not used: it sends through `asyncio.wait_for`, which on Python 3.11 swallows a
    cancellation that meets the end of a send. A loop of quick commands lost most of them: deadlines never came.
    """

    async def execute_command(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401
        """Send one; `NoAnswer` when its time is up."""
        return await _in_time(super().execute_command(*args, **options))  # type: ignore[no-untyped-call]

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> Pipeline:  # noqa: FBT001, FBT002
        """Collect commands, to be sent at once."""
        return _Pipeline(self.connection_pool, self.response_callbacks, transaction, shard_hint)


class _Pipeline(Pipeline):
    async def execute(self, raise_on_error: bool = True) -> list[Any]:  # noqa: FBT001, FBT002
        return await _in_time(super().execute(raise_on_error))


async def _in_time(work: Awaitable[T]) -> T:
    try:
        async with asyncio.timeout(ANSWER_S):
            return await work
    except TimeoutError:
        raise NoAnswer(f"no answer within {ANSWER_S:g} s") from None


class Reads(Commands):
    """The client that FastStream reads with; `on_trouble(stream, error)` is awaited instead of raising."""

    on_trouble: Trouble
    on_read: Callable[[str], None]

    async def ping(self, **_: Any) -> bool:  # noqa: ANN401
        """Say yes: FastStream's start must not fail, nor its supervisor spin, because Redis is not there yet."""
        return True

    async def xgroup_create(self, *_: Any, **__: Any) -> bool:  # noqa: ANN401
        """Do nothing: the bus has made all groups, at 0."""
        return True

    async def xreadgroup(self, groupname: str, consumername: str, streams: Any, **options: Any) -> Any:  # type: ignore[override]  # noqa: ANN401
        """Read; in trouble wait as long as the bus says and answer with nothing."""
        (stream,) = streams
        try:
            entries = await super().xreadgroup(groupname, consumername, streams, **options)
        except TROUBLE as error:
            await self.on_trouble(stream, error)
            return []
        self.on_read(stream)
        return entries


class _Connected(ConnectionState[Redis]):
    """FastStream's idea of a connection, around a client that exists already."""

    def __init__(self, client: Redis) -> None:
        super().__init__()
        self._client = client
        self._connected = True

    async def connect(self) -> Redis:
        return self.client


class Broker(RedisBroker):
    """FastStream's broker on a client of ours (the hook by which its own Sentinel broker differs)."""

    def __init__(self, reads: Reads, **options: Any) -> None:  # noqa: ANN401
        """`options` are RedisBroker's."""
        self._reads = reads
        super().__init__("redis://bus", **options)

    def _make_connection_state(self, _options: dict[str, Any], _kwargs: dict[str, Any]) -> ConnectionState[Any]:
        return _Connected(self._reads)


@dataclass(frozen=True)
class Connections:
    """A client for commands and one for blocking reads; neither connects before its first command."""

    redis: Redis
    reads: Reads
    sentinels: Sequence[Redis] = ()

    async def close(self) -> None:
        """Close all of them."""
        for client in (self.redis, self.reads, *self.sentinels):
            await client.aclose()


def connect(url: str) -> Connections:
    """Clients for a URL; ValueError when it is none."""
    # Our own loops try again, with backoff; a retry inside the client would send an XADD twice without saying so.
    options: dict[str, Any] = {
        "protocol": 2,
        "retry": Retry(NoBackoff(), 0),
        "socket_connect_timeout": CONNECT_S,
        "socket_timeout": None,
        "max_connections": 512,
    }
    parts = urlsplit(url)
    if parts.scheme.endswith("+sentinel"):
        return _through_sentinel(parts, options)
    if parts.scheme == "unix":
        del options["socket_connect_timeout"]
    reads = Reads.from_url(url, **options)
    return Connections(Commands.from_url(url, **options), cast("Reads", reads))


def _through_sentinel(parts: SplitResult, options: dict[str, Any]) -> Connections:
    user_info, _, hosts = parts.netloc.rpartition("@")
    user, _, password = user_info.partition(":")
    service, _, db = parts.path.strip("/").partition("/")
    options |= {"username": unquote(user) or None, "password": unquote(password) or None, "db": int(db or 0)}
    if parts.scheme.startswith("rediss"):
        options["ssl"] = True
    pairs = [host.partition(":") for host in hosts.split(",")]
    nodes = [(host, int(port or SENTINEL_PORT)) for host, _, port in pairs]
    timeouts = {"socket_timeout": CONNECT_S, "socket_connect_timeout": CONNECT_S, "retry": Retry(NoBackoff(), 0)}
    sentinel: Any = Sentinel(nodes, sentinel_kwargs=timeouts)  # type: ignore[no-untyped-call]
    redis, reads = (sentinel.master_for(service, redis_class=kind, **options) for kind in (Commands, Reads))
    return Connections(redis, reads, sentinel.sentinels)
