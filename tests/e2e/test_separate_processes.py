"""Is it the same line when every service is a process of its own, some of them twice, and each of them dies once?"""

import asyncio
import re
import secrets
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.servers.fleet import Fleet, fleet
from tests.servers.newswire import wait_until
from tests.servers.postgres import PostgresServer
from tests.servers.redis import DURABLE, RedisServer, binaries
from tests.servers.smtp import Mail, SmtpServer

pytestmark = [pytest.mark.timeout(240)]

#: As docker-compose.yml would run them with `--scale`; those that keep their place in the line alone are single.
PROCESSES = ("ingest", "enrich", "enrich", "render", "render", "site", "site", "notify", "notify", "desk")
READERS = ("ada@example.org", "bo@example.org", "cy@example.org")
STORIES = 50
#: What a dead process had in hand is taken over when its lease (30 s) has run out.
RECOVERED_S = 60.0


@pytest.fixture(scope="module")
def mail() -> Iterator[SmtpServer]:
    """The mail server of the fleet."""
    server = SmtpServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def ships(
    tmp_path_factory: pytest.TempPathFactory, postgres_server: PostgresServer, mail: SmtpServer
) -> Iterator[Fleet]:
    """Ten processes, one PostgreSQL, one Valkey, one mail server."""
    name = f"fleet{secrets.token_hex(4)}"
    asyncio.run(postgres_server.execute(f"CREATE DATABASE {name}"))
    redis = RedisServer(next(iter(binaries().values())), DURABLE)
    redis.start()
    directory: Path = tmp_path_factory.mktemp("fleet")
    settings = {"REDIS_URL": redis.url, "DATABASE_URL": postgres_server.url(name), "MAIL_URL": mail.url}
    try:
        with fleet(directory, PROCESSES, **settings) as running:
            yield running
    finally:
        redis.remove()
        asyncio.run(postgres_server.execute(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(scope="module")
def key(ships: Fleet) -> str:
    """A publisher's key."""
    with ships.client("ingest") as client:
        answer = client.post("/v1/publishers", json={"name": "Testwell Desk"})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["key"])


@pytest.fixture(scope="module")
def readers(ships: Fleet, mail: SmtpServer) -> tuple[str, ...]:
    """Three people who confirmed that they want everything."""
    for address in READERS:
        body = {"email": address, "topics": ["all"]}
        assert httpx.post(f"{ships.url('notify')}/subscribe", data=body).status_code == 202
        message = wait_until(lambda who=address: subjects(mail, who) and mails(mail, who)[0].message)
        token = re.search(r"/subscriptions/(\S+)/confirm", message.get_body(("plain",)).get_content())
        assert token
        link = f"{ships.url('notify')}/subscriptions/{token[1]}/confirm"
        assert httpx.post(link).status_code == 200
    return READERS


def mails(server: SmtpServer, address: str) -> list[Mail]:
    return [one for one in list(server.mails) if address in one.recipients]


@cache
def subject(mail: Mail) -> str:
    return str(mail.message["Subject"])


def subjects(server: SmtpServer, address: str) -> Counter[str]:
    return Counter(map(subject, mails(server, address)))


def story(headline: str) -> dict[str, Any]:
    return {"headline": headline, "body_html": f"<p>{headline}, at length.</p>", "sections": ["Town"]}


def push(client: httpx.Client, external_id: str, headline: str) -> dict[str, Any]:
    answer = client.put(f"/v1/stories/{external_id}", json=story(headline))
    assert answer.status_code == 202, answer.text
    return dict(answer.json())


def status(client: httpx.Client, external_id: str) -> str:
    return str(client.get(f"/v1/stories/{external_id}").json()["status"])


def deliveries(desk: httpx.Client, story_id: str) -> dict[str, int]:
    """What the desk knows of the mails of a story's first revision."""
    revisions = desk.get(f"/v1/traces/{story_id}").json().get("revisions") or [{}]
    return dict(revisions[0].get("deliveries", {}).get("email", {}))


def test_a_story_crosses_every_process_and_its_kill_follows(
    ships: Fleet, key: str, mail: SmtpServer, readers: tuple[str, ...]
) -> None:
    with ships.client("ingest", key) as client, ships.client("desk", key) as desk:
        told = push(client, "crossing", "Ferry crosses the bay")
        wait_until(lambda: status(client, "crossing") == "live", 15.0)
        for site in ships.of("site"):
            path = httpx.URL(told["links"]["page"]).path
            wait_until(lambda where=site.url + path: httpx.get(where).status_code == 200)
            assert "Ferry crosses the bay" in httpx.get(f"{site.url}/feed/").text
        for reader in readers:
            wait_until(lambda who=reader: subjects(mail, who)["Ferry crosses the bay"] == 1)
        wait_until(lambda: deliveries(desk, told["story_id"]).get("delivered") == len(readers))
        stages = desk.get(f"/v1/traces/{told['story_id']}").json()["revisions"][0]["stages"]
        assert [stage["stage"] for stage in stages] == ["received", "enriched", "rendered", "live"]

        assert client.post("/v1/stories/crossing/kill", json={"reason": "no ferry"}).status_code == 202
        wait_until(lambda: status(client, "crossing") == "killed", 15.0)
        for site in ships.of("site"):
            wait_until(lambda where=site.url + path: httpx.get(where).status_code == 410)
        for reader in readers:
            wait_until(lambda who=reader: any("Withdrawn" in subject for subject in subjects(mail, who)))


def test_each_process_dies_once_and_nothing_is_lost_or_doubled_unmarked(
    ships: Fleet, key: str, mail: SmtpServer, readers: tuple[str, ...]
) -> None:
    stories: dict[str, str] = {}
    victims = list(ships.ships)
    every = STORIES // len(victims)
    for number in range(STORIES):
        # Ingest is pushed to by callers who try again; to each other process it happens in the middle of the work.
        with ships.client("ingest", key) as client:
            headline = f"Steadfast story {number}"
            stories[headline] = push(client, f"steadfast-{number}", headline)["story_id"]
        if number % every == 0:
            victim = victims[number // every]
            victim.kill()
            victim.start()
            if victim.service == "ingest":
                wait_until(victim.ready, 30.0)
    ships.wait()
    with ships.client("ingest", key) as client, ships.client("desk", key) as desk:
        for number in range(STORIES):
            wait_until(lambda number=number: status(client, f"steadfast-{number}") == "live", RECOVERED_S)
        for reader in readers:
            wait_until(lambda who=reader: set(stories) <= set(subjects(mail, who)), RECOVERED_S)
        for headline, story_id in stories.items():
            told = wait_until(lambda story_id=story_id: settled(deliveries(desk, story_id), len(readers)), 20.0)
            sent = sum(subjects(mail, reader)[headline] for reader in readers)
            assert sent - len(readers) <= told["maybe_duplicate"], headline


def settled(told: dict[str, int], planned: int) -> dict[str, int] | None:
    return told if told.get("planned") == planned and told.get("pending") == 0 else None
