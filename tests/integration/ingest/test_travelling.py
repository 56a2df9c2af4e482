"""Does a story leave the log and come home?"""

from tests.integration.ingest.conftest import PUBLIC, STORY, Running, until


async def test_a_pushed_story_is_emitted_and_comes_back_live_with_a_number(ingest: Running) -> None:
    desk = await ingest.publisher()
    answer = await desk.put("/v1/stories/tide-1", json=STORY, headers={"Prefer": "wait=10"})
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["status"], told["revision"], told["external_id"]) == ("live", 1, "tide-1")
    assert told["links"]["page"].startswith(f"{PUBLIC}/20")
    assert told["links"]["page"].endswith("/ferry-returns-to-quillmouth/")
    assert answer.headers["preference-applied"] == "wait=10"
    (event,) = ingest.line.received
    assert str(event.head.story_id) == told["story_id"]
    assert (event.head.publisher, event.head.publisher_name, event.head.ordinal) == ("harbour-desk", "Harbour Desk", 1)
    assert event.story is not None
    assert event.story.headline == STORY["headline"]

    shown = (await desk.get("/v1/stories/tide-1")).json()
    assert (shown["status"], shown["live_revision"], shown["seq"], shown["story"]) == ("live", 1, 1, STORY)
    changes = (await desk.get("/v1/changes")).json()
    assert [(one["seq"], one["action"], one["story"]) for one in changes["changes"]] == [(1, "publish", STORY)]
    assert (changes["next"], changes["more"]) == (1, False)


async def test_a_revision_is_settled_when_its_notices_are_planned(ingest: Running) -> None:
    desk = await ingest.publisher()
    await desk.put("/v1/stories/tide-1", json=STORY, headers={"Prefer": "wait=10"})

    async def settled() -> bool:
        rows = await ingest.database.read(
            lambda connection: connection.exec_driver_sql("SELECT state FROM revisions").all()
        )
        return [row[0] for row in rows] == ["settled"]

    await until(settled)
