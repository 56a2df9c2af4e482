"""How is a statement built only once? Building one costs SQLAlchemy more than SQLite needs to run it."""

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection

_prepared: dict[tuple[str, str], Any] = {}
_compiled: dict[tuple[str, str], tuple[str, Callable[[Mapping[str, Any]], tuple[Any, ...]], dict[str, Any]]] = {}


def prepared(connection: Connection, name: str, make: Callable[[Connection], Any]) -> Any:  # noqa: ANN401 - any statement
    """The statement `name` in the connection's dialect, made at its first use."""
    key = (connection.dialect.name, name)
    found = _prepared.get(key)
    if found is None:
        found = _prepared[key] = make(connection)
    return found


def run_many(
    connection: Connection, name: str, make: Callable[[Connection], Any], rows: Sequence[Mapping[str, Any]]
) -> None:
    """Run the statement `name` for each row; all rows have the same keys, and plain values.

    SQLAlchemy looks at every value of every row on its way; a batch has some thousand, and none needs it.
    """
    if not rows:
        return
    key = (connection.dialect.name, name)
    if key not in _compiled:
        made = make(connection).compile(dialect=connection.dialect, column_keys=list(rows[0]))
        constants = {one: made.params[one] for one in made.positiontup if one not in rows[0]}
        _compiled[key] = (str(made), itemgetter(*made.positiontup), constants)
    statement, values, constants = _compiled[key]
    whole = [{**row, **constants} for row in rows] if constants else rows
    connection.exec_driver_sql(statement, list(map(values, whole)))
