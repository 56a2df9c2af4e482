"""Does the WebSub hub ask before it tells, tell all whose feed has changed, and account for each of them?"""

import asyncio
import hashlib
import hmac
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from sqlalchemy import select, update

from services.notify.adapters.hub import SqlHub
from services.notify.adapters.ledger import SqlLedger
from services.notify.adapters.tables import deliveries, hub_asks, hub_subscriptions
from shared.events import KillConfirmed, StoryLive
from tests.integration.notify.conftest import Stage, Start, killed, live, until
from tests.servers.http import Received, Receiver, Reply

SITE = "https://news.example"
HUB = f"{SITE}/websub"
ATOM = "application/atom+xml; charset=utf-8"


class Site:
    """The feeds of a site, and callbacks beside them, on one server."""

    def __init__(self, receiver: Receiver) -> None:
        self.receiver = receiver
        self.show()

    def show(self, *events: StoryLive, withdrawn: Iterable[StoryLive] = ()) -> None:
        """The feeds show these stories."""
        entries = [_entry(one, '<link href="https://news.example/x/"/>') for one in events]
        entries += [_entry(one, "") for one in withdrawn]
        body = f'<feed xmlns="http://www.w3.org/2005/Atom">{"".join(entries)}</feed>'.encode()
        for path in ("/feed/atom/", "/section/harbour/feed/atom/", "/updates/feed/atom/"):
            self.receiver.replies[path] = Reply(200, body, {"Content-Type": ATOM})

    def callback(self, path: str, *replies: Reply) -> str:
        """A callback that means it, and answers contents with these replies, then 202."""
        left = list(replies)

        def answer(request: Received) -> Reply:
            if request.method == "GET":
                return Reply(200, parse_qs(urlsplit(request.path).query)["hub.challenge"][0].encode())
            return left.pop(0) if left else Reply(202)

        self.receiver.default = Reply(404)
        self.answers[path] = answer
        return f"{self.receiver.url}{path}"

    @property
    def answers(self) -> dict[str, Callable[[Received], Reply]]:
        """By path without its query."""
        return self.receiver.replies  # type: ignore[return-value]

    def contents(self, path: str) -> list[Received]:
        """What was handed over to a callback."""
        return [one for one in self.receiver.requests if one.method == "POST" and one.path == path]

    def questions(self, path: str) -> list[dict[str, str]]:
        """What a callback was asked."""
        asked = [urlsplit(one.path) for one in self.receiver.requests if one.method == "GET"]
        return [{k: v[0] for k, v in parse_qs(one.query).items()} for one in asked if one.path == path]


def _entry(event: StoryLive, link: str) -> str:
    return f"<entry><id>urn:uuid:{event.head.story_id}</id>{link}</entry>"


class _Answering(Receiver):
    """Looks paths up without their query."""

    def reply_to(self, request: Received) -> Reply:
        reply = self.replies.get(urlsplit(request.path).path, self.default)
        return reply(request) if callable(reply) else reply


@pytest.fixture
def site() -> Any:
    server = _Answering()
    server.start()
    yield Site(server)
    server.stop()


@pytest.fixture
async def stage(start: Start, site: Site) -> Stage:
    return await start(proof_url=site.receiver.url)


async def asked(stage: Stage, callback: str, topic: str = f"{SITE}/feed/atom/", **fields: str) -> httpx.Response:
    form = {"hub.mode": "subscribe", "hub.callback": callback, "hub.topic": topic}
    return await stage.client.post("/websub", data={**form, **{f"hub.{name}": text for name, text in fields.items()}})


async def subscriptions(stage: Stage) -> list[dict[str, Any]]:
    return list((await stage.admin("GET", "/v1/websub")).json()["subscriptions"])


async def subscribed(stage: Stage, callback: str, topic: str = f"{SITE}/feed/atom/", **fields: str) -> dict[str, Any]:
    answer = await asked(stage, callback, topic, **fields)
    assert answer.status_code == 202, answer.text

    async def found() -> dict[str, Any] | None:
        known = {(one["callback"], one["topic"]): one for one in await subscriptions(stage)}
        return known.get((callback, topic))

    return dict(await until(found))


