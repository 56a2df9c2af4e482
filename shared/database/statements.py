"""How does a batch of rows reach the database without SQLAlchemy looking at each value of each row?"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Table, TypeDecorator

from shared.database.dialects import upsert

Row = Mapping[str, Any]


class Many:
    """A statement that is run for many rows: built and compiled once a dialect, then handed on as text.

    Building one costs SQLAlchemy more than SQLite needs to run it, and on the way each value of some thousand is looked
    at, while next to none needs it.
    """

    def __init__(self, make: Callable[[Connection], Any]) -> None:
        """`make` builds it (an Insert, Update or Delete) in a connection's dialect."""
        self._make = make
        self._compiled: dict[str, _Compiled] = {}

    @classmethod
    def adding(cls, table: Table) -> "Many":
        """Insert rows; what is there already stays as it is."""
        return cls(lambda connection: upsert(connection, table).on_conflict_do_nothing())

    @classmethod
    def replacing(cls, table: Table, *keys: str, keeping: Collection[str] = ()) -> "Many":
        """Insert rows; of one that is there already (the same `keys`) all but the columns `keeping` is replaced."""

        def make(connection: Connection) -> Any:  # noqa: ANN401 - a dialect's Insert
            insert = upsert(connection, table)
            names = {column.name for column in table.columns} - {*keys, *keeping}
            return insert.on_conflict_do_update(
                index_elements=keys, set_={name: insert.excluded[name] for name in sorted(names)}
            )

        return cls(make)

    def __call__(self, connection: Connection, rows: Sequence[Row]) -> None:
        """Run it for each row; all rows have the same keys at every call. Without rows nothing happens."""
        if not rows:
            return
        dialect = connection.dialect.name
        if dialect not in self._compiled:
            self._compiled[dialect] = _compile(connection, self._make(connection), list(rows[0]))
        compiled = self._compiled[dialect]
        connection.exec_driver_sql(compiled.text, compiled.parameters(rows))


@dataclass(frozen=True, slots=True)
class _Compiled:
    """`constants` are the parameters that no row brings; `converted` those whose type has a form of its own."""

    text: str
    values: Callable[[Row], Any]
    constants: Row
    converted: Mapping[str, Callable[[Any], Any]]

    def parameters(self, rows: Sequence[Row]) -> list[Any]:
        if self.constants or self.converted:
            rows = [
                {**row, **{name: convert(row[name]) for name, convert in self.converted.items()}, **self.constants}
                for row in rows
            ]
        return list(map(self.values, rows))


def _compile(connection: Connection, statement: Any, names: Sequence[str]) -> _Compiled:  # noqa: ANN401 - any of three
    made = statement.compile(dialect=connection.dialect, column_keys=names)
    places: list[str] = made.positiontup
    converted = {}
    for name in set(places) & set(names):
        kind = made.binds[name].type
        convert = kind.bind_processor(connection.dialect) if isinstance(kind, TypeDecorator) else None
        if convert is not None:
            converted[name] = convert
    values = itemgetter(*places) if len(places) > 1 else lambda row: (row[places[0]],)
    constants = {one: made.params[one] for one in places if one not in names}
    return _Compiled(str(made), values, constants, converted)
