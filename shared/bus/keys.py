"""Which keys does the bus keep in Redis, besides the streams themselves?

<stream>                              an event's stream, named by its class
newswire:retry:<stream>:<group>       sorted set: due time (ms) → sealed event that waits for its next try
newswire:open:<stream>:<group>        sorted set: time of the first try (ms) → id of an event that is being retried
newswire:sweep:<stream>:<group>       who reclaims abandoned entries now (with a TTL)
newswire:trim                         who trims the streams now (with a TTL)
newswire:epoch                        the epoch: gone when Redis lost what it held
newswire:wake                         pub/sub channel of nudges
"""

from typing import Final

EPOCH: Final = "newswire:epoch"
TRIM: Final = "newswire:trim"
WAKE: Final = "newswire:wake"


def retry(stream: str, group: str) -> str:
    """Events of a step that wait for their next try."""
    return f"newswire:retry:{stream}:{group}"


def opened(stream: str, group: str) -> str:
    """Events of a step that failed at least once and are not settled."""
    return f"newswire:open:{stream}:{group}"


def sweep(stream: str, group: str) -> str:
    """The lock of a step's reclaimer."""
    return f"newswire:sweep:{stream}:{group}"
