"""Is notify told of an answer once readers see it, as often as it takes, and of nothing that nobody shall hear?"""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from services.site.adapters.redacting import SqlRedacting
from services.site.adapters.sql_answers import REPEAT_AFTER, SqlAnswers
from services.site.adapters.tables import answers
from shared.events import AnswerNoticed, CommentAnswered, StoryRedacted
from tests.integration.site.conftest import AT, Site, story_id
from tests.integration.site.test_discussion import FORM, KEY, PAGE, decide

BO = {"name": "Bo", "email": "bo@readers.example", "comment": "Which gate?", "notify": "yes"}
CY = {"name": "Cy", "email": "cy@readers.example", "comment": "The east one."}


async def said(site: Site, **fields: Any) -> int:
    answer = await site.client.post(f"{PAGE}comments", json={**FORM, **fields})
    assert answer.status_code == 202
    return int(answer.json()["id"])


async def answered(site: Site, asked: dict[str, str] = BO, by: dict[str, str] = CY) -> int:
    """A comment and an approved answer to it, both on the page; the answer's number."""
    await site.publish("flood")
    first = await said(site, **asked)
    await decide(site, first, "approve")
    reply = await said(site, **by, parent=first)
    await decide(site, reply, "approve")
    return reply


def owed(site: Site) -> SqlAnswers:
    return SqlAnswers(site.database, "https://news.example")


async def due(site: Site, later: timedelta = timedelta(0)) -> list[CommentAnswered]:
    now: datetime = await site.database.now() + later
    has = await owed(site).has_due(now)
    found = [*await owed(site).due(now)]
    assert has == bool(found)
    return found


async def test_an_answer_is_told_when_its_page_shows_it_and_until_it_is_noted(site: Site) -> None:
    reply = await answered(site)
    assert await due(site) == []
    assert await owed(site).overdue(AT) == {"answer": 0.0}
    await site.publish("flood", comments_version=2)
    [told] = await due(site)
    assert (told.comment, told.email, told.name, told.revision) == (reply, "bo@readers.example", "Cy", 1)
    assert told.url == f"https://news.example{PAGE}#comment-{reply}"
    assert told.story_id == story_id("flood")
    assert "The east one." not in told.model_dump_json()
    assert await due(site) == []
    later = 2 * REPEAT_AFTER
    [again] = await due(site, later)
    assert again.comment == reply
    assert (await owed(site).overdue(await site.database.now() + later))["answer"] >= later.total_seconds()
    assert await site.bus.take(AnswerNoticed(at=AT, comment=reply)) == [[]]
    assert await due(site, 2 * later) == []


async def test_an_answer_that_is_approved_twice_is_told_once(site: Site) -> None:
    reply = await answered(site)
    await site.bus.take(AnswerNoticed(at=AT, comment=reply))
    await decide(site, reply, "hold")
    await decide(site, reply, "approve")
    await site.publish("flood", comments_version=4)
    assert await due(site) == []


@pytest.mark.parametrize(
    ("asked", "by"),
    [
        ({**BO, "notify": ""}, CY),
        (BO, {**CY, "email": "BO@readers.example"}),
    ],
)
async def test_nobody_hears_who_did_not_ask_or_answers_themselves(
    site: Site, asked: dict[str, str], by: dict[str, str]
) -> None:
    await answered(site, asked, by)
    await site.publish("flood", comments_version=2)
    assert await due(site) == []


async def test_what_was_taken_back_killed_or_erased_is_not_told(site: Site) -> None:
    reply = await answered(site)
    await site.publish("flood", comments_version=2)
    await decide(site, reply, "trash")
    assert await due(site) == []
    await decide(site, reply, "approve")
    assert await due(site) == [], "the page does not show it again yet"
    await site.publish("flood", comments_version=4)
    await site.client.post("/v1/comments/erase", json={"email": BO["email"]}, headers=KEY)
    assert await due(site) == []


async def test_a_killed_story_tells_of_no_answer(site: Site) -> None:
    await answered(site)
    await site.publish("flood", comments_version=2)
    await site.bus.take(site.newsroom.killed("flood"))
    assert await due(site) == []


async def test_a_redaction_leaves_no_trace_of_answers(site: Site) -> None:
    await answered(site)
    order = StoryRedacted(at=AT, story_id=story_id("flood"), revision=2, public_note="", before=AT, to=("site",))
    await SqlRedacting(site.database, site.lent.pages).redact(order)
    rows = await site.database.read(lambda connection: connection.execute(select(answers)).all())
    assert rows == []
