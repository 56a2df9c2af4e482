"""Does every address at which readers arrive show these revisions already?"""

import asyncio
from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from services.site.domain.addresses import wire_form
from services.site.domain.proof import Expected, missing_from
from shared import clock
from shared.net import Net, NetError

#: How long resolved addresses hold (s); a CDN's change seldom.
RESOLVED_FOR: Final = 30.0
TIMEOUT: Final = 5.0
AT_ONCE: Final = 16

#: Status and headers (lower case).
_Shown = tuple[int, Mapping[str, str]]


class NetProver:
    """Asks `proof_url` under the public name, at each of its addresses, over connections that stay open."""

    def __init__(self, net: Net, proof_url: str, public_url: str) -> None:
        """Where to connect, and which site to ask for."""
        self._net, self._proof_url = net, proof_url
        self._host = urlsplit(public_url).netloc
        # The headers say it all, so HEAD is enough where we ask ourselves; a cache on the way may answer HEAD from
        # something else than what it answers GET.
        self._asks_itself = _is_this_machine(proof_url)
        self._addresses: list[str] = []
        self._resolved_at = -RESOLVED_FOR
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def prove(self, wanted: Sequence[tuple[str, Expected]]) -> list[str | None]:
        """For each (path in looked-up form, expected): None when every address shows it, else why not, in words."""
        reasons: list[str | None] = [None] * len(wanted)
        try:
            for address in await self._resolve():
                shown = await self._ask(address, [wire_form(path) for path, _ in wanted])
                for place, ((_, expected), (status, headers)) in enumerate(zip(wanted, shown, strict=True)):
                    reason = missing_from(expected, status, headers.get("x-story-revision"))
                    reasons[place] = reasons[place] or (f"{address}: {reason}" if reason else None)
        except NetError as error:
            self._resolved_at = -RESOLVED_FOR
            return [str(error)] * len(wanted)
        return reasons

    async def _ask(self, address: str, paths: Sequence[str]) -> Sequence[_Shown]:
        if self._asks_itself:
            return await self._net.heads(paths, connect_to=address, host=self._host, timeout=TIMEOUT)
        return await asyncio.gather(*(self._page(address, path) for path in paths))

    async def _page(self, address: str, path: str) -> _Shown:
        async with self._slots:
            answer = await self._net.probe(self._proof_url + path, connect_to=address, host=self._host, timeout=TIMEOUT)
        return answer.status, answer.headers

    async def _resolve(self) -> list[str]:
        if clock.monotonic() - self._resolved_at > RESOLVED_FOR:
            self._addresses = await self._net.addresses(self._proof_url)
            self._resolved_at = clock.monotonic()
        return self._addresses


def _is_this_machine(url: str) -> bool:
    """Is it a plain loopback address without a path, so that nothing stands between us and ourselves?"""
    parts = urlsplit(url)
    try:
        return parts.scheme == "http" and parts.path in {"", "/"} and ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False
