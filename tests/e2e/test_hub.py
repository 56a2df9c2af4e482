"""Does a feed reader that knows WebSub alone find the hub, hear of every change, and can it prove who speaks?"""

import hashlib
import hmac
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import feedparser  # type: ignore[import-untyped]  # it has no types
import httpx
import pytest

from tests.e2e.inbox import act, counted, put, story
from tests.servers.http import Received, Receiver, Reply
from tests.servers.newswire import Newswire, wait_until


class Reader(Receiver):
    """A feed reader's callback: means what it asked, and keeps what comes."""

    def reply_to(self, request: Received) -> Reply:
        challenge = parse_qs(urlsplit(request.path).query).get("hub.challenge")
        return Reply(200, challenge[0].encode()) if challenge else Reply(202)

    def asks(self, feed: str, mode: str) -> None:
        """Find the hub in a feed, as the specification says (§4), and ask it."""
        found = {one["rel"]: one["href"] for one in feedparser.parse(httpx.get(feed).content).feed.links}
        form = {"hub.mode": mode, "hub.topic": found["self"], "hub.callback": f"{self.url}/in", "hub.secret": "sesame"}
        answer = httpx.post(found["hub"], data=form)
        assert answer.status_code == 202, answer.text
        wait_until(lambda: [one for one in self.requests if f"hub.mode={mode}" in one.path])

    def contents(self) -> list[bytes]:
        """What came, each with a signature that fits."""
        posted = [one for one in self.requests if one.method == "POST"]
        for one in posted:
            digest = hmac.new(b"sesame", one.body, hashlib.sha256).hexdigest()
            assert one.headers["x-hub-signature"] == f"sha256={digest}"
        return [one.body for one in posted]


@pytest.fixture
def reader() -> Iterator[Reader]:
    """One that has asked for nothing yet."""
    one = Reader()
    one.start()
    yield one
    one.stop()


def subscriptions(wire: Newswire) -> list[dict[str, Any]]:
    """Whom the hub tells, as an operator sees it."""
    with wire.client() as client:
        return list(client.get("/v1/websub").json()["subscriptions"])


def test_a_reader_hears_of_a_story_and_of_its_kill_until_it_leaves(wire: Newswire, key: str, reader: Reader) -> None:
    put(wire, key, "hub-first", story("Buoy counted", sections=["Hubbed"]))
    feed = f"{wire.url}/section/hubbed/feed/"
    reader.asks(feed, "subscribe")
    wait_until(lambda: subscriptions(wire))
    made = put(wire, key, "hub-told", story("Mole mended", sections=["Hubbed"]))
    [content] = wait_until(reader.contents)
    assert content == httpx.get(feed).content
    assert [one.title for one in feedparser.parse(content).entries] == ["Mole mended", "Buoy counted"]
    killed = act(wire, key, "hub-told", "kill", reason="Wrong pier")
    wait_until(lambda: len(reader.contents()) == 2)
    assert b"Mole mended" not in reader.contents()[1]
    assert feedparser.parse(reader.contents()[1]).entries[0].id == f"urn:uuid:{made['story_id']}"
    for revision in (1, killed["revision"]):
        counts = counted(wire, made["story_id"], revision, "websub")
        assert (counts["planned"], counts["delivered"]) == (1, 1)
    with wire.client(key) as client:
        address = f"/v1/receipts/{killed['receipt']}"
        wait_until(lambda: client.get(address).json()["channels"]["websub"]["outcome"] == "confirmed")
    reader.asks(feed, "unsubscribe")
    wait_until(lambda: not subscriptions(wire))
    put(wire, key, "hub-after", story("Pier painted", sections=["Hubbed"]))
    assert len(reader.contents()) == 2


def test_feeds_of_comments_and_of_months_name_no_hub(wire: Newswire, key: str) -> None:
    page = put(wire, key, "hub-month", story("Tide turned"))["links"]["page"]
    front = httpx.get(f"{wire.url}/feed/atom/")
    assert b'rel="hub"' in front.content
    assert front.links["hub"]["url"] == f"{wire.url}/websub"
    assert "WebSub" in httpx.get(front.links["hub"]["url"]).text
    assert front.links["self"]["url"] == f"{wire.url}/feed/atom/"
    month = "/".join(urlsplit(page).path.split("/")[1:3])
    for path in (f"{urlsplit(page).path}feed/", "/comments/feed/", f"/archive/{month}/feed/atom/"):
        other = wait_until(lambda path=path: (found := httpx.get(wire.url + path)).is_success and found)
        assert b'rel="hub"' not in other.content
        assert not other.links
