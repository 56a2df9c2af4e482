"""One newswire for all end-to-end tests: they stand outside, as its users do."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.servers.newswire import Newswire, newswire
from tests.servers.publisher import Publisher

#: Makes a publisher (its name and fields), or opens another client with a key.
Newsroom = Callable[..., Publisher]


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
    publisher.close()


@pytest.fixture(scope="session")
def newsroom(wire: Newswire) -> Iterator[Newsroom]:
    """Makes publishers of their own for tests that must not meet others."""
    made: list[Publisher] = []

    def make(name: str, key: str | None = None, **fields: Any) -> Publisher:
        made.append(Publisher(wire, key or str(wire.publisher(name, **fields)["key"])))
        return made[-1]

    yield make
    for publisher in made:
        publisher.close()


@pytest.fixture(scope="session")
def courier(newsroom: Newsroom) -> Publisher:
    """A publisher for the tests of the API."""
    return newsroom("Separate Courier")
