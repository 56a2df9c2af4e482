"""How soon does everything serve, and how much memory does it take at rest?"""

import tempfile
import time
from pathlib import Path

from tests.bench.table import Figure
from tests.servers.newswire import newswire


def measure() -> list[Figure]:
    """First start on an empty directory, a second one on the same data, then memory at rest."""
    with tempfile.TemporaryDirectory() as directory, newswire(Path(directory)) as running:
        first = running.started_s
        running.stop()
        running.start()
        second = running.started_s
        time.sleep(3)
        memory = running.memory() / 2**20
    return [
        Figure("start to serving, empty data", f"{first:.2f} s", target="≤ 3 s"),
        Figure("start to serving, again", f"{second:.2f} s", target="≤ 3 s"),
        Figure("idle memory, all services and Redis", f"{memory:.0f} MB", target="≤ 200 MB"),
    ]
