"""How is a statement built only once? Building one costs SQLAlchemy more than SQLite needs to run it."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection

_prepared: dict[tuple[str, str], Any] = {}


def prepared(connection: Connection, name: str, make: Callable[[Connection], Any]) -> Any:  # noqa: ANN401 - any statement
    """The statement `name` in the connection's dialect, made at its first use."""
    key = (connection.dialect.name, name)
    found = _prepared.get(key)
    if found is None:
        found = _prepared[key] = make(connection)
    return found
