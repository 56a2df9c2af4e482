"""How is a SQLite file opened, so that one writer and several readers share it?"""

import random
import sqlite3
import time
from pathlib import Path
from typing import Any, Final, Literal

from sqlalchemy import Connection, Engine, create_engine, event

READERS = 4
#: How long (s, at most) an opener waits before it tries again to switch a new file.
_AGAIN = (0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 4)


#: What a commit is worth: it is on disk; the file stays whole when the machine fails; nobody needs the file then.
Care = Literal["durable", "whole", "passing"]
_SYNCHRONOUS: Final = {"durable": "FULL", "whole": "NORMAL", "passing": "OFF"}
#: KB of the file that each connection keeps, of some thirty: what a reader does not hold the system's own cache does. A
#: file that is filled in one go is read again while it is written.
_CACHE_KB: Final = {"durable": 4_000, "whole": 4_000, "passing": 64_000}
_READERS_KB: Final = 500
#: Pages of the write-ahead log before they are moved into the file: those that change often are moved less often.
_MOVED: Final = {"durable": 1_000, "whole": 1_000, "passing": 16_000}


def sqlite_engine(path: Path, *, writer: bool, care: Care) -> Engine:
    """An engine for the one writer (of the process), or for readers."""
    size = 1 if writer else READERS
    engine = create_engine(
        f"sqlite:///{path}",
        pool_size=size,
        max_overflow=0,
        connect_args={"check_same_thread": False, "isolation_level": None, "timeout": 10, "cached_statements": 256},
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:  # noqa: ANN401 - a DBAPI connection
        _write_ahead(connection)
        connection.execute(f"PRAGMA synchronous={_SYNCHRONOUS[care]}")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute(f"PRAGMA cache_size=-{_CACHE_KB[care] if writer else _READERS_KB}")
        connection.execute(f"PRAGMA wal_autocheckpoint={_MOVED[care]}")
        if not writer:
            connection.execute("PRAGMA query_only=ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A deferred transaction that reads and then writes fails at once in spite of the busy timeout.
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writer else "BEGIN")

    return engine


def _write_ahead(connection: Any) -> None:  # noqa: ANN401 - a DBAPI connection
    """Switch a file to its write-ahead log; only the first connection to a new file has anything to do.

    The switch needs the file alone and, unlike a statement, does not wait for its turn (the busy timeout is not
    asked, to avoid a deadlock): of processes that open a new file together all but one would fail.
    """
    for pause in _AGAIN:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise
            time.sleep(pause * random.random())  # noqa: S311 - on a thread of ours; so that they do not meet again
        else:
            return
    connection.execute("PRAGMA journal_mode=WAL")
