"""Does a partner hear by webhook what the interface (§3, §5) promises, and can it prove who speaks?"""

import base64
import hashlib
import hmac
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import orjson
import pytest

from tests.e2e.inbox import act, counted, put, story
from tests.servers.http import Received, Receiver, Reply
from tests.servers.newswire import Newswire, wait_until

NUMBERS = count(1)
EVENTS = ["story.corrected", "story.expired", "story.killed", "story.live", "story.revived", "story.updated"]


class Tampered(Exception):  # noqa: N818 - an outcome with a name
    """The signature is of something else."""


def opened(request: Received, secret: str, *, tolerance_s: float = 300) -> dict[str, Any]:
    """What a receiver written from the specification of Standard Webhooks alone makes of a request."""
    message, timestamp = request.headers["webhook-id"], request.headers["webhook-timestamp"]
    if abs(time.time() - int(timestamp)) > tolerance_s:  # noqa: TID251 - a partner's own clock
        raise Tampered("too old or too new")
    key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    assert 24 <= len(key) <= 64
    content = b".".join((message.encode(), timestamp.encode(), request.body))
    expected = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    given = [one.split(",", 1) for one in request.headers["webhook-signature"].split(" ")]
    if not any(version == "v1" and hmac.compare_digest(one, expected) for version, one in given):
        raise Tampered("no signature fits")
    assert request.headers["content-type"].startswith("application/json")
    return dict(orjson.loads(request.body))


class Partner:
    """An endpoint at a path of its own, and how to read what came there."""

    def __init__(self, wire: Newswire, receiver: Receiver, key: str, **fields: Any) -> None:
        self.wire, self.receiver, self.key = wire, receiver, key
        self.path = f"/partner/{next(NUMBERS)}"
        with wire.client(key) as client:
            answer = client.post("/v1/webhooks", json={"url": receiver.url + self.path, **fields})
        assert answer.status_code == 201, answer.text
        self.made: dict[str, Any] = answer.json()
        self.address = f"/v1/webhooks/{self.made['id']}"

    def came(self) -> list[dict[str, Any]]:
        """Every body that came, each with a signature that fits."""
        return [opened(request, self.made["secret"]) for request in self.receiver.at(self.path)]

    def nth(self, number: int) -> dict[str, Any]:
        """The `number`th, waited for."""
        wait_until(lambda: len(self.receiver.at(self.path)) >= number)
        return self.came()[number - 1]

    def ask(self, method: str, path: str = "", **options: Any) -> Any:
        """A call about this endpoint; its answer's body."""
        with self.wire.client(self.key) as client:
            answer = client.request(method, self.address + path, **options)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None


Makes = Callable[..., Partner]


@pytest.fixture
def partner(wire: Newswire, receiver: Receiver, key: str) -> Iterator[Makes]:
    """Makes endpoints and removes them in the end."""
    made: list[Partner] = []

    def make(*topics: str, **fields: Any) -> Partner:
        one = Partner(wire, receiver, fields.pop("key", key), **{"topics": list(topics)} if topics else {}, **fields)
        made.append(one)
        return one

    yield make
    for one in made:
        with wire.client() as client:
            client.delete(one.address)


@contextmanager
def answering(receiver: Receiver, path: str, *replies: Reply) -> Iterator[None]:
    """These replies one after the other, then 204."""
    left = list(replies)
    receiver.replies[path] = lambda _request: left.pop(0) if left else Reply()
    yield
    del receiver.replies[path]


