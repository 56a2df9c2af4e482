"""What does the publisher API answer?"""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from shared import clock
from shared.events import rfc3339
from tests.integration.ingest.conftest import STORY, Running, until

WAIT = {"Prefer": "wait=10"}


def faults(answer: httpx.Response) -> list[str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return [one["path"] for one in answer.json()["errors"]]


async def test_the_same_content_is_unchanged_and_other_content_a_new_revision(ingest: Running) -> None:
    desk = await ingest.publisher()
    first = await desk.put("/v1/stories/a", json=STORY)
    assert (first.status_code, first.json()["status"], first.headers["etag"]) == (202, "accepted", '"1"')
    same = await desk.put("/v1/stories/a", json={**STORY, "notify": True, "tags": [], "dek": None})
    assert (same.status_code, same.json()["status"], same.json()["revision"]) == (200, "unchanged", 1)
    other = await desk.put("/v1/stories/a", json={**STORY, "dek": "After two years."})
    assert (other.status_code, other.json()["revision"]) == (202, 2)
    assert other.json()["links"]["page"] == first.json()["links"]["page"]


async def test_a_stale_if_match_is_refused_and_changes_nothing(ingest: Running) -> None:
    desk = await ingest.publisher()
    await desk.put("/v1/stories/a", json=STORY)
    changed = {**STORY, "dek": "x"}
    assert (await desk.put("/v1/stories/a", json=changed, headers={"If-Match": '"7"'})).status_code == 412
    assert (await desk.put("/v1/stories/b", json=changed, headers={"If-Match": '"1"'})).status_code == 412
    assert (await desk.put("/v1/stories/a", json=changed, headers={"If-Match": '"1"'})).status_code == 202
    assert (await desk.put("/v1/stories/a", json=STORY, headers={"If-None-Match": "*"})).status_code == 412
    assert (await desk.get("/v1/stories/a")).json()["revision"] == 2


async def test_a_correction_merges_into_the_pushed_fields(ingest: Running) -> None:
    desk = await ingest.publisher()
    await desk.put("/v1/stories/a", json={**STORY, "dek": "Old", "extra": {"a": 1, "b": 2}}, headers=WAIT)
    body = {"note": "The dek was wrong.", "kind": "clarification", "dek": None, "extra": {"a": None}}
    answer = await desk.post("/v1/stories/a/correct", json=body, headers=WAIT)
    assert (answer.status_code, answer.json()["revision"]) == (200, 2)
    assert (await desk.get("/v1/stories/a")).json()["story"] == {**STORY, "extra": {"b": 2}}
    head = ingest.line.received[-1].head
    assert (head.action, head.history[-1].note, head.history[-1].kind) == (
        "correct",
        "The dek was wrong.",
        "clarification",
    )
    again = await desk.post("/v1/stories/a/correct", json=body)
    assert (again.status_code, again.json()["status"]) == (200, "unchanged")
    assert faults(await desk.post("/v1/stories/a/correct", json={"dek": "x"})) == ["/note"]
    assert faults(await desk.post("/v1/stories/a/correct", json={"note": "x", "headline": None})) == ["/headline"]
    assert (await desk.post("/v1/stories/unknown/correct", json=body)).status_code == 404


async def test_a_kill_is_told_once_gives_a_receipt_and_stops_everything_but_a_revival(ingest: Running) -> None:
    desk = await ingest.publisher()
    await desk.put("/v1/stories/a", json=STORY, headers=WAIT)
    assert faults(await desk.post("/v1/stories/a/kill", json={})) == ["/reason"]
    killed = await desk.post("/v1/stories/a/kill", json={"reason": "Libel."}, headers=WAIT)
    assert (killed.status_code, killed.json()["status"]) == (200, "killed")
    again = await desk.post("/v1/stories/a/kill", json={"reason": "Libel!"})
    assert (again.status_code, again.json()["status"]) == (200, "unchanged")
    assert again.json()["receipt"] == killed.json()["receipt"]
    (event,) = ingest.line.killed
    assert event.public_note == "This story has been withdrawn."
    assert "Libel" not in event.model_dump_json()
    assert (await desk.put("/v1/stories/a", json=STORY)).status_code == 409
    assert (await desk.post("/v1/stories/a/correct", json={"note": "x"})).status_code == 409
    shown = (await desk.get("/v1/stories/a")).json()
    assert (shown["status"], shown["story"]) == ("killed", STORY)

    async def confirmed() -> bool:
        receipt = (await desk.get(f"/v1/receipts/{killed.json()['receipt']}")).json()
        assert receipt["reason"] == "Libel."
        return bool(receipt["channels"]["page"]["outcome"] == "confirmed")

    await until(confirmed)
    changes = (await desk.get("/v1/changes")).json()["changes"]
    assert [(one["action"], one["story"]) for one in changes] == [("publish", None), ("kill", None)]


async def test_only_a_killed_story_can_be_revived(ingest: Running) -> None:
    desk = await ingest.publisher()
    await desk.put("/v1/stories/a", json=STORY)
    assert (await desk.post("/v1/stories/a/revive", json={"note": "Why?"})).status_code == 409
    await desk.post("/v1/stories/a/kill", json={"reason": "Libel."})
    revived = await desk.post("/v1/stories/a/revive", json={"note": "Cleared."}, headers=WAIT)
    assert (revived.status_code, revived.json()["status"]) == (200, "live")
    assert (await desk.post("/v1/stories/a/revive", json={"note": "Again."})).status_code == 409
    assert ingest.line.received[-1].head.action == "revive"
    assert ingest.line.received[-1].story is not None


async def test_an_embargoed_story_is_told_to_nobody_before_its_time(ingest: Running) -> None:
    desk = await ingest.publisher()
    release = clock.now() + timedelta(seconds=1.2)
    answer = await desk.put("/v1/stories/a", json={**STORY, "embargo_until": rfc3339(release)})
    assert (answer.status_code, answer.json()["status"]) == (202, "scheduled")
    replaced = await desk.put("/v1/stories/a", json={**STORY, "dek": "Better.", "embargo_until": rfc3339(release)})
    assert replaced.json()["status"] == "scheduled"
    assert (await desk.get("/v1/stories/a")).json()["status"] == "scheduled"
    assert (await desk.get("/v1/changes")).json()["changes"] == []
    assert ingest.line.received == []
    await until(lambda: bool(ingest.line.received))
    assert clock.now() >= release
    assert ingest.line.revisions("a") == [2]
    assert ingest.line.received[0].head.published_at == release
    await until(lambda: [one.revision for one in ingest.line.scheduled] == [1, 2])


async def test_a_killed_embargoed_story_never_leaves_the_log(ingest: Running) -> None:
    desk = await ingest.publisher()
    release = clock.now() + timedelta(seconds=0.5)
    await desk.put("/v1/stories/a", json={**STORY, "embargo_until": rfc3339(release)})
    await desk.post("/v1/stories/a/kill", json={"reason": "x"}, headers=WAIT)
    await until(lambda: clock.now() > release + timedelta(seconds=1.2))
    assert ingest.line.received == []
    assert (await desk.get("/v1/stories/a")).json()["status"] == "killed"
    assert (await desk.get("/v1/changes")).json()["changes"] == []


async def test_a_story_expires_and_a_later_push_publishes_it_again(ingest: Running) -> None:
    desk = await ingest.publisher()
    expires = clock.now() + timedelta(seconds=0.8)
    await desk.put("/v1/stories/a", json={**STORY, "expires_at": rfc3339(expires)}, headers=WAIT)

    async def expired() -> bool:
        return bool((await desk.get("/v1/stories/a")).json()["status"] == "expired")

    await until(expired)
    assert (ingest.line.received[-1].head.action, ingest.line.received[-1].story) == ("expire", None)
    back = await desk.put("/v1/stories/a", json=STORY, headers=WAIT)
    assert (back.json()["status"], back.json()["revision"]) == ("live", 3)
    changes = (await desk.get("/v1/changes")).json()["changes"]
    assert [one["action"] for one in changes] == ["publish", "expire", "update"]


async def test_a_changed_slug_moves_the_page_and_a_taken_one_is_numbered(ingest: Running) -> None:
    desk = await ingest.publisher()
    first = await desk.put("/v1/stories/a", json=STORY, headers=WAIT)
    second = await desk.put("/v1/stories/b", json=STORY, headers=WAIT)
    assert second.json()["links"]["page"].endswith("/ferry-returns-to-quillmouth-2/")
    moved = await desk.put("/v1/stories/a", json={**STORY, "slug": "Ferry, back"}, headers=WAIT)
    assert moved.json()["links"]["page"].endswith("/ferry-back/")
    head = ingest.line.received[-1].head
    assert head.redirects == (first.json()["links"]["page"].removeprefix("https://news.example"),)
    third = await desk.put("/v1/stories/c", json={**STORY, "aliases": ["/old/ferry.html", "/?p=12"]}, headers=WAIT)
    assert third.json()["links"]["page"].endswith("/ferry-returns-to-quillmouth-3/")
    assert ingest.line.received[-1].head.redirects == ("/old/ferry.html", "/?p=12")
    fourth = await desk.put("/v1/stories/d", json={**STORY, "aliases": ["/old/ferry.html"]})
    assert "/old/ferry.html" in fourth.json()["warnings"][0]


async def test_the_first_name_logged_for_a_slug_stays(ingest: Running) -> None:
    desk = await ingest.publisher()
    await desk.put("/v1/stories/a", json={**STORY, "sections": ["Économie"], "tags": ["EU"]}, headers=WAIT)
    await desk.put("/v1/stories/b", json={**STORY, "sections": ["economie"], "tags": ["eu", "EU"]}, headers=WAIT)
    story = ingest.line.received[-1].story
    assert story is not None
    assert [(one.slug, one.name) for one in story.sections] == [("economie", "Économie")]
    assert [(one.slug, one.name) for one in story.tags] == [("eu", "EU")]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"headline": "Ferry\r\nBcc: all@example.org"}, "/headline"),
        ({"headline": ""}, "/headline"),
        ({"headline": "x" * 301}, "/headline"),
        ({"body_html": 7}, "/body_html"),
        ({"surprise": 1}, "/surprise"),
        ({"published_at": "2026-11-23T09:30:00"}, "/published_at"),
        ({"published_at": "0001-01-01T00:00:00Z"}, "/published_at"),
        ({"published_at": "2026-02-30T00:00:00Z"}, "/published_at"),
        ({"tags": ["x"] * 51}, "/tags"),
        ({"tags": ["a", "b\x00"]}, "/tags/1"),
        ({"image": {"url": "javascript:alert(1)"}}, "/image/url"),
        ({"authors": [{"name": "A", "url": "x"}]}, "/authors/0/url"),
        ({"extra": {"a": "x" * 9000}}, "/extra"),
        ({"aliases": ["/v1/stories"]}, "/aliases/0"),
        ({"priority": "high"}, "/priority"),
    ],
)
async def test_a_bad_field_is_named(ingest: Running, change: dict[str, Any], path: str) -> None:
    desk = await ingest.publisher()
    answer = await desk.put("/v1/stories/a", json={**STORY, **change})
    assert answer.status_code == 422
    assert faults(answer) == [path]
    assert (await desk.get("/v1/stories/a")).status_code == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"headline": ', 400),
        (b'{"headline": "\xff"}', 400),
        (b'{"headline": "\\ud800"}', 400),
        (b"[" * 5000 + b"]" * 5000, 400),
        (b"[]", 422),
        (b" " * (2 * 1024 * 1024 + 1), 413),
    ],
)
async def test_a_broken_body_is_a_precise_problem(ingest: Running, body: bytes, status: int) -> None:
    desk = await ingest.publisher()
    answer = await desk.put("/v1/stories/a", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
