"""Is the database away, or is a statement wrong?

DatabaseAway     no connection, or no answer in time
(`is_outage(error)` tells these, a full disk and their like from a statement that is wrong)
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

#: SQLite's primary result codes: busy, locked, no memory, read-only, input/output error, full, cannot open, protocol.
_SQLITE_OUTAGE: Final = frozenset({5, 6, 7, 8, 10, 13, 14, 15})
#: PostgreSQL's classes and codes: no connection, no resources, an operator's intervention, its disk, a lock or a
#: transaction that lost; 25006: after a failover the server that we are still connected to is a standby.
_POSTGRES_OUTAGE: Final = ("08", "53", "57P", "58", "55P03", "40001", "40P01", "25006", "25P03", "25P04")


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
    away = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF in _SQLITE_OUTAGE
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
