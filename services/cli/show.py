"""How does a person, or a program, read an answer?"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Final

import orjson
import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

#: Given to every command that answers something.
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]

#: Into a pipe or a file lines are as long as they are: what is cut in two cannot be searched or copied.
_UNBROKEN: Final = 100_000

out = Console(highlight=False, soft_wrap=True)
if not out.is_terminal:
    out = Console(highlight=False, soft_wrap=True, width=_UNBROKEN)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def show(answer: object, *, json: bool, columns: Sequence[str] = ()) -> None:
    """Print an answer: a list of mappings as a table of `columns`, a mapping as its fields, or all of it as JSON."""
    if json:
        out.print(Text(orjson.dumps(answer, option=orjson.OPT_INDENT_2).decode()))
    elif isinstance(answer, Mapping):
        fields(answer)
    elif isinstance(answer, Iterable):
        table([row for row in answer if isinstance(row, Mapping)], columns)


def table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Rows for people; an empty list says so."""
    if not rows:
        err.print("Nothing here.")
        return
    drawn = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        drawn.add_column(column.replace("_", " "), overflow="fold")
    for row in rows:
        drawn.add_row(*(Text(_line(_cell(row.get(column)))) for column in columns))
    out.print(drawn)


def fields(mapping: Mapping[str, Any]) -> None:
    """One thing for people: a field a line, those of a field that has fields below its name."""
    told = list(_flat(mapping))
    width = max((len(name) for name, _ in told), default=0)
    for name, value in told:
        lines = _cell(value).splitlines() or [""]
        out.print(Text.assemble((name.ljust(width), "bold"), f"  {lines[0]}"))
        for line in lines[1:]:
            out.print(Text(f"{'':{width}}  {line}"))


def bar() -> Progress:
    """How far long work is, for who sits before a terminal; elsewhere it would leave an empty line."""
    return Progress(console=err, transient=True, disable=not err.is_terminal)


def complain(line: str) -> None:
    """One line on standard error."""
    err.print(Text(line))


def _flat(mapping: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, object]]:
    for key, value in mapping.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{above}{key} ")
        else:
            yield f"{above}{key}", value


def _line(text: str) -> str:
    """What fits into a row: the first line, when there are more."""
    first, more, _ = text.partition("\n")
    return f"{first} …" if more else first


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(_cell(one) for one in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_cell(one)}" for key, one in value.items())
    return str(value)
