"""How does a table lie in a file? A line a row, each a JSON array of its values, all of it compressed with zstd."""

import base64
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Final, Self

import orjson
import zstandard
from sqlalchemy import BigInteger, Boolean, Column, Integer, LargeBinary, String, Table, Text, column, table
from sqlalchemy.sql.expression import TableClause
from sqlalchemy.types import TypeEngine

from services.backup.manifest import Kind, Part
from shared.database import Instant

#: Rows that are in memory at a time.
AT_ONCE: Final = 1000
LEVEL: Final = 3
Row = Sequence[Any]


def kind_of(one: Column[Any]) -> Kind:
    """How the values of a column lie in a part."""
    match one.type:
        case Instant():
            return "time"
        case LargeBinary():
            return "bytes"
        case Boolean():
            return "bool"
        case Integer():
            return "number"
        case String():
            return "text"
        case _:
            raise TypeError(f"a backup does not know how {one.table.name}.{one.name} would lie in it")


class Written:
    """A file of rows in the making; closed at the end of its `with`, then `sha256` is the file's."""

    def __init__(self, path: Path, kinds: Sequence[Kind]) -> None:
        """Made new: nothing of that name may be there."""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = _Hashing(path.open("xb"))
        self._stream = zstandard.ZstdCompressor(LEVEL).stream_writer(self._file, closefd=False)  # type: ignore[arg-type]  # it only writes
        self._bytes = [place for place, kind in enumerate(kinds) if kind == "bytes"]
        self.rows = 0

    def add(self, rows: Iterable[Row]) -> None:
        """Append rows."""
        for row in rows:
            values = list(row)
            for place in self._bytes:
                if values[place] is not None:
                    values[place] = base64.b64encode(values[place]).decode()
            self._stream.write(orjson.dumps(values, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z))
            self.rows += 1

    @property
    def sha256(self) -> str:
        """Of what was written, in hexadecimal digits."""
        return self._file.digest

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Finish it, or let go of it."""
        try:
            self._stream.close()  # type: ignore[no-untyped-call]  # it has half its types
        finally:
            self._file.close()


class _Hashing:
    """A file that knows what was written to it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._seen = file, hashlib.sha256()

    def write(self, data: bytes) -> int:
        self._seen.update(data)
        return self._file.write(data)

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        self._file.close()

    @property
    def digest(self) -> str:
        return self._seen.hexdigest()


def lines(path: Path) -> Iterator[Any]:
    """What the lines of a file of rows hold, as JSON."""
    with path.open("rb") as file, zstandard.ZstdDecompressor().stream_reader(file) as stream:
        rest = b""
        while chunk := stream.read(1024 * 1024):
            *whole, rest = (rest + chunk).split(b"\n")
            yield from map(orjson.loads, whole)


def rows(source: Path, part: Part) -> Iterator[list[dict[str, Any]]]:
    """The rows of a table as parameters of an INSERT, some at a time."""
    names = [name for name, _ in part.columns]
    read = [(place, _READ[kind]) for place, (_, kind) in enumerate(part.columns) if kind in _READ]
    some: list[dict[str, Any]] = []
    for values in lines(source / part.file):
        for place, meant in read:
            if values[place] is not None:
                values[place] = meant(values[place])
        some.append(dict(zip(names, values, strict=True)))
        if len(some) == AT_ONCE:
            yield some
            some = []
    if some:
        yield some


def as_table(part: Part) -> TableClause:
    """A table as the backup knows it: the schema of its time need not be today's."""
    return table(part.table, *(column(name, _TYPES[kind]) for name, kind in part.columns))


def columns_of(one: Table) -> tuple[tuple[str, Kind], ...]:
    """The columns of a table, in their order."""
    return tuple((each.name, kind_of(each)) for each in one.columns)


_READ: Final[dict[Kind, Any]] = {"time": datetime.fromisoformat, "bytes": base64.b64decode}
_TYPES: Final[dict[Kind, TypeEngine[Any]]] = {
    "text": Text(),
    "number": BigInteger(),
    "bool": Boolean(),
    "time": Instant(),
    "bytes": LargeBinary(),
}
