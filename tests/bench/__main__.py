"""`make bench`: our figures beside their limits, measured in the same run, printed as ratios.

Nothing here is asserted: the machine may be noisy and shared. Read the ratios.

    python -m tests.bench [idle] [latency] [kills] [throughput] [serving] [rebuilding] [pressure] [search] [budgets]

All without a name.
"""

import sys
from collections.abc import Callable

from tests.bench import budgets, idle, kills, latency, pressure, rebuilding, searching, serving, throughput
from tests.bench.table import Figure, show

SUITES: dict[str, Callable[[], list[Figure]]] = {
    "idle": idle.measure,
    "latency": latency.measure,
    "kills": kills.measure,
    "throughput": throughput.measure,
    "serving": serving.measure,
    "rebuilding": rebuilding.measure,
    "pressure": pressure.measure,
    "search": searching.measure,
    "budgets": budgets.measure,
}


def main() -> None:
    """Run the named suites and print one table."""
    figures: list[Figure] = []
    for name in sys.argv[1:] or SUITES:
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        figures += SUITES[name]()
    show(figures)


if __name__ == "__main__":
    main()
