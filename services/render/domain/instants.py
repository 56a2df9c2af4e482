"""How are moments kept and said? In the index as microseconds since 1970, which sort and compare fast."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import lru_cache

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
SECOND = 1_000_000
HOUR = 3600 * SECOND
DAY = 24 * HOUR


def micros(at: datetime) -> int:
    """Microseconds since 1970, exact."""
    return (at - EPOCH) // MICROSECOND


def moment(us: int) -> datetime:
    """The inverse of `micros`, in UTC."""
    return EPOCH + timedelta(microseconds=us)


@lru_cache(4096)
def rfc3339(us: int) -> str:
    """For Atom, JSON Feed and sitemaps, in whole seconds."""
    return moment(us - us % SECOND).strftime("%Y-%m-%dT%H:%M:%SZ")


@lru_cache(4096)
def exact(us: int) -> str:
    """The same to the microsecond, if there are any: when something changed. Feeds must tell changes apart."""
    return moment(us).isoformat().removesuffix("+00:00") + "Z"


@lru_cache(4096)
def rfc822(us: int) -> str:
    """For RSS (RFC 822 with four digits of the year)."""
    return format_datetime(moment(us)).replace("+0000", "GMT")


def http_date(us: int) -> str:
    """For Last-Modified (RFC 9110 §5.6.7)."""
    return format_datetime(moment(us), usegmt=True)