async def rows(stage: Stage) -> list[tuple[int, str, str]]:
    """(revision, state, detail) of what the hub owed, in order."""
    d = deliveries.c
    query = select(d.revision, d.state, d.detail).where(d.channel == "websub").order_by(d.id)
    return [tuple(row) for row in await stage.database.read(lambda connection: connection.execute(query).all())]


async def set_all(stage: Stage, table: Any, **values: Any) -> None:
    await stage.database.write(lambda connection: connection.execute(update(table).values(values)))


def told(stage: Stage, event: StoryLive, revision: int) -> dict[str, int]:
    return stage.counts(event, revision, "websub")


async def test_who_means_it_is_told_signed_and_who_leaves_is_told_no_more(stage: Stage, site: Site) -> None:
    callback = site.callback("/in")
    made = await subscribed(stage, f"{callback}?mine=1", secret="sesame", lease_seconds="7200")
    [question] = site.questions("/in")
    topic = f"{SITE}/feed/atom/"
    assert question.pop("hub.challenge")
    assert question == {"mine": "1", "hub.mode": "subscribe", "hub.topic": topic, "hub.lease_seconds": "7200"}
    assert (made["signed"], made["failures"]) == (True, 0)
    assert "secret" not in made
    first = live("first", "publish")
    site.show(first)
    await stage.planned(first)
    [content] = await until(lambda: site.contents("/in?mine=1"))
    assert str(first.head.story_id).encode() in content.body
    assert content.headers["content-type"] == ATOM
    assert content.headers["link"] == f'<{HUB}>; rel="hub", <{topic}>; rel="self"'
    assert content.headers["x-hub-signature"] == f"sha256={hmac.digest(b'sesame', content.body, hashlib.sha256).hex()}"
    await until(lambda: told(stage, first, 1) == {"planned": 1, "delivered": 1})


async def test_asking_again_renews_and_who_unsubscribes_is_asked_and_told_no_more(stage: Stage, site: Site) -> None:
    callback = site.callback("/in")
    made = await subscribed(stage, callback, secret="sesame", lease_seconds="7200")
    await asked(stage, callback, lease_seconds="864000")

    async def renewed() -> bool:
        [one] = await subscriptions(stage)
        return one["id"] == made["id"] and not one["signed"] and one["expires_at"] > made["expires_at"]

    await until(renewed)
    assert (await asked(stage, callback, mode="unsubscribe")).status_code == 202

    async def left() -> bool:
        return not await subscriptions(stage)

    await until(left)
    assert [one["hub.mode"] for one in site.questions("/in")] == ["subscribe", "subscribe", "unsubscribe"]
    assert "hub.lease_seconds" not in site.questions("/in")[-1]
    await stage.planned(live("second", "publish"))
    assert await rows(stage) == []


async def test_who_does_not_repeat_the_challenge_is_not_subscribed_and_not_asked_again(
    stage: Stage, site: Site
) -> None:
    site.callback("/elsewhere")
    replies = {"/no": Reply(200, b"no"), "/gone": Reply(404), "/led": Reply(302, headers={"Location": "/elsewhere"})}
    for path, reply in replies.items():
        site.answers[path] = lambda _request, reply=reply: reply  # type: ignore[misc]
        assert (await asked(stage, f"{site.receiver.url}{path}")).status_code == 202

    async def forgotten() -> bool:
        return not await stage.database.read(lambda connection: connection.execute(select(hub_asks.c.key)).all())

    await until(forgotten)
    assert not await subscriptions(stage)
    assert [len(site.questions(path)) for path in (*replies, "/elsewhere")] == [1, 1, 1, 0]


