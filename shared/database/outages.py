"""Is the database away, or is a statement wrong?

DatabaseAway     no connection, or no answer in time
(`is_outage(error)` tells these, a full disk and their like from a statement that is wrong)
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

_SQLITE_OUTAGE = ("disk is full", "disk I/O error", "unable to open", "database is locked", "readonly")
_POSTGRES_OUTAGE = ("08", "53", "57P", "55P03", "40001", "40P01")


class DatabaseAway(ConnectionError):  # noqa: N818 - an outcome with a name, as in LookupError
    """The server cannot be reached or did not answer in time."""


def is_outage(error: BaseException) -> bool:
    """Is the database away (or its disk full), so that waiting helps and the story is not to blame?"""
    if isinstance(error, (PoolTimeoutError, DatabaseAway)):
        return True
    if not isinstance(error, DBAPIError):
        return _is_away(error)
    if error.connection_invalidated:
        return True
    if getattr(error.orig, "sqlstate", None):
        return _is_away(error.orig)
    away = isinstance(error, OperationalError) and any(sign in str(error.orig) for sign in _SQLITE_OUTAGE)
    return away or isinstance(error, InterfaceError)


@asynccontextmanager
async def reached() -> AsyncGenerator[None]:
    """Give a name to what the driver lets through as it comes from the operating system: refused, unknown, too slow."""
    try:
        yield
    except (OSError, TimeoutError) as error:
        raise DatabaseAway(f"{type(error).__name__}: {error}") from error


def _is_away(error: BaseException | None) -> bool:
    """By the server's own code; while it starts or stops, the driver's error reaches us bare."""
    return str(getattr(error, "sqlstate", "") or "").startswith(_POSTGRES_OUTAGE)
