"""Which number has a story in the index of words?

Numbers rise with the time of publication, to the second: so the newest of what was found come first out of the index,
also when half of all stories were found, and days are a range of numbers.
"""

from hashlib import blake2b
from math import floor
from typing import Final

#: Stories of one second that have numbers of their own without asking twice.
PLACES: Final = 256
#: So much (s) before its time may a story's number lie, and behind it: where thousands share a second they spread.
SLACK: Final = 5_000


def number(published: float, story_id: str, again: int = 0) -> int:
    """The number of a story that was published then (Unix seconds); `again`: that of before is another story's."""
    room: int = PLACES << 2 * min(again, 6)
    digest = blake2b(story_id.encode(), digest_size=8, salt=b"%d" % again).digest()
    return floor(published) * PLACES + int.from_bytes(digest, "big") % room


def lowest(since: float) -> int:
    """No story that was published then, or later, has a lower number."""
    return floor(since) * PLACES


def highest(until: float) -> int:
    """No story that was published before has a higher number."""
    return (floor(until) + SLACK) * PLACES
