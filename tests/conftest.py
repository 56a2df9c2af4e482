"""Fixtures for all tests: the real servers of `tests/servers`."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.servers import newswire
from tests.servers.http import receiver
from tests.servers.postgres import database_url, mortal_postgres, postgres_server, postgres_url
from tests.servers.redis import each_redis_server, each_redis_url, redis_server, redis_url
from tests.servers.smtp import smtp_server

__all__ = [
    "database_url",
    "each_redis_server",
    "each_redis_url",
    "mortal_postgres",
    "postgres_server",
    "postgres_url",
    "receiver",
    "redis_server",
    "redis_url",
    "smtp_server",
]

# How fast this machine is just now is no property of the code: what hangs is ended by the timeout of every test.
settings.register_profile("newswire", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("thorough", settings.get_profile("newswire"), max_examples=2_000, print_blob=True)
settings.load_profile("newswire")


def pytest_addoption(parser: pytest.Parser) -> None:
    """What tests from outside find behind what they start, how hard they press, and what chaos can be asked."""
    parser.addoption(
        "--database",
        choices=("sqlite", "postgresql"),
        default="sqlite",
        help="what a whole newswire keeps its state on in end-to-end tests (others run on both in any case)",
    )
    parser.addoption("--backlog", type=int, default=3_000, help="stories that wait in the log in the test of it")
    parser.addoption("--outage", type=int, default=4, help="seconds that each dependency is away in the test of it")
    chaos = parser.getgroup("chaos")
    chaos.addoption("--chaos-stories", type=int, default=1000, help="stories in all (the long form has 20,000)")
    chaos.addoption("--chaos-seed", type=int, default=None, help="the seed that a failed run has printed")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes minutes begins first, else one worker ends long after the others; within a kind chance decides."""
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    kinds = ("tests/chaos/test_chaos", "tests/e2e", "tests/chaos", "tests/integration", "tests/browser")
    return next((turn for turn, kind in enumerate(kinds) if item.nodeid.startswith(kind)), len(kinds))


@pytest.fixture(scope="session", autouse=True)
def chosen_database(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every newswire that a test starts runs on the database that the command line names."""
    if request.config.getoption("--database") == "postgresql":
        newswire.SERVERS.append(request.getfixturevalue("postgres_server"))
    yield
    newswire.SERVERS.clear()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests have counted (`record_property("counts", …)`)."""
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, value in getattr(report, "user_properties", ()):
                if name == "counts" and getattr(report, "when", "") == "call":
                    terminalreporter.write(f"\n{value}")
