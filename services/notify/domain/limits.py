"""Who asks too often?"""

from collections import OrderedDict
from dataclasses import dataclass, field


@dataclass(slots=True)
class Bucket:
    """A token bucket for each caller: `burst` at once, then `rate` a second. Forgets the least recent caller."""

    burst: float
    rate: float
    callers: int = 10_000
    _left: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def take(self, caller: str, now: float) -> float:
        """Take one; 0 when there was one, else the seconds until there will be. `now` in seconds that only grow."""
        left, since = self._left.pop(caller, (self.burst, now))
        left = min(self.burst, left + (now - since) * self.rate)
        wait = 0.0 if left >= 1 else (1 - left) / self.rate
        self._left[caller] = (left if wait else left - 1, now)
        if len(self._left) > self.callers:
            self._left.popitem(last=False)
        return wait
