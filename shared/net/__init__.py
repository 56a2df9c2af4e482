"""How do we talk HTTP to others without being used against our own network? All outbound HTTP goes through `Net`."""

from shared.net.client import Answer, Net
from shared.net.errors import NetError, Refused, TooLarge, Unreachable, is_outage
from shared.net.guard import Network, refused
from shared.net.heads import Head

__all__ = ["Answer", "Head", "Net", "NetError", "Network", "Refused", "TooLarge", "Unreachable", "is_outage", "refused"]
