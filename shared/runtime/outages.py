"""Is something away that every service depends on: a database, the page store, Redis, a disk that takes nothing more?

`is_outage(error)` says so; `KINDS` are the classes among which it is worth asking.
"""

import errno
from typing import Final

from obstore.exceptions import BaseError, GenericError
from sqlalchemy.exc import SQLAlchemyError

from shared import database, net, pages
from shared.bus import Unavailable

#: A disk that takes nothing more, or a process that may open nothing more, now.
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EMFILE, errno.ENFILE})
KINDS: Final = (SQLAlchemyError, OSError, Unavailable, BaseError, GenericError)


def is_outage(error: BaseException) -> bool:
    """Would waiting help, so that nobody's request and nobody's story is to blame?"""
    if isinstance(error, OSError) and error.errno in _FULL:
        return True
    return isinstance(error, Unavailable) or any(module.is_outage(error) for module in (database, pages, net))


def what_is_away(error: BaseException) -> str:
    """What a caller hears is away."""
    if isinstance(error, Unavailable):
        return "the broker"
    return "the database" if database.is_outage(error) else "a store"