REFUSED: list[tuple[dict[str, str], str]] = [
    ({"mode": "publish"}, "hub.mode"),
    ({"callback": "ftp://127.0.0.1/"}, "hub.callback"),
    ({"callback": "http://127.0.0.1/#here"}, "hub.callback"),
    ({"callback": "http://10.0.0.1/in"}, "hub.callback"),
    ({"topic": "https://elsewhere.example/feed/atom/"}, "hub.topic"),
    ({"topic": f"{SITE}/2026/11/23/x/feed/"}, "hub.topic"),
    ({"topic": f"{SITE}/section/nobody/feed/"}, "hub.topic"),
    ({"lease_seconds": "soon"}, "hub.lease_seconds"),
    ({"secret": "x" * 200}, "hub.secret"),
]


async def test_what_cannot_be_taken_is_refused_with_its_reason(stage: Stage, site: Site) -> None:
    site.receiver.default = Reply(404)
    for fields, wrong in REFUSED:
        given = {"callback": f"{site.receiver.url}/in", "topic": f"{SITE}/feed/atom/", **fields}
        answer = await asked(stage, given.pop("callback"), given.pop("topic"), **given)
        assert answer.status_code == 422, fields
        assert [one["path"] for one in answer.json()["errors"]] == [f"/{wrong}"]


async def test_nobody_is_asked_as_often_as_a_stranger_likes(stage: Stage, site: Site) -> None:
    site.callback("/in")
    answers: list[httpx.Response] = []
    for start in range(0, 70, 5):
        some = (asked(stage, f"{site.receiver.url}/in?{number}") for number in range(start, start + 5))
        answers += await asyncio.gather(*some)
    refused = [one for one in answers if one.status_code == 429]
    assert refused
    assert int(refused[0].headers["retry-after"]) >= 1
    assert {one.status_code for one in answers} == {202, 429}


async def test_many_stories_are_told_by_one_content_and_each_is_accounted_for(stage: Stage, site: Site) -> None:
    callback = site.callback("/in", Reply(503))
    await subscribed(stage, callback)
    events = [live(f"one-{number}", "publish") for number in range(3)]
    old = live("old", "publish")
    site.show(*events)
    await stage.emit(events[0])

    async def has_failed() -> bool:
        return [one["failures"] for one in await subscriptions(stage)] == [1]

    await until(has_failed)
    for event in (*events[1:], old):
        await stage.planned(event)
    assert {row[1] for row in await rows(stage)} == {"pending"}  # a new story waits for the next try of an old one
    await set_all(stage, deliveries, due_at=await stage.database.now())
    await stage.admin("POST", "/v1/deliveries/resume")
    await until(lambda: all(told(stage, one, 1) == {"planned": 1, "delivered": 1} for one in events))
    assert len(site.contents("/in")) == 2
    # What stands in no feed's newest fifty is told to nobody who never had it.
    await until(lambda: told(stage, old, 1) == {"planned": 1, "suppressed": 1})
    assert ("delivered", "HTTP 202; one content told of 3 stories") in {row[1:] for row in await rows(stage)}


async def test_a_kill_is_told_when_the_feed_shows_it_to_all_who_had_the_story(stage: Stage, site: Site) -> None:
    await subscribed(stage, site.callback("/main"))
    await subscribed(stage, site.callback("/section"), f"{SITE}/section/harbour/feed/atom/")
    await subscribed(stage, site.callback("/updates"), f"{SITE}/updates/feed/atom/")
    first = live("wrong", "publish")
    site.show(first)
    await stage.planned(first)
    await until(lambda: told(stage, first, 1) == {"planned": 2, "delivered": 2})
    # It has moved to another section since, silently.
    await stage.planned(live("wrong", "publish", "update", notify=False, sections=()))
    gone = live("wrong", "publish", "update", "kill", note="Gone.")
    await stage.emit(killed(gone))
    await stage.planned(gone)
    await until(lambda: told(stage, gone, 3) == {"planned": 3, "pending": 3})
    assert len(site.contents("/main")) == 1  # the feed still shows it
    site.show(withdrawn=[gone])
    await until(lambda: told(stage, gone, 3) == {"planned": 3, "delivered": 3})
    for path in ("/main", "/section", "/updates"):
        assert b"<link" not in site.contents(path)[-1].body

    def last_words() -> list[tuple[str, str]]:
        said = [one for one in stage.said(KillConfirmed) if one.channel == "websub" and not one.retrying]
        return [(one.outcome, one.detail) for one in said]

    await until(lambda: last_words() == [("confirmed", "3 delivered")])


