"""Batches, pictures, publishers: what else does the API take?"""

import asyncio
import io
from pathlib import Path

import httpx
import orjson
from PIL import Image

from tests.integration.ingest.conftest import STORY, Line, Running, running, until
from tests.servers.postgres import PostgresServer


def lines(answer: httpx.Response) -> list[dict[str, object]]:
    return [orjson.loads(line) for line in answer.text.splitlines()]


async def test_a_batch_answers_each_line_in_order_and_a_bad_one_spoils_no_other(ingest: Running) -> None:
    desk = await ingest.publisher()
    good = orjson.dumps({"external_id": "a", **STORY})
    body = b"\n".join(
        [
            good,
            b"{broken",
            b"",
            orjson.dumps({"external_id": "b b", **STORY}),
            orjson.dumps({"external_id": "c", "headline": "x"}),
            good,
            orjson.dumps({"external_id": "a", **STORY, "dek": "Second."}),
            orjson.dumps({"external_id": "big", **STORY, "body_html": "x" * (2 * 1024 * 1024)}),
            b"[]",
            orjson.dumps({"external_id": "d", **STORY}),
        ]
    )
    found = lines(await desk.post("/v1/stories:batch", content=body))
    told = [(one["external_id"], one.get("status") or one["error"]["status"], one.get("revision")) for one in found]  # type: ignore[index]
    assert told == [
        ("a", "accepted", 1),
        (None, 400, None),
        ("b b", 422, None),
        ("c", 422, None),
        ("a", "unchanged", 1),
        ("a", "accepted", 2),
        (None, 413, None),
        (None, 422, None),
        ("d", "accepted", 1),
    ]
    await until(lambda: {one.head.external_id for one in ingest.line.received} == {"a", "d"})


async def test_a_thousand_stories_in_one_batch_are_all_live_with_numbers_without_gaps(ingest: Running) -> None:
    desk = await ingest.publisher()
    body = b"".join(
        orjson.dumps({"external_id": f"n{n}", **STORY, "headline": f"No. {n}"}) + b"\n" for n in range(1000)
    )
    found = lines(await desk.post("/v1/stories:batch", content=body))
    assert [one["status"] for one in found] == ["accepted"] * 1000

    async def all_told() -> bool:
        changes = (await desk.get("/v1/changes", params={"limit": 1000})).json()
        return [one["seq"] for one in changes["changes"]] == list(range(1, 1001))

    await until(all_told, 30)


async def test_concurrent_pushes_of_one_story_are_revisions_one_after_the_other(ingest: Running) -> None:
    desk = await ingest.publisher()
    answers = await asyncio.gather(
        *(desk.put("/v1/stories/a", json={**STORY, "dek": f"Version {n}"}) for n in range(100))
    )
    assert sorted(one.json()["revision"] for one in answers) == list(range(1, 101))


async def test_a_picture_is_kept_by_what_it_is_not_by_what_it_says(ingest: Running) -> None:
    desk = await ingest.publisher()
    drawn = io.BytesIO()
    Image.new("RGB", (4, 3), "teal").save(drawn, "PNG")
    answer = await desk.post("/v1/media", files={"file": ("photo.jpg", drawn.getvalue(), "image/jpeg")})
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"].startswith("https://news.example/media/")
    assert answer.headers["location"].endswith(".png")
    assert (answer.json()["width"], answer.json()["height"]) == (4, 3)
    svg = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"
    assert (await desk.post("/v1/media", files={"file": ("a.png", svg, "image/png")})).status_code == 415
    assert (await desk.post("/v1/media", files={"other": ("a.png", b"", "image/png")})).status_code == 422
    assert (await desk.post("/v1/media", json={})).status_code == 415
    big = b"x" * (20 * 1024 * 1024 + 1)
    assert (await desk.post("/v1/media", files={"file": ("a.png", big, "image/png")})).status_code == 413


async def test_keys_open_what_their_scopes_say_until_they_are_rotated_or_disabled(ingest: Running) -> None:
    made = await ingest.api.post("/v1/publishers", json={"name": "Partner", "scopes": ["read"]})
    assert made.json()["slug"] == "partner"
    arabic = await ingest.api.post("/v1/publishers", json={"name": "دار النشر"})
    assert (arabic.status_code, arabic.json()["slug"]) == (201, "دار-النشر")
    assert (await ingest.api.get(arabic.headers["location"])).json()["name"] == "دار النشر"
    partner = ingest.as_(made.json()["key"])
    refused = await partner.put("/v1/stories/a", json=STORY)
    assert (refused.status_code, "push" in refused.json()["detail"]) == (403, True)
    assert (await partner.get("/v1/changes")).status_code == 200
    assert (await partner.get("/v1/publishers")).status_code == 403
    rotated = (await ingest.api.post("/v1/publishers/partner/rotate")).json()
    assert (await partner.get("/v1/changes")).status_code == 401
    partner = ingest.as_(rotated["key"])
    assert (await partner.get("/v1/changes")).status_code == 200
    await ingest.api.post("/v1/publishers/partner/disable")
    assert (await partner.get("/v1/changes")).status_code == 401
    await ingest.api.post("/v1/publishers/partner/enable")
    assert (await partner.get("/v1/changes")).status_code == 200
    assert (await ingest.as_("nw_unknown").get("/v1/changes")).headers["www-authenticate"] == "Bearer"
    await until(lambda: ingest.line.directories[-1].version == 5)
    everybody = (await ingest.api.get("/v1/publishers")).json()["publishers"]
    shown = [(one["slug"], one["active"], "key" in one) for one in everybody]
    assert shown == [("partner", True, False), ("دار-النشر", True, False)]


async def test_a_service_that_does_not_hear_holds_up_no_change_of_keys(ingest: Running) -> None:
    partner = await ingest.publisher("Partner", scopes=["read"])
    ingest.line.copying.clear()
    try:
        assert (await ingest.api.post("/v1/publishers/partner/rotate")).status_code == 200
        assert (await partner.get("/v1/changes")).status_code == 401
    finally:
        ingest.line.copying.set()


async def test_equal_ids_of_two_publishers_are_two_stories(ingest: Running) -> None:
    one, other = await ingest.publisher("One"), await ingest.publisher("Other")
    first = (await one.put("/v1/stories/a", json=STORY)).json()
    second = (await other.put("/v1/stories/a", json=STORY)).json()
    assert first["story_id"] != second["story_id"]
    assert (await other.get(f"/v1/stories/{first['story_id']}")).status_code == 403
    assert (await one.get(f"/v1/stories/{first['story_id']}")).json()["external_id"] == "a"
    assert (await one.get("/v1/stories/a", params={"publisher": "other"})).status_code == 403
    assert (await ingest.api.get("/v1/stories/a")).status_code == 400
    shown = await ingest.api.get("/v1/stories/a", params={"publisher": "other"})
    assert shown.json()["story_id"] == second["story_id"]


async def test_a_database_that_is_away_is_told_as_such(
    redis_url: str, postgres_server: PostgresServer, postgres_url: str, tmp_path: Path, line: Line
) -> None:
    async with running(postgres_url, redis_url, tmp_path, line, loops=False) as ingest:
        desk = await ingest.publisher()
        postgres_server.stop()
        try:
            answer = await desk.put("/v1/stories/a", json=STORY)
        finally:
            await asyncio.to_thread(postgres_server.start)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
