"""How is a webhook posted to a stranger, and may it be? How is a stranger asked something?"""

from collections.abc import Mapping, Sequence
from ipaddress import ip_address

from services.notify.domain.outcomes import Failed, Outcome, Retry
from shared.net import Net, NetError, Network, Refused, Unreachable, refused

ANSWER_MAX = 4096


class GuardedPost:
    """POST through the address guard."""

    def __init__(self, net: Net, allowed: Sequence[Network]) -> None:
        """`allowed`: the networks that the guard lets through."""
        self._net = net
        self._allowed = tuple(allowed)

    async def __call__(
        self, url: str, body: bytes, fields: Mapping[str, str], seconds: float
    ) -> tuple[int, Mapping[str, str]] | Outcome:
        """Status and headers of the answer; without one, whether trying again makes sense."""
        try:
            answer = await self._net.post(url, body, fields, timeout=seconds, max_bytes=ANSWER_MAX)
        except Refused as error:
            return Failed(str(error))
        except NetError as error:
            return Retry(str(error))
        return answer.status, answer.headers

    async def objection(self, url: str) -> str | None:
        """Why no webhook may go there; None when one may, as far as can be seen now (the guard looks each time)."""
        try:
            found = await self._net.addresses(url)
        except (Unreachable, ValueError):
            return None  # a name that does not resolve yet: deliveries will say so
        hosts = [ip_address(one.rpartition(":")[0].strip("[]").partition("%")[0]) for one in found]
        if hosts and all(refused(host, self._allowed) for host in hosts):
            return "leads to a private address; NEWSWIRE_ALLOW_NETWORKS names the networks that may be reached"
        return None


class GuardedGet:
    """GET through the address guard, one and no further."""

    def __init__(self, net: Net) -> None:
        """`net`: the process' client."""
        self._net = net

    async def __call__(self, url: str, seconds: float) -> tuple[int, bytes] | None:
        """Status and body; None without an answer. A redirect is none: nobody may send us on."""
        try:
            answer = await self._net.get(url, max_bytes=ANSWER_MAX, timeout=seconds, redirects=0)
        except NetError:
            return None
        return answer.status, answer.body