def test_an_endpoint_is_made_shown_changed_and_removed(wire: Newswire, key: str, receiver: Receiver) -> None:
    wanted = {"url": f"{receiver.url}/made", "events": ["story.live", "story.killed"], "topics": ["section:harbour"]}
    with wire.client(key) as client:
        answer = client.post("/v1/webhooks", json=wanted)
        assert answer.status_code == 201
        made = answer.json()
        assert made["secret"].startswith("whsec_")
        assert len(base64.b64decode(made["secret"].removeprefix("whsec_"), validate=True)) >= 24
        address = f"/v1/webhooks/{made['id']}"
        shown = client.get(address).json()
        assert "secret" not in shown
        assert {name: sorted(shown[name]) if name != "url" else shown[name] for name in wanted} == {
            **wanted,
            "events": sorted(wanted["events"]),
        }
        assert made["id"] in {one["id"] for one in client.get("/v1/webhooks").json()["webhooks"]}
        changed = client.patch(address, json={"events": ["story.updated"], "topics": ["all"]}).json()
        assert (changed["events"], changed["topics"], changed["url"]) == (["story.updated"], ["all"], wanted["url"])
        assert client.delete(address).status_code == 204
        for method in ("GET", "PATCH", "DELETE"):
            assert client.request(method, address, json={}).status_code == 404


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"url": "ftp://x.example/"}, "/url"),
        ({"url": "x.example"}, "/url"),
        ({"url": None}, "/url"),
        ({"url": "http://169.254.169.254/latest/"}, "/url"),
        ({"url": "http://[::1]:9/"}, "/url"),
        ({"url": "https://user:secret@partner.example/"}, "/url"),
        ({"url": "http://[::1"}, "/url"),
        ({"events": ["story.invented"]}, "/events/0"),
        ({"events": "story.live"}, "/events"),
        ({"topics": ["all", "planet:mars"]}, "/topics/1"),
        ({"secret": "whsec_mine"}, "/secret"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_made(
    wire: Newswire, key: str, fields: Mapping[str, Any], path: str
) -> None:
    with wire.client(key) as client:
        before = client.get("/v1/webhooks").json()["webhooks"]
        answer = client.post("/v1/webhooks", json={"url": "https://partner.example/hook", **fields})
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["errors"][0]["path"] == path
        assert client.get("/v1/webhooks").json()["webhooks"] == before


def test_who_may_not_see_an_endpoint_learns_nothing_of_it(wire: Newswire, partner: Makes) -> None:
    mine = partner()
    stranger = str(wire.publisher("Stranger", scopes=["read"])["key"])
    pusher = str(wire.publisher("Pusher", scopes=["push"])["key"])
    with wire.client(stranger) as client:
        assert client.get("/v1/webhooks").json()["webhooks"] == []
        for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/rotate"), ("POST", "/enable"), ("POST", "/test")):
            assert client.request(method, mine.address + path).status_code in {403, 404}
        assert client.get(f"{mine.address}/attempts").status_code in {403, 404}
        assert client.post(f"{mine.address}/replay", params={"after": 0}).status_code in {403, 404}
    with wire.client(pusher) as client:
        assert client.get("/v1/webhooks").status_code == 403
    with wire.client("nw_nobody") as client:
        assert client.get("/v1/webhooks").status_code == 401
    with wire.client() as client:
        assert mine.made["id"] in {one["id"] for one in client.get("/v1/webhooks").json()["webhooks"]}


def test_each_revision_is_one_event_and_its_data_is_its_entry_among_the_changes(
    wire: Newswire, key: str, partner: Makes
) -> None:
    hook = partner("tag:hooked")
    live = put(wire, key, "hooked", story("Hooked", tags=["hooked"], extra={"desk": 7}, dek="A lead"))
    put(wire, key, "hooked", story("Hooked again", tags=["hooked"]))
    act(wire, key, "hooked", "correct", note="A slip.", headline="Hooked for good")
    act(wire, key, "hooked", "kill", reason="secret", public_note="Gone.")
    act(wire, key, "hooked", "revive", note="Back.")
    came = [hook.nth(number) for number in range(1, 6)]
    came.sort(key=lambda body: body["data"]["revision"])
    kinds = ["story.live", "story.updated", "story.corrected", "story.killed", "story.revived"]
    assert [body["type"] for body in came] == kinds
    with wire.client(key) as client:
        changes = client.get("/v1/changes", params={"limit": 1000}).json()["changes"]
    entries = {one["revision"]: one for one in changes if one["story_id"] == live["story_id"]}
    same = ("seq", "story_id", "publisher", "external_id", "revision", "action", "url")
    for body in came:
        entry, data = entries[body["data"]["revision"]], body["data"]
        assert {name: data[name] for name in same} == {name: entry[name] for name in same}
        assert datetime.fromisoformat(body["timestamp"]).tzinfo is not None
    assert came[0]["data"]["story"]["headline"] == "Hooked"
    assert came[0]["data"]["story"]["extra"] == {"desk": 7}
    assert came[2]["data"]["note"] == "A slip."
    kill = came[3]["data"]
    assert kill["public_note"] == "Gone."
    assert set(kill) - {*same, "at", "public_note"} == set()
    assert counted(wire, live["story_id"], 4, "webhook")["delivered"] == 1


def test_a_tampered_body_or_another_secret_does_not_open(wire: Newswire, key: str, partner: Makes) -> None:
    hook = partner("tag:signed")
    put(wire, key, "signed", story("Signed", tags=["signed"]))
    hook.nth(1)
    [request] = hook.receiver.at(hook.path)
    forged = Received(request.method, request.path, request.headers, request.body.replace(b"Signed", b"Forged"))
    with pytest.raises(Tampered):
        opened(forged, hook.made["secret"])
    with pytest.raises(Tampered):
        opened(request, "whsec_" + base64.b64encode(b"x" * 24).decode())


def test_release_and_expiry_are_told_when_they_happen(wire: Newswire, key: str, partner: Makes) -> None:
    hook = partner("tag:timed")
    now = datetime.now(UTC)  # noqa: TID251 - a publisher's clock
    times = {"embargo_until": now + timedelta(seconds=2), "expires_at": now + timedelta(seconds=4)}
    body = story("Timed", tags=["timed"], **{name: at.isoformat() for name, at in times.items()})
    with wire.client(key) as client:
        assert client.put("/v1/stories/timed", json=body).json()["status"] == "scheduled"
    released = hook.nth(1)
    assert released["type"] == "story.live"
    assert datetime.now(UTC) >= times["embargo_until"]  # noqa: TID251 - as above
    expired = hook.nth(2)
    assert (expired["type"], expired["data"]["action"], expired["data"]["story"]) == ("story.expired", "expire", None)
    assert len(hook.came()) == 2


def test_notify_false_mutes_publish_and_update(wire: Newswire, key: str, partner: Makes) -> None:
    hook = partner("tag:mutedhook")
    put(wire, key, "mutedhook", story("Muted", tags=["mutedhook"], notify=False))
    put(wire, key, "mutedhook", story("Muted still", tags=["mutedhook"], notify=False))
    put(wire, key, "mutedhook-2", story("Loud", tags=["mutedhook"]))
    assert hook.nth(1)["data"]["external_id"] == "mutedhook-2"
    put(wire, key, "mutedhook-2", story("Silent", tags=["mutedhook"], notify=False))
    act(wire, key, "mutedhook-2", "kill", reason="wrong")
    assert [body["type"] for body in [hook.nth(1), hook.nth(2)]] == ["story.live", "story.killed"]


def test_who_had_a_story_hears_its_correction_and_its_kill_whatever_it_asked_for(
    wire: Newswire, key: str, partner: Makes
) -> None:
    had = partner("tag:had", events=["story.live"])
    other = partner("tag:other-than-had", events=["story.live"])
    updates = partner("tag:had", events=["story.updated"])
    live = put(wire, key, "had", story("Had", tags=["had"]))
    had.nth(1)
    act(wire, key, "had", "correct", note="A slip.")
    assert had.nth(2)["type"] == "story.corrected"
    act(wire, key, "had", "kill", reason="wrong")
    assert had.nth(3)["type"] == "story.killed"
    counts = counted(wire, live["story_id"], 3, "webhook")
    assert (counts["planned"], counts["delivered"]) == (1, 1)
    assert other.came() == updates.came() == []


def test_a_failure_is_tried_again_under_the_same_id_not_before_it_was_asked_to(
    wire: Newswire, key: str, partner: Makes
) -> None:
    hook = partner("tag:retried")
    with answering(hook.receiver, hook.path, Reply(503, headers={"Retry-After": "7"})):
        began = time.monotonic()
        live = put(wire, key, "retried", story("Retried", tags=["retried"]))
        wait_until(lambda: len(hook.receiver.at(hook.path)) == 2, 20)
        assert time.monotonic() - began >= 7
    first, second = hook.receiver.at(hook.path)
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert counted(wire, live["story_id"], 1, "webhook")["delivered"] == 1
    attempts = hook.ask("GET", "/attempts")["attempts"]
    assert [(one["event"], one["status"], one["outcome"]) for one in attempts] == [
        ("story.live", 204, "delivered"),
        ("story.live", 503, "retried"),
    ]


def test_an_endpoint_that_answers_410_is_switched_off_until_it_is_enabled(
    wire: Newswire, key: str, partner: Makes
) -> None:
    hook = partner("tag:gone")
    with answering(hook.receiver, hook.path, Reply(410)):
        live = put(wire, key, "gone", story("Gone", tags=["gone"]))
        shown = wait_until(lambda: (told := hook.ask("GET")) and not told["active"] and told)
    assert "410" in shown["reason"]
    assert counted(wire, live["story_id"], 1, "webhook")["failed"] == 1
    put(wire, key, "gone-2", story("Unheard", tags=["gone"]))
    enabled = hook.ask("POST", "/enable")
    assert (enabled["active"], enabled["reason"]) == (True, None)
    put(wire, key, "gone-3", story("Heard", tags=["gone"]))
    assert hook.nth(2)["data"]["external_id"] == "gone-3"


def test_a_test_event_is_signed_and_a_rotated_secret_signs_beside_the_old_one(partner: Makes) -> None:
    hook = partner()
    told = hook.ask("POST", "/test")
    assert (told["outcome"], told["status"]) == ("delivered", 204)
    assert hook.nth(1)["type"] == "webhook.test"
    rotated = hook.ask("POST", "/rotate")
    assert rotated["secret"].startswith("whsec_")
    assert rotated["secret"] != hook.made["secret"]
    hook.ask("POST", "/test")
    last = hook.receiver.at(hook.path)[-1]
    assert opened(last, hook.made["secret"]) == opened(last, rotated["secret"])


def test_a_replay_sends_what_came_after_a_number_again_but_nothing_that_was_withdrawn(
    wire: Newswire, key: str, partner: Makes
) -> None:
    hook = partner("tag:replayed")
    first = put(wire, key, "replayed-1", story("One", tags=["replayed"]))
    put(wire, key, "replayed-2", story("Two, withdrawn", tags=["replayed"]))
    put(wire, key, "replayed-3", story("Three", tags=["replayed"]))
    act(wire, key, "replayed-2", "kill", reason="wrong")
    for number in range(1, 5):
        hook.nth(number)
    before = {one.headers["webhook-id"] for one in hook.receiver.at(hook.path)}
    seqs = {body["data"]["external_id"]: body["data"]["seq"] for body in hook.came() if body["type"] == "story.live"}
    hook.receiver.requests.clear()
    assert hook.ask("POST", "/replay", params={"after": seqs["replayed-1"]})["replayed"] == 2
    again = [hook.nth(1), hook.nth(2)]
    told = {(body["type"], body["data"]["external_id"]) for body in again}
    assert told == {("story.live", "replayed-3"), ("story.killed", "replayed-2")}
    assert {one.headers["webhook-id"] for one in hook.receiver.at(hook.path)} < before
    counts = counted(wire, first["story_id"], 1, "webhook")
    assert (counts["planned"], counts["delivered"]) == (1, 1)
    assert hook.ask("POST", "/replay", params={"after": 10**9})["replayed"] == 0


def test_an_endpoint_made_later_gets_the_past_by_replay(wire: Newswire, key: str, partner: Makes) -> None:
    put(wire, key, "past", story("Past", tags=["past"]))
    hook = partner("tag:past")
    wait_until(lambda: hook.ask("POST", "/replay", params={"after": 0})["replayed"])
    assert hook.nth(1)["data"]["external_id"] == "past"


def test_an_endpoint_without_wishes_hears_everything(wire: Newswire, key: str, partner: Makes) -> None:
    hook = partner()
    assert sorted(hook.made["events"]) == EVENTS
    put(wire, key, "everything", story("Everything"))
    assert hook.nth(1)["data"]["external_id"] == "everything"
