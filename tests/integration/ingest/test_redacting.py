"""Does the log keep nothing of a redacted story but that there was one, and ask until everybody has followed?"""

import hashlib
from collections.abc import Sequence
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from services.ingest.adapters.tables import contents, redactions, revisions, stories, terms
from shared import clock
from shared.bus import Bus
from shared.database import is_outage
from shared.events import Event, RedactionConfirmed, StoryKilled, StoryRedacted
from tests.integration.ingest.conftest import STORY, Running, until

SERVICES = ("enrich", "render", "site", "notify", "desk")
SECRET = {
    **STORY,
    "slug": "plain",
    "headline": "Secret words",
    "tags": ["Some Body", "Shared"],
    "body_html": "<p>Of somebody.</p>",
}


class Followers:
    """The five services: they confirm when they are `willing`."""

    def __init__(self) -> None:
        self.willing: set[str] = set()
        self.heard: list[StoryRedacted] = []

    async def killed(self, batch: Sequence[StoryKilled]) -> Sequence[Sequence[Event]]:
        """Nothing older than a redaction may be under way."""
        return [[] for _ in batch]

    def step(self, service: str) -> Any:
        async def redacted(batch: Sequence[StoryRedacted]) -> Sequence[Sequence[Event]]:
            self.heard += batch if service == "desk" else ()
            return [
                [_confirmed(event, service)] if service in self.willing and service in event.to else []
                for event in batch
            ]

        return redacted


def _confirmed(event: StoryRedacted, service: Any) -> RedactionConfirmed:
    subject = {"story_id": event.story_id, "revision": event.revision}
    return RedactionConfirmed(at=clock.now(), service=service, **subject)


@pytest.fixture
async def followers(ingest: Running) -> Any:
    """They listen beside the line of the other tests."""
    found = Followers()
    buses = [Bus(ingest.redis_url, service, is_outage=is_outage, sole=True) for service in SERVICES]
    for service, bus in zip(SERVICES, buses, strict=True):
        bus.step(StoryRedacted, found.step(service))
        if service != "enrich":  # which is on the line
            bus.step(StoryKilled, found.killed)
        await bus.start()
    yield found
    for bus in buses:
        await bus.stop()


async def rows(ingest: Running, table: Any) -> list[dict[str, Any]]:
    """All of a table."""
    return await ingest.database.read(
        lambda connection: [dict(row) for row in connection.execute(select(table)).mappings()]
    )


async def published(ingest: Running) -> tuple[Any, str]:
    """A secret story of two revisions, killed, beside one that shares a tag; the newsroom and the story's id."""
    newsroom = await ingest.publisher()
    told = (await newsroom.put("/v1/stories/quiet", json=SECRET)).json()
    await newsroom.put("/v1/stories/other", json={**STORY, "tags": ["Shared"]})
    await newsroom.post("/v1/stories/quiet/correct", json={"note": "Secret note", "headline": "Other secret"})
    return newsroom, str(told["story_id"])


async def test_the_log_keeps_numbers_times_and_hashes_and_nothing_that_was_said(ingest: Running) -> None:
    newsroom, story_id = await published(ingest)
    before = {row["position"]: bytes(row["content"]) for row in await rows(ingest, contents)}
    log = {row["position"]: row for row in await rows(ingest, revisions)}
    digests = {row["story_id"]: row["digest"] for row in await rows(ingest, stories)}
    answer = await ingest.api.post(f"/v1/stories/{story_id}/redact", json={"reason": "Case 1", "by": "Cleo"})
    assert answer.status_code == 202, answer.text
    assert (answer.json()["status"], answer.json()["by"], answer.json()["revision"]) == ("redacting", "Cleo", 3)
    for row in await rows(ingest, contents):
        old = before[row["position"]]
        if log[row["position"]]["story_id"] == story_id:
            assert b"ecret" not in bytes(row["content"])
            assert orjson.loads(bytes(row["content"]))["extra"]["sha256"] == hashlib.sha256(old).hexdigest()
        else:
            assert bytes(row["content"]) == old
    after = {row["revision"]: row for row in await rows(ingest, revisions) if row["story_id"] == story_id}
    assert [after[number]["action"] for number in (1, 2, 3)] == ["publish", "correct", "kill"]
    assert (after[2]["note"], after[2]["accepted_at"]) == (None, log[3]["accepted_at"])
    assert after[3]["reason"] == "redacted"
    assert {row["story_id"]: row["digest"] for row in await rows(ingest, stories)} == digests
    names = {(row["kind"], row["slug"]): row["name"] for row in await rows(ingest, terms)}
    assert names["tag", "some-body"] == "some-body", "nobody else says it so"
    assert names["tag", "shared"] == "Shared"
    refused = await newsroom.post("/v1/stories/quiet/revive", json={"note": "Back."})
    assert (refused.status_code, "redacted" in refused.json()["detail"]) == (409, True)


async def test_it_is_told_until_all_have_followed_and_only_to_those_who_have_not(
    ingest: Running, followers: Followers
) -> None:
    _, story_id = await published(ingest)
    followers.willing = {"enrich", "notify"}
    await ingest.api.post(f"/v1/stories/{story_id}/redact", json={"reason": "Case 1"})
    await until(lambda: len(followers.heard) >= 2, 40)
    first, second = followers.heard[:2]
    assert set(first.to) == set(SERVICES)
    assert set(second.to) == {"render", "site", "desk"}
    assert (first.lists, first.revision) == (("tag/some-body",), 3)
    assert first.before < first.at
    assert "ecret" not in first.model_dump_json()
    followers.willing = set(SERVICES)

    async def is_done() -> bool:
        told = await ingest.api.post(f"/v1/stories/{story_id}/redact", json={"reason": "again"})
        return bool(told.json()["status"] == "redacted" and told.json()["reason"] == "Case 1")

    await until(is_done, 40)
    [row] = await rows(ingest, redactions)
    assert row["done_at"] > row["at"]


async def test_a_kill_that_is_said_again_says_nothing(ingest: Running) -> None:
    newsroom, story_id = await published(ingest)
    ingest.line.working = False
    await newsroom.post("/v1/stories/quiet/kill", json={"reason": "Secret reason", "public_note": "Secret kill"})
    await ingest.api.post(f"/v1/stories/{story_id}/redact", json={"reason": "Case 1"})
    number = len(ingest.line.killed)
    await until(lambda: len(ingest.line.killed) > number, 40)
    again = ingest.line.killed[-1]
    assert "ecret" not in again.model_dump_json()
    assert (again.headline, again.public_note) == ("Redacted", "This story has been withdrawn.")


async def test_only_the_admin_may_ask_and_must_say_which_story(ingest: Running) -> None:
    newsroom, story_id = await published(ingest)
    refused = await newsroom.post("/v1/stories/quiet/redact", json={"reason": "Case 1"})
    assert refused.status_code == 403
    nameless = await ingest.api.post("/v1/stories/quiet/redact", json={"reason": "Case 1"})
    assert nameless.status_code == 400
    unknown = await ingest.api.post("/v1/stories/none/redact?publisher=harbour-desk", json={"reason": "Case 1"})
    assert unknown.status_code == 404
    silent = await ingest.api.post(f"/v1/stories/{story_id}/redact", json={})
    assert silent.status_code == 422
