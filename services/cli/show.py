"""How does a person, or a program, read an answer?"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

#: Given to every command that answers something.
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]

out = Console(highlight=False, soft_wrap=True)
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
        drawn.add_row(*(Text(_cell(row.get(column))) for column in columns))
    out.print(drawn)


def fields(mapping: Mapping[str, Any]) -> None:
    """One thing for people: a field a line."""
    drawn = Table(box=None, pad_edge=False, show_header=False)
    drawn.add_column(style="bold")
    drawn.add_column(overflow="fold")
    for key, value in mapping.items():
        drawn.add_row(key, Text(_cell(value)))
    out.print(drawn)


def complain(line: str) -> None:
    """One line on standard error."""
    err.print(Text(line))


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
