"""What becomes of what is just leaving when the database goes away under it?"""

import asyncio
import secrets
import threading
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx
import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from shared import clock
from tests.integration.notify.conftest import Stage, Start, live, until
from tests.servers.http import Received, Receiver, Reply
from tests.servers.postgres import PostgresServer
from tests.servers.smtp import SmtpServer


class Slow(SmtpServer):
    """A relay that thinks about every message until it is told to go on."""

    begun, go_on = threading.Event(), threading.Event()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """As its parent, later."""
        self.begun.set()
        await asyncio.to_thread(self.go_on.wait, 30)
        return await super().handle_DATA(server, session, envelope)


@pytest.fixture
async def database_url(mortal_postgres: PostgresServer) -> str:
    """A database of a server that can be stopped."""
    name = f"t{secrets.token_hex(6)}"
    await mortal_postgres.execute(f"CREATE DATABASE {name}")
    return mortal_postgres.url(name)


@asynccontextmanager
async def away(server: PostgresServer) -> AsyncGenerator[None]:
    """While the database is away."""
    await asyncio.to_thread(server.stop)
    try:
        yield
    finally:
        await asyncio.to_thread(server.start)


async def counts(stage: Stage, story_id: object) -> list[tuple[str, bool]]:
    """(state, maybe_duplicate) of a story's deliveries."""
    answer = await stage.admin("GET", f"/v1/deliveries?story={story_id}")
    return [(row["state"], row["maybe_duplicate"]) for row in answer.json()["deliveries"]]


async def test_a_mail_that_the_relay_took_meanwhile_is_not_sent_twice(
    start: Start, mortal_postgres: PostgresServer
) -> None:
    relay = Slow()
    relay.start()
    try:
        stage = await start(mail_url=relay.url)
        await stage.subscribed({"email": "ada@example.org", "topics": ["all"]})
        story = live("slow", "publish")
        await stage.planned(story)
        await until(relay.begun.is_set)
        async with away(mortal_postgres):
            relay.go_on.set()
            await until(lambda: relay.mails)
            await asyncio.sleep(1.2)  # until it was tried in vain to write that down
        await until(lambda: settled(stage, story.head.story_id, "delivered"), 30)
        assert await counts(stage, story.head.story_id) == [("delivered", False)]
        assert len(relay.mails) == 1
    finally:
        relay.go_on.set()
        relay.stop()


async def test_webhooks_under_way_are_settled_and_later_ones_leave(
    start: Start, mortal_postgres: PostgresServer, receiver: Receiver
) -> None:
    answered = threading.Event()

    def slowly(_: Received) -> Reply:
        answered.wait(30)
        return Reply()

    receiver.replies["/in"] = slowly
    stage = await start()
    made = await stage.admin("POST", "/v1/webhooks", json={"url": f"{receiver.url}/in", "topics": ["all"]})
    assert made.status_code == 201, made.text
    first, second = live("first", "publish"), live("second", "publish")
    await stage.planned(first)
    await until(lambda: receiver.at("/in"))
    async with away(mortal_postgres):
        await asyncio.sleep(1.5)  # until the room has met the outage and begun anew
        answered.set()
        await asyncio.sleep(0.5)
    await until(lambda: settled(stage, first.head.story_id, "delivered"), 30)
    await stage.planned(second)
    await until(lambda: settled(stage, second.head.story_id, "delivered"), 30)
    assert len(receiver.at("/in")) == 2


async def settled(stage: Stage, story_id: object, state: str) -> bool:
    """Is every delivery of a story in this state?"""
    try:
        found = await counts(stage, story_id)
    except (httpx.HTTPError, KeyError):
        return False
    return bool(found) and {one for one, _ in found} == {state}


async def test_a_form_and_a_list_are_answered_503(start: Start, mortal_postgres: PostgresServer) -> None:
    stage = await start()
    form = {"email": "bo@example.org", "topics": ["all"]}
    async with away(mortal_postgres):
        begun = clock.monotonic()
        refused = [await stage.client.post("/subscribe", data=form), await stage.admin("GET", "/v1/subscribers")]
        assert clock.monotonic() - begun < 30
    for answer in refused:
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
        assert answer.headers["content-type"] == "application/problem+json"
        assert "the database is away" in answer.json()["detail"]
    assert (await stage.client.post("/subscribe", data=form)).status_code == 202
