"""Do open pages hear of stories at once, and does a CDN in front hear of changed pages?"""

import json
import re
from pathlib import Path
from typing import Any

import httpx
import orjson

from tests.e2e.test_killed import picture, upload
from tests.servers.http import Receiver, Reply
from tests.servers.newswire import newswire, wait_until
from tests.servers.publisher import Publisher, path_of


def events(desk: Publisher, enough: int, query: str = "", **headers: str) -> list[dict[str, Any]]:
    """The next events of the stream, each with its `id` and `event`."""
    found: list[dict[str, Any]] = []
    with httpx.stream("GET", desk.url(f"/live{query}"), headers=headers, timeout=20) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert stream.headers["cache-control"] == "no-store"
        told: dict[str, Any] = {}
        for line in stream.iter_lines():
            name, _, value = line.partition(": ")
            told |= {name: value} if name in {"id", "event", "data"} else {}
            if not line and "data" in told:
                found.append({**told, **json.loads(told["data"])})
                told = {}
            if len(found) == enough:
                break
    return found


def test_who_comes_back_hears_what_was_missed_and_nothing_of_what_was_withdrawn(desk: Publisher) -> None:
    first = desk.put("live-1", headline="Livewire one")
    newest = events_until(desk, first["story_id"], "0")[-1]
    second = desk.put("live-2", headline="Livewire two")
    told = events_until(desk, second["story_id"], newest["id"])
    assert [one["story_id"] for one in told].count(first["story_id"]) == 0
    assert (told[-1]["path"], told[-1]["headline"]) == (path_of(second), "Livewire two")
    desk.act("live-2", "kill", reason="wrong")
    gone = events_until(desk, second["story_id"], told[-1]["id"])[-1]
    assert (gone["event"], gone["path"], gone["headline"]) == ("withdrawn", None, None)


def test_the_front_page_says_which_change_it_shows_so_that_nothing_is_missed_on_the_way(desk: Publisher) -> None:
    desk.put("seen", headline="Seen on the page")
    front = desk.until("/", there="Seen on the page")
    said = re.fullmatch(r'change;desc="(\d+)"', front.headers["server-timing"])
    assert said is not None
    assert desk.get("/", If_None_Match=front.headers["etag"]).headers["server-timing"] == said[0]
    assert "server-timing" not in desk.get("/feed/").headers
    later = desk.put("gap", headline="Came in the gap")
    [told] = events(desk, 1, f"?since={said[1]}")
    assert told["story_id"] == later["story_id"]


def events_until(desk: Publisher, story_id: str, after: str) -> list[dict[str, Any]]:
    """The events after one number, up to the story's."""
    found: list[dict[str, Any]] = []
    while not found or found[-1]["story_id"] != story_id:
        found += events(desk, 1, **{"Last-Event-ID": found[-1]["id"] if found else after})
    return found


def test_a_cdn_is_told_of_changed_pages_and_of_kills_and_readers_do_not_hold_up_the_end(
    tmp_path: Path, receiver: Receiver
) -> None:
    settings = {"ALLOW_NETWORKS": "127.0.0.0/8", "PURGE_URL": f"{receiver.url}/purge"}
    with newswire(tmp_path, **settings) as wire:
        desk = Publisher(wire, str(wire.publisher("Purged Post")["key"]))
        image = {"url": upload(desk, picture("navy")), "alt": "Navy"}
        told = desk.put("purged", headline="Soon gone", tags=["purge"], image=image)
        page = told["links"]["page"]
        wait_until(lambda: {page, f"{wire.url}/", f"{wire.url}/feed/", f"{wire.url}/tag/purge/"} <= purged(receiver))
        assert all(one.method == "POST" for one in receiver.at("/purge"))
        shown = [desk.get(path).text for path in (page, "/tag/purge/")]
        pictures = {f"{wire.url}{found}" for text in shown for found in re.findall(r"/media/[\w.-]+", text)}
        assert len(pictures) > 1, "the picture, its thumbnail and its cuts"
        receiver.requests.clear()
        receiver.default = Reply(503)
        killed = desk.act("purged", "kill", reason="wrong")
        wait_until(lambda: confirmed(desk, killed["receipt"], "cdn") == "unreachable")
        receiver.requests.clear()
        receiver.default = Reply(204)
        wait_until(lambda: confirmed(desk, killed["receipt"], "cdn") == "confirmed", 40)
        assert {page, f"{wire.url}/tag/purge/feed/", *pictures} <= purged(receiver)
        with httpx.stream("GET", f"{wire.url}/live") as stream:
            next(stream.iter_lines())
            assert wire.stop() == 0
        desk.close()


def purged(receiver: Receiver) -> set[str]:
    """Every address that the CDN was told of."""
    return {url for request in receiver.at("/purge") for url in orjson.loads(request.body)["urls"]}


def confirmed(desk: Publisher, receipt: str, channel: str) -> str:
    """What a receipt says of a channel; nothing while it is pending."""
    outcome = desk.client.get(f"/v1/receipts/{receipt}").json()["channels"].get(channel, {}).get("outcome", "")
    return "" if outcome == "pending" else str(outcome)
