"""Do partners get signed webhooks, again after a failure, never after they said that they are gone?"""

import base64
import hashlib
import hmac
from datetime import timedelta
from typing import Any

import httpx
import orjson
import pytest
from sqlalchemy import Connection, update

from services.notify.adapters.tables import deliveries, stories
from shared import clock
from shared.events import PublisherRecord, PublishersChanged
from tests.integration.notify.conftest import ADMIN, Stage, Start, killed, live, until
from tests.servers.http import Received, Receiver, Reply


def verified(request: Received, secret: str) -> dict[str, Any]:
    """Check a signature by the book (Standard Webhooks) and answer the body."""
    signed = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode() + request.body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    wanted = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert wanted in request.headers["webhook-signature"].split(" ")
    found: dict[str, Any] = orjson.loads(request.body)
    return found


async def added(stage: Stage, url: str, **fields: Any) -> dict[str, Any]:
    answer = await stage.admin("POST", "/v1/webhooks", json={"url": url, **fields})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def record(key: str, slug: str, scopes: tuple[str, ...] = ("read",), *, active: bool = True) -> PublisherRecord:
    digest = hashlib.sha256(key.encode()).hexdigest()
    return PublisherRecord(slug=slug, name=slug, scopes=scopes, key_hashes=(digest,), active=active)


async def asking(stage: Stage, key: str, method: str = "GET", **options: Any) -> httpx.Response:
    return await stage.client.request(method, "/v1/webhooks", headers={"Authorization": f"Bearer {key}"}, **options)


async def directory(stage: Stage, version: int, first: PublisherRecord, *others: PublisherRecord) -> None:
    """Tell the directory of publishers and wait until it is known whether the first of them may do anything."""
    await stage.emit(PublishersChanged(at=clock.now(), version=version, publishers=(first, *others)))

    async def known() -> bool:
        return (await asking(stage, f"nw_{first.slug:_<43}")).is_success is first.active

    await until(known)


async def test_a_partner_gets_a_story_and_of_a_kill_only_that_it_is_gone(stage: Stage, receiver: Receiver) -> None:
    hook = await added(stage, f"{receiver.url}/in", topics=["section:harbour"])
    first = live("hooked", "publish")
    await stage.planned(first)
    request = (await until(lambda: receiver.at("/in")))[0]
    body = verified(request, hook["secret"])
    assert body["type"] == "story.live"
    assert body["data"]["story"]["headline"] == "Ferry returns to Quillmouth"
    assert body["data"]["revision"] == 1
    await until(lambda: stage.counts(first, 1, "webhook") == {"planned": 1, "delivered": 1})
    end = live("hooked", "publish", "kill", note="Gone.")
    await stage.emit(killed(end, "Gone."))
    await stage.planned(end)
    last = verified((await until(lambda: receiver.at("/in")[1:]))[0], hook["secret"])
    assert last["type"] == "story.killed"
    assert last["data"]["public_note"] == "Gone."
    assert "story" not in last["data"]
    assert b"Ferry" not in receiver.at("/in")[1].body


async def test_a_failing_endpoint_is_tried_again_under_the_same_id_and_its_attempts_are_listed(
    stage: Stage, receiver: Receiver
) -> None:
    hook = await added(stage, f"{receiver.url}/flaky")
    receiver.replies["/flaky"] = lambda _request: Reply(503 if len(receiver.at("/flaky")) == 1 else 204)
    await stage.planned(live("flaky", "publish"))
    requests = await until(lambda: len(receiver.at("/flaky")) == 2 and receiver.at("/flaky"), 15)
    assert requests[0].headers["webhook-id"] == requests[1].headers["webhook-id"]

    async def listed() -> list[dict[str, Any]]:
        return (await stage.admin("GET", f"/v1/webhooks/{hook['id']}/attempts")).json()["attempts"]  # type: ignore[no-any-return]

    lines = await until(listed)
    assert lines[-1]["status"] == 503


async def test_an_endpoint_that_is_gone_is_switched_off_and_can_be_switched_on_again(
    stage: Stage, receiver: Receiver
) -> None:
    hook = await added(stage, f"{receiver.url}/gone")
    receiver.replies["/gone"] = Reply(410)
    event = live("gone", "publish")
    await stage.planned(event)
    await until(lambda: stage.counts(event, 1, "webhook") == {"planned": 1, "failed": 1})
    shown = (await stage.admin("GET", f"/v1/webhooks/{hook['id']}")).json()
    assert shown["active"] is False
    assert "410" in shown["reason"]
    again = await stage.admin("POST", f"/v1/webhooks/{hook['id']}/enable")
    assert again.json()["active"] is True


