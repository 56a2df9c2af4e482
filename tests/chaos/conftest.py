"""How large is a run, and with which seed?"""

import random
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.chaos.stage import temporary

#: Stories of the short form, in all; a run of so many is over in a minute on each kind of database.
SHORT: Final = 1000
#: Seconds after which a run is thought to hang: the short form, and what each further story adds.
SHORT_S, STORY_S = 600, 0.5

_FAILED: Final = pytest.StashKey[bool]()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A long run may take as long as its stories do."""
    stories = int(config.getoption("--chaos-stories"))
    for item in items:
        if "test_chaos" in item.nodeid:
            item.add_marker(pytest.mark.timeout(SHORT_S + STORY_S * max(0, stories - SHORT)))


@pytest.fixture(scope="session")
def stories(request: pytest.FixtureRequest) -> int:
    """How many in all."""
    return int(request.config.getoption("--chaos-stories"))


@pytest.fixture(scope="session")
def seed(request: pytest.FixtureRequest) -> int:
    """The one that was asked for, else a new one."""
    asked = request.config.getoption("--chaos-seed")
    return int(asked) if asked is not None else random.SystemRandom().randrange(10**6)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember how a test ended, for `place`."""
    report = yield
    item.stash[_FAILED] = item.stash.get(_FAILED, False) or report.failed
    return report


@pytest.fixture
def place(request: pytest.FixtureRequest) -> Iterator[Path]:
    """A directory for everything; what a failed run leaves, its logs and databases, is kept."""
    directory = temporary()
    yield directory
    if not request.node.stash.get(_FAILED, False):
        shutil.rmtree(directory, ignore_errors=True)
