"""Does newswire keep its promises while everything that it stands on breaks? (DESIGN, promises 1 to 6 and 8)

Whole processes on real servers, half of the stories on SQLite and half on PostgreSQL. `make chaos` is the long form.
"""

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from random import Random

import pytest

from tests.chaos.accounts import Accounts, draw_up, lost
from tests.chaos.battle import Battle, bystander, prepare, shortened
from tests.chaos.stage import Stage, postgres_stage, sqlite_stage

Setting = Callable[[Path, Random], AbstractContextManager[Stage]]


@pytest.mark.parametrize("setting", [sqlite_stage, postgres_stage], ids=["sqlite", "postgresql"])
def test_whatever_breaks_nothing_is_lost_doubled_or_back_from_the_dead(
    setting: Setting,
    place: Path,
    stories: int,
    seed: int,
    capsys: pytest.CaptureFixture[str],
    record_property: Callable[[str, object], None],
) -> None:
    again = f"seed {seed} (--chaos-seed={seed} --chaos-stories={stories})"
    with capsys.disabled():
        sys.stdout.write(f"\nchaos: {again}\n")
    share = max(1, stories // 2)
    with setting(place, bystander(seed)) as stage:
        battle = prepare(stage, share, seed)
        battle.fight()
        accounts = draw_up(battle)
        # Printed at the end (tests/conftest.py): what a test process writes meanwhile, nobody sees.
        record_property("counts", f"chaos: {again}\n{report(battle, accounts)}")
    wrong = [f"{name}: {line}" for name, lines in accounts.wrong.items() for line in shortened(lines)]
    assert not wrong, "\n".join([f"seed {seed}, logs and databases in {place}", *wrong])


def report(battle: Battle, accounts: Accounts) -> str:
    """The counts of a run: load, faults, lost, doubled."""
    stage, figures = battle.stage, accounts.figures
    load = ", ".join(f"{figures[name]} {name}" for name in ("stories", "revisions", "live", "mails", "webhooks"))
    took = ", ".join(f"{part} {seconds:.0f} s" for part, seconds in battle.took.items())
    doubled = f"doubled {figures['doubled']} <= marked {figures['marked']} <= allowed {figures['allowed']}"
    lines = [
        f"{took}; {battle.newsrooms.repeated} requests repeated",
        f"faults: {len(battle.struck)}",
        *(f"  {one}" for one in battle.struck),
        *([] if stage.disk else ["  page store full: not done, this user may not mount a file system"]),
        f"load: {load}",
        f"lost {lost(accounts)}, {doubled}",
    ]
    return "".join(f"  {line}\n" for line in lines)
