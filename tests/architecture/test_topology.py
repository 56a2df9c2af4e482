"""Do the services hear what the topology says that they hear?"""

import importlib
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from shared.bus import Bus
from shared.database import Database
from shared.events import Event
from shared.events.topology import TOPOLOGY
from shared.net import Net
from shared.pages import Pages
from shared.runtime import Lent
from shared.runtime.migrate import migrate
from shared.settings import Settings

ROOT = Path(__file__).parents[2]
SERVICES = ("ingest", "enrich", "render", "site", "notify", "desk")


class Listening(Bus):
    """A bus that remembers what was subscribed."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        """As a bus."""
        self.heard: set[type[Event]] = set()
        super().__init__(*arguments, **named)

    def step(self, event: Any, handler: Any, **named: Any) -> None:
        """As a bus, and remembered."""
        self.heard.add(event)
        super().step(event, handler, **named)


@pytest.fixture
async def lent(tmp_path: Path, redis_url: str) -> AsyncGenerator[Lent]:
    """What a process lends."""
    settings = Settings.read(data_dir=tmp_path)
    net = Net()
    yield Lent(
        settings=settings,
        redis_url=redis_url,
        bus=lambda service: Listening(redis_url, service, is_outage=lambda _error: False),
        database=lambda service, durable: Database(settings.database_url, service, durable=durable),
        pages=Pages(settings.pages_url),
        net=net,
        admin_key="nw_test",
        sole=True,
    )
    await net.close()


@pytest.mark.parametrize("name", SERVICES)
async def test_a_service_subscribes_to_exactly_its_part_of_the_topology(lent: Lent, name: str) -> None:
    database = Database(lent.settings.database_url, name)
    await migrate(database, ROOT / "services" / name / "migrations")
    await database.close()
    service = await importlib.import_module(f"services.{name}.app").build(lent)
    try:
        assert isinstance(service.bus, Listening)
        assert service.name == name
        assert service.bus.heard == {event for event, (_, consumers) in TOPOLOGY.items() if name in consumers}
    finally:
        for work in service.on_stop:
            await work()
        await service.bus.stop()
        for each in service.databases:
            await each.close()