async def test_a_rotated_secret_signs_beside_the_old_one_and_a_test_event_says_what_came_of_it(
    stage: Stage, receiver: Receiver
) -> None:
    hook = await added(stage, f"{receiver.url}/rotated")
    new = (await stage.admin("POST", f"/v1/webhooks/{hook['id']}/rotate")).json()["secret"]
    assert new != hook["secret"]
    told = (await stage.admin("POST", f"/v1/webhooks/{hook['id']}/test")).json()
    assert told["outcome"] == "delivered"
    for secret in (new, hook["secret"]):
        assert verified(receiver.at("/rotated")[0], secret)["type"] == "webhook.test"


async def test_a_publisher_sees_only_its_own_endpoints_and_needs_a_key_that_may_read(stage: Stage) -> None:
    reader, pusher, nobody = (f"nw_{word:_<43}" for word in ("reader", "pusher", "nobody"))
    keys = {reader: ("partner", ("read",)), pusher: ("desk-two", ("push",))}
    records = tuple(record(key, slug, scopes) for key, (slug, scopes) in keys.items())
    await stage.emit(PublishersChanged(at=clock.now(), version=1, publishers=records))
    await added(stage, "http://127.0.0.1:9/admin")

    async def as_(key: str, method: str = "GET", **options: Any) -> Any:
        return await stage.client.request(method, "/v1/webhooks", headers={"Authorization": f"Bearer {key}"}, **options)

    mine = await as_(reader, "POST", json={"url": "http://127.0.0.1:9/x", "events": ["story.killed"]})
    assert mine.status_code == 201, mine.text
    assert [one["id"] for one in (await as_(reader)).json()["webhooks"]] == [mine.json()["id"]]
    assert len((await as_(ADMIN)).json()["webhooks"]) == 2
    assert (await as_(pusher)).status_code == 403
    assert (await as_(nobody)).status_code == 401


async def test_an_endpoint_inside_our_network_or_with_wrong_fields_is_refused(start: Start) -> None:
    stage = await start(allow_networks=())
    for url in ("http://127.0.0.1/x", "http://10.0.0.1/", "ftp://example.org/", "http://[::1]:80/"):
        answer = await stage.admin("POST", "/v1/webhooks", json={"url": url})
        assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, "/url"), url
    for body, path in (
        ({}, "/url"),
        ({"url": "https://a.example/", "events": ["x"]}, "/events/0"),
        ({"url": "https://a.example/", "events": []}, "/events"),
        ({"url": "https://a.example/", "topics": ["all", "section"]}, "/topics/1"),
        ({"url": "https://a.example/", "colour": "red"}, "/colour"),
    ):
        answer = await stage.admin("POST", "/v1/webhooks", json=body)
        assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, path), body


@pytest.mark.parametrize("url", ["http://[::1", "http://[zz]/", "http://127.0.0.1:abc/", "http://a..b/", "http://a b/"])
async def test_an_address_that_is_none_is_a_wrong_field_wherever_it_is_given(stage: Stage, url: str) -> None:
    hook = await added(stage, "http://127.0.0.1:9/kept")
    for method, path in (("POST", "/v1/webhooks"), ("PATCH", f"/v1/webhooks/{hook['id']}")):
        answer = await stage.admin(method, path, json={"url": url})
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"] == [{"path": "/url", "message": "must be an absolute http or https address"}]
    assert [one["url"] for one in (await stage.admin("GET", "/v1/webhooks")).json()["webhooks"]] == [hook["url"]]


async def test_a_change_to_null_is_refused_and_a_new_endpoint_takes_it_for_absent(stage: Stage) -> None:
    hook = await added(stage, "http://127.0.0.1:9/kept", events=None, topics=None)
    assert (len(hook["events"]) > 1, hook["topics"]) == (True, ["all"])
    for name in ("url", "events", "topics", "active"):
        answer = await stage.admin("PATCH", f"/v1/webhooks/{hook['id']}", json={name: None})
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"] == [{"path": f"/{name}", "message": "must not be null"}]


