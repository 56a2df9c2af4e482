"""How is a figure shown?"""

from dataclasses import dataclass

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Figure:
    """One line: what was measured, ours, the limit it stands beside, their ratio and the target for it."""

    what: str
    ours: str
    limit: str = ""
    ratio: float | None = None
    target: str = ""


def show(figures: list[Figure]) -> None:
    """Print them as one table."""
    table = Table("figure", "ours", "beside", "ratio", "target", box=None)
    for one in figures:
        table.add_row(one.what, one.ours, one.limit, "" if one.ratio is None else f"{one.ratio:.2f}", one.target)
    Console(width=140).print(table)


def quantile(values: list[float], share: float) -> float:
    """The value below which `share` of them lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
