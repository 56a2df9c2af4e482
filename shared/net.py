"""How do we talk HTTP to strangers without being used against our own network?

All outbound HTTP goes through `Net`. The guard looks at the address that a socket is about to connect to, for the first
request and after each redirect, so a name that resolves differently the second time gains nothing.

    NetError
    ├── Refused        the guard or the protocol forbids it: a private address, another scheme, too many redirects
    ├── Unreachable    no connection, no answer in time, a broken answer
    └── TooLarge       more bytes (after decompression) than asked for
"""
# ruff: noqa: ASYNC109 - each call says how long it may take; `asyncio.timeout` is how it is kept

import asyncio
import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urljoin, urlsplit

if TYPE_CHECKING:  # 15 MB and 0.15 s: imported by the first request
    import aiohttp

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

REDIRECTS = 5
_CHUNK = 64 * 1024
_PRIVATE = frozenset({"authorization", "cookie"})
_MOVED = frozenset({301, 302, 303, 307, 308})
#: Public by registration, yet the inside of a cloud: Azure's host agent.
_METADATA = (ip_network("168.63.129.16/32"),)
_NAT64 = ip_network("64:ff9b::/96")


class NetError(Exception):
    """A request that brought no answer."""


class Refused(NetError):  # noqa: N818 - an outcome with a name, as in LookupError
    """We do not make this request, now or later."""


class Unreachable(NetError):  # noqa: N818 - an outcome with a name, as in LookupError
    """The other side did not answer, or not in HTTP."""


class TooLarge(NetError):  # noqa: N818 - an outcome with a name, as in LookupError
    """The answer is larger than the caller wants to hold."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A response read whole. Header names are lower case; `url` is where the last redirect led."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


def refused(address: Address, allowed: Sequence[Network]) -> bool:
    """Does `address` lead where a stranger must not send us? Mapped addresses count as what they mean."""
    address = _meant(address)
    if any(address in network for network in allowed):
        return False
    special = address.is_multicast or address.is_reserved or address.is_unspecified or address.is_loopback
    return special or not address.is_global or any(address in network for network in _METADATA)


class Net:
    """The process' HTTP client; made once, closed at the end."""

    def __init__(self, allow_networks: Sequence[Network] = (), *, agent: str = "Newswire/0.1") -> None:
        """`allow_networks`: what the guard lets through although it is not public."""
        self._allowed = tuple(allow_networks)
        self._agent = agent
        self._guarded: aiohttp.ClientSession | None = None
        self._probing: aiohttp.ClientSession | None = None

    async def get(
        self, url: str, *, max_bytes: int, timeout: float, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """GET, following up to five redirects. `timeout` (s) covers all of it; TooLarge above `max_bytes`."""
        try:
            async with asyncio.timeout(timeout):
                return await self._follow(url, dict(headers or {}), max_bytes)
        except TimeoutError:
            raise Unreachable(f"no answer within {timeout:g} s") from None

    async def post(
        self, url: str, body: bytes, headers: Mapping[str, str], *, timeout: float, max_bytes: int
    ) -> Answer:
        """POST once; a redirect is the answer (3xx). An answer's body is cut at `max_bytes`: it is for people only."""
        try:
            async with asyncio.timeout(timeout):
                return await self._once("POST", url, dict(headers), max_bytes, body=body, cut=True)
        except TimeoutError:
            raise Unreachable(f"no answer within {timeout:g} s") from None

    async def probe(
        self, url: str, *, connect_to: str, host: str, timeout: float, method: Literal["GET", "HEAD"] = "GET"
    ) -> Answer:
        """Ask one address (`ip:port`, from `addresses`) for `url` under the name `host`. Exempt from the guard.

        For the live proof only: where it connects is the operator's setting, never a stranger's. Redirects are answers.
        """
        parts = urlsplit(url)
        target = f"{parts.scheme}://{connect_to}{parts.path or '/'}" + (f"?{parts.query}" if parts.query else "")
        headers = {"Host": host, "Accept-Encoding": "identity"}
        name = urlsplit(f"//{host}").hostname
        try:
            async with asyncio.timeout(timeout):
                return await self._once(method, target, headers, _CHUNK * 64, cut=True, name=name, guarded=False)
        except TimeoutError:
            raise Unreachable(f"no answer within {timeout:g} s") from None

    async def addresses(self, url: str) -> list[str]:
        """Every address (`ip:port`) that serves `url`, in a stable order; Unreachable when the name has none."""
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        found = await _resolve(parts.hostname or "", port, socket.AF_UNSPEC)
        hosts = sorted({str(info[4][0]) for info in found})
        return [f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host in hosts]

    async def close(self) -> None:
        """Close every connection."""
        for session in (self._guarded, self._probing):
            if session is not None:
                await session.close()
        self._guarded = self._probing = None

    async def _follow(self, url: str, headers: dict[str, str], max_bytes: int) -> Answer:
        origin = urlsplit(url)[:2]
        for _ in range(REDIRECTS + 1):
            answer = await self._once("GET", url, headers, max_bytes)
            if answer.status not in _MOVED or not answer.headers.get("location"):
                return answer
            url = urljoin(url, answer.headers["location"])
            if urlsplit(url)[:2] != origin:  # a secret meant for one host is not for the next
                headers = {
                    name: text for name, text in headers.items() if name.lower() not in {"authorization", "cookie"}
                }
        raise Refused(f"more than {REDIRECTS} redirects")

    async def _once(
        self,
        method: str,
        url: str,
        headers: dict[str, str],
        max_bytes: int,
        *,
        body: bytes | None = None,
        cut: bool = False,
        name: str | None = None,
        guarded: bool = True,
    ) -> Answer:
        import aiohttp  # noqa: PLC0415 - see the top

        if guarded:
            self._check(url)
        session = self._session(guarded=guarded)
        try:
            async with session.request(
                method, url, data=body, headers=headers, allow_redirects=False, server_hostname=name
            ) as response:
                content = await _read(response, max_bytes, cut=cut or response.status in _MOVED)
                found = {key.lower(): value for key, value in response.headers.items()}
                return Answer(response.status, found, content, url)
        except aiohttp.ClientConnectorError as error:
            if isinstance(error.os_error, _GuardedError):
                raise Refused(str(error.os_error)) from None
            raise Unreachable(str(error)) from error
        except aiohttp.InvalidURL as error:
            raise Refused(f"not an address: {error}") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise Unreachable(f"{type(error).__name__}: {error}") from error

    def _check(self, url: str) -> None:
        """What can be refused before any name is looked up; aiohttp asks no resolver about literal addresses."""
        try:
            parts = urlsplit(url)
            host = parts.hostname or ""
            _ = parts.port
        except ValueError as error:
            raise Refused(f"not an address: {error}") from None
        if parts.scheme not in {"http", "https"} or not host:
            raise Refused("only http and https addresses are fetched")
        with suppress(ValueError):
            if refused(ip_address(host), self._allowed):
                raise Refused(f"{host} is not a public address")

    def _session(self, *, guarded: bool) -> "aiohttp.ClientSession":
        if guarded:
            if self._guarded is None:
                self._guarded = _open(self._agent, self._allowed)
            return self._guarded
        if self._probing is None:
            self._probing = _open(self._agent, None)
        return self._probing


class _GuardedError(OSError):
    """Told through aiohttp, which passes on only errors of the operating system."""


async def _resolve(host: str, port: int, family: int) -> list[tuple[Any, ...]]:
    try:
        loop = asyncio.get_running_loop()
        return list(await loop.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM))
    except (socket.gaierror, UnicodeError) as error:
        raise Unreachable(f"{host}: {error}") from None


