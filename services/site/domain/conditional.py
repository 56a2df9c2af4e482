"""Has the reader this very page already (304)?

RFC 9110 §13.2.2: `If-None-Match` decides alone where it is present; else `If-Modified-Since` is compared, as a date,
never as text.
"""

from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache


def tag_matches(header: bytes, tag: bytes) -> bool:
    """Does a list of entity tags (or `*`) name ours? Weak comparison (§8.8.3.2): `W/` makes no difference."""
    if header.strip() == b"*":
        return True
    return any(item.strip().removeprefix(b"W/") == tag for item in header.split(b","))


def not_modified_since(header: bytes, modified: int) -> bool:
    """Is `modified` (Unix seconds) no later than the header's date? An invalid date is as good as none."""
    since = _seconds(header)
    return since is not None and modified <= since


def http_date(seconds: int) -> bytes:
    """IMF-fixdate (§5.6.7)."""
    return format_datetime(datetime.fromtimestamp(seconds, UTC), usegmt=True).encode()


@lru_cache(maxsize=1024)
def _seconds(header: bytes) -> int | None:
    try:
        at = parsedate_to_datetime(header.decode("latin-1"))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    try:
        return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):
        return None
