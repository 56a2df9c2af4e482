"""Events between services, over Redis Streams: the only code that imports FastStream or touches a stream.

At least once, and once in effect: what follows from an event is emitted in the same atomic call that acknowledges it.
"""

from shared.bus.bus import Bus, Handler
from shared.bus.errors import Reject, Unavailable
from shared.bus.traces import is_untouched

__all__ = ["Bus", "Handler", "Reject", "Unavailable", "is_untouched"]