async def test_a_feed_that_cannot_be_read_costs_no_attempt_and_is_told_of(stage: Stage, site: Site) -> None:
    await subscribed(stage, site.callback("/in"))
    first = live("first", "publish")
    site.answers["/feed/atom/"] = lambda _request: Reply(503)
    await stage.planned(first)
    away = "the feed cannot be read: HTTP 503"

    async def waits() -> bool:
        return await rows(stage) == [(1, "pending", away)]

    await until(waits)

    async def overdue() -> float:
        assert stage.service.owed is not None
        return sum(one.seconds for one in await stage.service.owed.measure() if one.kind == "websub")

    assert await until(overdue)
    site.show(first)
    await set_all(stage, deliveries, due_at=await stage.database.now())
    await stage.admin("POST", "/v1/deliveries/resume")
    await until(lambda: told(stage, first, 1) == {"planned": 1, "delivered": 1})
    attempts = await stage.database.read(lambda connection: connection.scalar(select(deliveries.c.attempts)))
    assert attempts == 1
    assert await overdue() == 0.0


async def test_muted_stories_are_not_told_and_their_corrections_are(stage: Stage, site: Site) -> None:
    await subscribed(stage, site.callback("/in"))
    await stage.planned(live("quiet", "publish", notify=False))
    assert await rows(stage) == []
    corrected = live("quiet", "publish", "correct", notify=False, note="It was not.")
    site.show(corrected)
    await stage.planned(corrected)
    await until(lambda: told(stage, corrected, 2) == {"planned": 1, "delivered": 1})


async def test_who_answers_410_has_left_and_a_lease_that_is_over_ends(stage: Stage, site: Site) -> None:
    await subscribed(stage, site.callback("/in", Reply(410)))
    first = live("first", "publish")
    site.show(first)
    await stage.planned(first)
    await until(lambda: told(stage, first, 1) == {"planned": 1, "suppressed": 1})

    async def left() -> bool:
        return not await subscriptions(stage)

    await until(left)
    await subscribed(stage, site.callback("/late"))
    await set_all(stage, hub_subscriptions, expires_at=await stage.database.now() - timedelta(seconds=1))
    second = live("second", "publish")
    await stage.planned(second)
    assert len(await rows(stage)) == 1
    assert await SqlHub(stage.database).expire() == 1
    assert not await subscriptions(stage)


async def test_a_paused_channel_waits_and_an_operator_ends_a_subscription(stage: Stage, site: Site) -> None:
    made = await subscribed(stage, site.callback("/in"))
    await stage.admin("POST", "/v1/deliveries/pause", json={"channel": "websub"})
    first = live("first", "publish")
    site.show(first)
    await stage.planned(first)
    assert [row[1] for row in await rows(stage)] == ["pending"]
    assert (await stage.admin("DELETE", f"/v1/websub/{made['id']}")).status_code == 204
    assert (await stage.admin("DELETE", f"/v1/websub/{made['id']}")).status_code == 404
    assert await rows(stage) == [(1, "suppressed", "ended by an operator")]
    assert site.contents("/in") == []
    assert (await stage.client.get("/v1/websub")).status_code == 401


async def test_what_a_dead_worker_was_telling_is_told_again(stage: Stage, site: Site) -> None:
    await subscribed(stage, site.callback("/in"))
    await stage.admin("POST", "/v1/deliveries/pause", json={"channel": "websub"})
    first = live("first", "publish")
    site.show(first)
    await stage.planned(first)
    ended = await stage.database.now() - timedelta(seconds=1)
    await set_all(stage, deliveries, state="sending", token="dead", lease_until=ended)
    await set_all(stage, hub_subscriptions, busy_until=ended)
    assert await SqlLedger(stage.database, resend=True).sweep() == 1
    await stage.admin("POST", "/v1/deliveries/resume")
    await until(lambda: told(stage, first, 1) == {"planned": 1, "delivered": 1})
    assert len(site.contents("/in")) == 1