async def test_what_is_wished_for_twice_is_kept_once(stage: Stage) -> None:
    twice = {"events": ["story.live", "story.killed", "story.live"], "topics": ["tag:a", "all", " TAG:A "]}
    hook = await added(stage, "http://127.0.0.1:9/x", **twice)
    assert (hook["events"], hook["topics"]) == (["story.killed", "story.live"], ["tag:a", "all"])


async def test_a_disabled_publisher_gets_nothing_new_but_hears_that_what_it_has_is_withdrawn(
    stage: Stage, receiver: Receiver
) -> None:
    leaver, stayer = (f"nw_{slug:_<43}" for slug in ("leaver", "stayer"))
    others = (record(stayer, "stayer"),)
    await directory(stage, 1, record(leaver, "leaver"), *others)
    for key, path in ((leaver, "/leaver"), (stayer, "/stayer")):
        made = await asking(stage, key, "POST", json={"url": receiver.url + path})
        assert made.status_code == 201, made.text
    had = live("had", "publish")
    await stage.planned(had)
    await until(lambda: stage.counts(had, 1, "webhook") == {"planned": 2, "delivered": 2})
    await directory(stage, 2, record(leaver, "leaver", active=False), *others)
    after = live("after", "publish")
    await stage.planned(after)
    await until(lambda: stage.counts(after, 1, "webhook") == {"planned": 1, "delivered": 1})
    await stage.planned(live("had", "publish", "kill"))
    await until(lambda: len(receiver.at("/leaver")) == 2)
    assert orjson.loads(receiver.at("/leaver")[1].body)["type"] == "story.killed"
    await directory(stage, 3, record(leaver, "leaver"), *others)
    await stage.planned(live("again", "publish"))
    await until(lambda: len(receiver.at("/leaver")) == 3)


async def test_who_follows_everything_also_hears_of_a_story_that_was_withdrawn_before_anybody_saw_it(
    stage: Stage, receiver: Receiver
) -> None:
    await added(stage, f"{receiver.url}/all")
    await added(stage, f"{receiver.url}/harbour", topics=["section:harbour"])
    end = live("sudden", "publish", "kill", note="Gone.")
    await stage.planned(end)
    await until(lambda: stage.counts(end, 2, "webhook") == {"planned": 1, "delivered": 1})
    assert orjson.loads(receiver.at("/all")[0].body)["type"] == "story.killed"
    assert not receiver.at("/harbour")


async def test_an_attempt_that_was_settled_while_its_story_was_withdrawn_does_not_wait_for_ever(
    stage: Stage, receiver: Receiver
) -> None:
    receiver.default = Reply(500)
    await added(stage, f"{receiver.url}/late")
    event = live("raced", "publish")
    await stage.planned(event)
    await until(lambda: _put_off(stage))

    def withdrawn_unseen(connection: Connection) -> None:
        connection.execute(update(stories).values(cancelled_below=2))

    await stage.database.write(withdrawn_unseen)
    await until(lambda: stage.counts(event, 1, "webhook") == {"planned": 1, "suppressed": 1}, 30)
    assert len(receiver.at("/late")) == 1


async def test_what_a_dead_worker_was_posting_is_dropped_and_counted_when_its_story_was_withdrawn(
    stage: Stage, receiver: Receiver
) -> None:
    receiver.default = Reply(500)
    await added(stage, f"{receiver.url}/dead")
    event = live("left", "publish")
    await stage.planned(event)
    await until(lambda: _put_off(stage))
    past = await stage.database.now() - timedelta(seconds=1)

    def abandoned(connection: Connection) -> None:
        connection.execute(update(deliveries).values(state="sending", lease_until=past, token="dead"))
        connection.execute(update(stories).values(cancelled_below=2))

    await stage.database.write(abandoned)
    await until(lambda: stage.counts(event, 1, "webhook") == {"planned": 1, "suppressed": 1}, 30)
    assert len(receiver.at("/dead")) == 1


async def _put_off(stage: Stage) -> bool:
    """Was the only webhook tried, and is it to be tried again?"""
    rows = (await stage.admin("GET", "/v1/deliveries", params={"state": "pending"})).json()["deliveries"]
    return bool(rows and rows[0]["attempts"] == 1)