def _open(agent: str, allowed: Sequence[Network] | None) -> "aiohttp.ClientSession":
    """A session whose sockets connect only to what `allowed` lets through; None: to anything."""
    import aiohttp  # noqa: PLC0415 - see the top
    from aiohttp.abc import AbstractResolver, ResolveResult  # noqa: PLC0415

    class Resolver(AbstractResolver):
        """Names to addresses, without those that are refused."""

        async def resolve(
            self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
        ) -> list[ResolveResult]:
            try:
                found = await _resolve(host, port, family)
            except Unreachable as error:
                raise OSError(str(error)) from None
            public = [info for info in found if allowed is None or not refused(ip_address(info[4][0]), allowed)]
            if found and not public:
                raise _GuardedError(f"{host} has no public address")
            return [
                ResolveResult(
                    hostname=host, host=info[4][0], port=port, family=info[0], proto=0, flags=socket.AI_NUMERICHOST
                )
                for info in public
            ]

        async def close(self) -> None:
            """Nothing is held."""

    def connect(info: tuple[Any, ...]) -> socket.socket:
        # The last word: whatever led here, this is the address that the kernel will connect to.
        if allowed is not None and refused(ip_address(str(info[4][0]).partition("%")[0]), allowed):
            raise _GuardedError(f"{info[4][0]} is not a public address")
        return socket.socket(info[0], info[1], info[2])

    connector = aiohttp.TCPConnector(
        resolver=Resolver(), socket_factory=connect, limit=256, limit_per_host=16 if allowed is not None else 0
    )
    return aiohttp.ClientSession(
        connector=connector,
        headers={"User-Agent": agent},
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None),  # each call brings its own
        trust_env=False,
    )


async def _read(response: "aiohttp.ClientResponse", max_bytes: int, *, cut: bool) -> bytes:
    """The body, decompressed piece by piece, so that a bomb stops at `max_bytes`."""
    if not cut and (response.content_length or 0) > max_bytes:
        raise TooLarge(f"{response.content_length} bytes announced, {max_bytes} allowed")
    body = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK):
        body += chunk
        if len(body) > max_bytes:
            if not cut:
                raise TooLarge(f"more than {max_bytes} bytes")
            del body[max_bytes:]
            break
    return bytes(body)


def is_outage(error: BaseException) -> bool:
    """Is the other side away? A step that must not wait for a stranger catches Unreachable itself."""
    return isinstance(error, Unreachable)


def _meant(address: Address) -> Address:
    """The IPv4 address that an IPv6 form stands for (mapped, 6to4, NAT64), else the address itself."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address
