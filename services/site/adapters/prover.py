"""Does every address at which readers arrive show this revision already?"""

import asyncio
from ipaddress import ip_address
from typing import Final, Literal
from urllib.parse import urlsplit

from services.site.domain.addresses import wire_form
from services.site.domain.proof import Expected, missing_from
from shared import clock
from shared.net import Net, NetError

#: How long resolved addresses hold (s); a CDN's change seldom.
RESOLVED_FOR: Final = 30.0
TIMEOUT: Final = 5.0
AT_ONCE: Final = 16


class NetProver:
    """Asks `proof_url` under the public name, at each of its addresses, over connections that stay open."""

    def __init__(self, net: Net, proof_url: str, public_url: str) -> None:
        """Where to connect, and which site to ask for."""
        self._net, self._proof_url = net, proof_url
        self._host = urlsplit(public_url).netloc
        # The headers say it all, so HEAD is enough where we ask ourselves; a cache on the way may answer HEAD from
        # something else than what it answers GET.
        self._method: Literal["GET", "HEAD"] = "HEAD" if _is_this_machine(proof_url) else "GET"
        self._addresses: list[str] = []
        self._resolved_at = -RESOLVED_FOR
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def prove(self, path: str, expected: Expected) -> str | None:
        """None when every address shows `expected` at `path` (looked-up form); else why not, in a few words."""
        try:
            for address in await self._resolve():
                reason = await self._ask(address, path, expected)
                if reason is not None:
                    return reason
        except NetError as error:
            self._resolved_at = -RESOLVED_FOR
            return str(error)
        return None

    async def _ask(self, address: str, path: str, expected: Expected) -> str | None:
        url = self._proof_url + wire_form(path)
        async with self._slots:
            answer = await self._net.probe(
                url, connect_to=address, host=self._host, timeout=TIMEOUT, method=self._method
            )
        reason = missing_from(expected, answer.status, answer.headers.get("x-story-revision"))
        return f"{address}: {reason}" if reason else None

    async def _resolve(self) -> list[str]:
        if clock.monotonic() - self._resolved_at > RESOLVED_FOR:
            self._addresses = await self._net.addresses(self._proof_url)
            self._resolved_at = clock.monotonic()
        return self._addresses


def _is_this_machine(url: str) -> bool:
    try:
        return ip_address(urlsplit(url).hostname or "").is_loopback
    except ValueError:
        return False
