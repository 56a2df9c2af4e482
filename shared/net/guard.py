"""Where may a stranger's address lead us? Not into our own network.

The guard looks at the address that a socket is about to connect to, for the first request and after each redirect, so a
name that resolves differently the second time gains nothing.
"""

import asyncio
import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, Any

from shared.net.errors import Unreachable

if TYPE_CHECKING:  # 15 MB and 0.15 s: imported by the first request
    import aiohttp

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

#: Public by registration, yet the inside of a cloud: Azure's host agent.
_METADATA = (ip_network("168.63.129.16/32"),)
_NAT64 = ip_network("64:ff9b::/96")


def refused(address: Address, allowed: Sequence[Network]) -> bool:
    """Does `address` lead where a stranger must not send us? Mapped addresses count as what they mean."""
    address = _meant(address)
    if any(address in network for network in allowed):
        return False
    special = address.is_multicast or address.is_reserved or address.is_unspecified or address.is_loopback
    return special or not address.is_global or any(address in network for network in _METADATA)


class GuardedError(OSError):
    """Told through aiohttp, which passes on only errors of the operating system."""


async def resolve(host: str, port: int, family: int) -> list[tuple[Any, ...]]:
    try:
        loop = asyncio.get_running_loop()
        return list(await loop.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM))
    except (socket.gaierror, UnicodeError) as error:
        raise Unreachable(f"{host}: {error}") from None


def open_session(agent: str, allowed: Sequence[Network] | None) -> "aiohttp.ClientSession":
    """A session whose sockets connect only to what `allowed` lets through; None: to anything."""
    import aiohttp  # noqa: PLC0415 - see the top
    from aiohttp.abc import AbstractResolver, ResolveResult  # noqa: PLC0415

    class Resolver(AbstractResolver):
        """Names to addresses, without those that are refused."""

        async def resolve(
            self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
        ) -> list[ResolveResult]:
            try:
                found = await resolve(host, port, family)
            except Unreachable as error:
                raise OSError(str(error)) from None
            public = [info for info in found if allowed is None or not refused(ip_address(info[4][0]), allowed)]
            if found and not public:
                raise GuardedError(f"{host} has no public address")
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
            raise GuardedError(f"{info[4][0]} is not a public address")
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


def _meant(address: Address) -> Address:
    """The IPv4 address that an IPv6 form stands for (mapped, 6to4, NAT64), else the address itself."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address
