"""How do we talk HTTP to strangers? Under the guard, in bounded time, for bounded bytes."""
# ruff: noqa: ASYNC109 - each call says how long it may take; `asyncio.timeout` is how it is kept

import asyncio
import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from shared.net.errors import Refused, TooLarge, Unreachable
from shared.net.guard import GuardedError, Network, open_session, refused, resolve
from shared.net.heads import Head, Heads

if TYPE_CHECKING:  # 15 MB and 0.15 s: imported by the first request
    import aiohttp

REDIRECTS = 5
_CHUNK = 64 * 1024
_PROBED = 64 * _CHUNK
_PRIVATE = frozenset({"authorization", "cookie"})
_MOVED = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Answer:
    """A response read whole. Header names are lower case; `url` is where the last redirect led."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


class Net:
    """The process' HTTP client; made once, closed at the end."""

    def __init__(self, allow_networks: Sequence[Network] = (), *, agent: str = "Newswire/0.1") -> None:
        """`allow_networks`: what the guard lets through although it is not public."""
        self._allowed = tuple(allow_networks)
        self._agent = agent
        self._guarded: aiohttp.ClientSession | None = None
        self._probing: aiohttp.ClientSession | None = None
        self._heads: dict[tuple[str, str], Heads] = {}

    async def get(
        self,
        url: str,
        *,
        max_bytes: int,
        timeout: float,
        headers: Mapping[str, str] | None = None,
        redirects: int = REDIRECTS,
    ) -> Answer:
        """GET, following up to so many redirects. `timeout` (s) covers all of it; TooLarge above `max_bytes`."""
        try:
            async with asyncio.timeout(timeout):
                return await self._follow(url, dict(headers or {}), max_bytes, redirects)
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

    async def probe(self, url: str, *, connect_to: str, host: str, timeout: float, max_bytes: int = _PROBED) -> Answer:
        """Ask one address (`ip:port`, from `addresses`) for `url` under the name `host`. Exempt from the guard.

        For what readers see of our own site: where it connects is the operator's setting, never a stranger's. Redirects
        are answers; a body is cut at `max_bytes`.
        """
        parts = urlsplit(url)
        target = f"{parts.scheme}://{connect_to}{parts.path or '/'}" + (f"?{parts.query}" if parts.query else "")
        headers = {"Host": host, "Accept-Encoding": "identity"}
        name = urlsplit(f"//{host}").hostname
        try:
            async with asyncio.timeout(timeout):
                return await self._once("GET", target, headers, max_bytes, cut=True, name=name, guarded=False)
        except TimeoutError:
            raise Unreachable(f"no answer within {timeout:g} s") from None

    async def heads(self, targets: Sequence[str], *, connect_to: str, host: str, timeout: float) -> list[Head]:
        """What HEAD answers for many `targets` (`/path`, percent-encoded) of one plain http address; as `probe`."""
        heads = self._heads.setdefault((connect_to, host), Heads(connect_to, host, self._agent))
        try:
            async with asyncio.timeout(timeout):
                return await heads.ask(targets)
        except TimeoutError:
            raise Unreachable(f"no answer within {timeout:g} s") from None

    async def addresses(self, url: str) -> list[str]:
        """Every address (`ip:port`) that serves `url`, in a stable order; Unreachable when the name has none."""
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        found = await resolve(parts.hostname or "", port, socket.AF_UNSPEC)
        hosts = sorted({str(info[4][0]) for info in found})
        return [f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host in hosts]

    async def close(self) -> None:
        """Close every connection."""
        for session in (self._guarded, self._probing):
            if session is not None:
                await session.close()
        for heads in self._heads.values():
            heads.close()
        self._guarded = self._probing = None

    async def _follow(self, url: str, headers: dict[str, str], max_bytes: int, redirects: int) -> Answer:
        origin = urlsplit(url)[:2]
        for _ in range(redirects + 1):
            answer = await self._once("GET", url, headers, max_bytes)
            if answer.status not in _MOVED or not answer.headers.get("location"):
                return answer
            url = urljoin(url, answer.headers["location"])
            if urlsplit(url)[:2] != origin:  # a secret meant for one host is not for the next
                headers = {
                    name: text for name, text in headers.items() if name.lower() not in {"authorization", "cookie"}
                }
        raise Refused(f"more than {redirects} redirects")

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
            if isinstance(error.os_error, GuardedError):
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
                self._guarded = open_session(self._agent, self._allowed)
            return self._guarded
        if self._probing is None:
            self._probing = open_session(self._agent, None)
        return self._probing


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
