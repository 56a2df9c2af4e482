"""Three of each service: do they share the work, and does none of them do it twice?"""

import asyncio
import re
import secrets
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from sqlalchemy import text

from shared import clock
from shared.database import Database
from tests.servers.fleet import Fleet, fleet
from tests.servers.http import Receiver
from tests.servers.newswire import wait_until
from tests.servers.postgres import PostgresServer
from tests.servers.redis import RedisServer, binaries
from tests.servers.smtp import SmtpServer

pytestmark = [pytest.mark.timeout(600)]

SERVICES = ("ingest", "enrich", "render", "site", "notify", "desk")
REPLICAS = 3
#: Who hears at once, and who by digest.
READERS = ("ada@example.org", "bo@example.org", "cy@example.org")
DIGESTED = ("dora@example.org", "ed@example.org")
#: Stories of a round; rounds, at least and at most (until every replica has done something).
ROUND, FEWEST, MOST = 6, 6, 40
#: What waits for its time.
EMBARGOED, EXPIRING = 6, 3
PATIENCE = 120.0


@pytest.fixture(scope="module")
def relay() -> Iterator[SmtpServer]:
    """The mail server of the fleet."""
    server = SmtpServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def database(postgres_server: PostgresServer) -> Iterator[str]:
    """The database of the fleet."""
    name = f"replicas{secrets.token_hex(4)}"
    asyncio.run(postgres_server.execute(f"CREATE DATABASE {name}"))
    yield postgres_server.url(name)
    asyncio.run(postgres_server.execute(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(scope="module")
def ships(tmp_path_factory: pytest.TempPathFactory, database: str, relay: SmtpServer) -> Iterator[Fleet]:
    """Eighteen processes, one PostgreSQL, one Valkey, one mail server."""
    redis = RedisServer(next(iter(binaries().values())))
    redis.start()
    directory: Path = tmp_path_factory.mktemp("replicas")
    settings = {"REDIS_URL": redis.url, "DATABASE_URL": database, "MAIL_URL": relay.url}
    try:
        with fleet(directory, SERVICES * REPLICAS, **settings, ALLOW_NETWORKS="127.0.0.0/8") as running:
            yield running
    finally:
        redis.remove()


class Newsroom:
    """Pushes to one replica of ingest after the other."""

    def __init__(self, ships: Fleet) -> None:
        with ships.client("ingest") as admin:
            self.key = str(admin.post("/v1/publishers", json={"name": "Threefold Courier"}).json()["key"])
        headers = {"Authorization": f"Bearer {self.key}"}
        self.clients = [httpx.Client(base_url=one.url, headers=headers, timeout=30) for one in ships.of("ingest")]
        self.pushed: list[str] = []

    def close(self) -> None:
        """Let go of the connections."""
        for client in self.clients:
            client.close()

    def push(self, **fields: Any) -> str:
        """One story; its id."""
        number = len(self.pushed)
        client, name = self.clients[number % len(self.clients)], f"s{number}"
        story = {"headline": f"Shared story {number}", "body_html": "<p>It is.</p>", "sections": ["Town"], **fields}
        answer = client.put(f"/v1/stories/{name}", json=story)
        assert answer.status_code == 202, answer.text
        self.pushed.append(name)
        return name

    def are_live(self, names: list[str]) -> bool:
        """Are all of these?"""
        return all(self.clients[0].get(f"/v1/stories/{name}").json()["status"] == "live" for name in names)

    def changes(self) -> list[dict[str, Any]]:
        """All of them."""
        return list(self.clients[0].get("/v1/changes?limit=1000").json()["changes"])


def subscribe(ships: Fleet, relay: SmtpServer) -> None:
    """Have everybody confirm that they want everything."""
    for number, address in enumerate((*READERS, *DIGESTED)):
        url = ships.of("notify")[number % REPLICAS].url
        body = {"email": address, "topics": ["all"], "cadence": "daily" if address in DIGESTED else "instant"}
        assert httpx.post(f"{url}/subscribe", data=body).status_code == 202
        (mail,) = wait_until(lambda who=address: [one for one in relay.mails if who in one.recipients], PATIENCE)
        token = re.search(r"/subscriptions/(\S+)/confirm", mail.message.get_body(("plain",)).get_content())
        assert token
        assert httpx.post(f"{url}/subscriptions/{token[1]}/confirm").status_code == 200
    relay.mails.clear()


def ask(url: str, service: str, statement: str) -> list[Any]:
    """A statement on a service's tables; its rows, if it has any."""

    async def work() -> list[Any]:
        opened = Database(url, service)
        try:
            return await opened.write(
                lambda connection: list(found) if (found := connection.execute(text(statement))).returns_rows else []
            )
        finally:
            await opened.close()

    return asyncio.run(work())


def test_three_of_each_share_the_work_and_none_does_it_twice(
    ships: Fleet, relay: SmtpServer, receiver: Receiver, database: str
) -> None:
    subscribe(ships, relay)
    with closing(Newsroom(ships)) as newsroom:
        wanted = {"url": f"{receiver.url}/in", "topics": ["all"]}
        with ships.client("notify", newsroom.key) as notify:
            wait_until(lambda: notify.post("/v1/webhooks", json=wanted).status_code == 201, PATIENCE)
        share(ships, newsroom)
        keep_times(newsroom)
        told_once(newsroom, relay, receiver)
        digested_once(database, relay)
        with ships.client("desk") as desk:
            assert desk.get("/v1/dead").json()["dead"] == []
        sends = dict(ask(database, "ingest", "SELECT sends, count(*) FROM revisions GROUP BY sends"))
        assert sends == {1: len(newsroom.pushed) + EXPIRING}, "a revision went again in calm weather"


def share(ships: Fleet, newsroom: Newsroom) -> None:
    """Push until every replica has had a part of it."""
    before = {ship.url: ship.handled() for ship in ships.ships}
    for number in range(MOST):
        names = [newsroom.push() for _ in range(ROUND)]
        wait_until(lambda names=names: newsroom.are_live(names), PATIENCE)
        if number >= FEWEST and not [ship for ship in ships.ships if ship.handled() == before[ship.url]]:
            return
    idle = Counter(ship.service for ship in ships.ships if ship.handled() == before[ship.url])
    assert not idle, f"nothing was left for {idle}"


def keep_times(newsroom: Newsroom) -> None:
    """Embargoes end and stories expire, each once, whoever of the three looks first."""
    soon = clock.now() + timedelta(seconds=5)
    for _ in range(EMBARGOED):
        newsroom.push(embargo_until=soon.isoformat())
    ends = [newsroom.push(expires_at=(soon + timedelta(seconds=5)).isoformat()) for _ in range(EXPIRING)]
    expected = Counter(dict.fromkeys(((name, "publish") for name in newsroom.pushed), 1))
    expected.update((name, "expire") for name in ends)
    wait_until(lambda: len(newsroom.changes()) >= expected.total(), PATIENCE, 0.2)
    changes = newsroom.changes()
    assert Counter((one["external_id"], one["action"]) for one in changes) == expected
    assert [one["seq"] for one in changes] == list(range(1, len(changes) + 1))


def told_once(newsroom: Newsroom, relay: SmtpServer, receiver: Receiver) -> None:
    """Every reader and every partner hears of each story once."""
    number = len(newsroom.pushed)
    wait_until(lambda: len(relay.mails) >= number * len(READERS), PATIENCE)
    mails = Counter((one.recipients, str(one.message["Subject"])) for one in list(relay.mails))
    assert mails == {((who,), f"Shared story {n}"): 1 for who in READERS for n in range(number)}
    expected = Counter(dict.fromkeys(((name, "story.live") for name in newsroom.pushed), 1))
    expected.update((name, "story.expired") for name in newsroom.pushed[-EXPIRING:])
    wait_until(lambda: len(receiver.at("/in")) >= expected.total(), PATIENCE)
    bodies = [orjson.loads(one.body) for one in receiver.at("/in")]
    assert Counter((one["data"]["external_id"], one["type"]) for one in bodies) == expected


def digested_once(database: str, relay: SmtpServer) -> None:
    """Readers of a digest get one, with everything in it."""
    relay.mails.clear()
    ask(database, "notify", "UPDATE deliveries SET due_at = now() - interval '1 second' WHERE lane = 2")
    wait_until(lambda: len(relay.mails) >= len(DIGESTED), PATIENCE)

    def is_at_rest() -> bool:
        left = "SELECT count(*) FROM deliveries WHERE state IN ('pending', 'sending')"
        return ask(database, "notify", left) == [(0,)]

    wait_until(is_at_rest, PATIENCE, 0.5)
    assert Counter(one.recipients for one in relay.mails) == {(who,): 1 for who in DIGESTED}
