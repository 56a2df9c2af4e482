"""How often may one client do something?"""

from collections import OrderedDict, deque
from ipaddress import IPv6Address, ip_address, ip_network


def network(address: str) -> str:
    """Whose address this is: of IPv6 one client has a network of at least 64 bits (RFC 6177), so that it counts."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return address
    return str(found.ipv4_mapped or ip_network((found, 64), strict=False))


class RateLimit:
    """At most `times` in any `seconds` for each client; forgets the clients that were quiet longest.

    In memory, per process: it keeps a flood out, it does not count money.
    """

    def __init__(self, times: int, seconds: float, clients: int = 10_000) -> None:
        """`clients` bounds the memory."""
        self._times, self._seconds, self._clients = times, seconds, clients
        self._seen: OrderedDict[str, deque[float]] = OrderedDict()

    def wait(self, client: str, now: float) -> float:
        """Seconds until `client` may try again; 0.0 when it may now (which is then counted)."""
        seen = self._seen.setdefault(client, deque())
        self._seen.move_to_end(client)
        while seen and seen[0] <= now - self._seconds:
            seen.popleft()
        if len(seen) >= self._times:
            return seen[0] + self._seconds - now
        seen.append(now)
        if len(self._seen) > self._clients:
            self._seen.popitem(last=False)
        return 0.0
