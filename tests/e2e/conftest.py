"""One newswire for all end-to-end tests: they stand outside, as its users do."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.newswire import Newswire, newswire
from tests.servers.publisher import Publisher


@pytest.fixture(scope="session")
def wire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newswire]:
    """Everything in one process, without the sample; webhooks may go to loopback."""
    directory: Path = tmp_path_factory.mktemp("wire")
    with newswire(directory, ALLOW_NETWORKS="127.0.0.0/8", SITE_TITLE="The Testwell Courier") as running:
        yield running


@pytest.fixture(scope="session")
def key(wire: Newswire) -> str:
    """The key of a publisher that may push and read."""
    return str(wire.publisher("Testwell Desk")["key"])


@pytest.fixture(scope="session")
def desk(wire: Newswire, key: str) -> Iterator[Publisher]:
    """The same publisher, as a newsroom uses it."""
    publisher = Publisher(wire, key)
    yield publisher
    publisher.client.close()
