"""Do further pages of comments come, go and move with their story?"""

from typing import Any

from sqlalchemy import insert

from services.site.adapters.sql_answers import SqlAnswers
from services.site.adapters.tables import comments
from shared.events import CommentAnswered, StoryRendered
from tests.integration.site.conftest import AT, Site, story_id
from tests.integration.site.test_discussion import KEY, decide

OWN = "/2026/11/23/flood/"


async def talked(site: Site, pages: int, version: int, revision: int = 1, **more: Any) -> StoryRendered:
    """A story whose comments fill so many pages, as render tells it."""
    event = await site.newsroom.rendered("flood", revision, comments_version=version, **more)
    further = [
        await site.newsroom.route(f"{event.head.path}comment-page-{number}/", f"page {number} of {version}", "comments")
        for number in range(2, pages + 1)
    ]
    return event.model_copy(update={"routes": (*event.routes, *further)})


async def statuses(site: Site, *paths: str) -> list[tuple[int, str]]:
    found = [await site.get(path) for path in paths]
    return [(one.status_code, one.headers.get("location", "")) for one in found]


async def test_pages_that_there_are_no_more_lead_to_the_story(site: Site) -> None:
    await site.bus.take(await talked(site, 3, 1))
    assert "page 3 of 1" in (await site.get(f"{OWN}comment-page-3/")).text
    assert await statuses(site, f"{OWN}comment-page-3") == [(301, f"{OWN}comment-page-3/")]
    await site.bus.take(await talked(site, 2, 2))
    back = (301, f"{OWN}#comments")
    assert await statuses(site, *(f"{OWN}comment-page-{number}/" for number in (1, 2, 3, 4))) == [
        *(back, (200, ""), back, back),
    ]
    assert "page 2 of 2" in (await site.get(f"{OWN}comment-page-2/")).text


async def test_a_page_made_before_its_story_was_made_again_does_not_come_back(site: Site) -> None:
    await site.bus.take(await talked(site, 2, 1))
    # Deeper in its list of versions: the sweep had made it from the comments of before.
    late = await site.newsroom.route(f"{OWN}comment-page-3/", "what was taken away", "comments")
    for version in (2, 3, 4):
        await site.bus.take(await talked(site, 1, version))
    await site.bus.take(await site.newsroom.lists(late))
    assert await statuses(site, late.path) == [(301, f"{OWN}#comments")]


async def test_a_page_that_was_made_with_its_story_comes_with_lists_as_well(site: Site) -> None:
    await site.bus.take(await talked(site, 2, 1))
    routes = [await site.newsroom.route(OWN, "in another style", "story")]
    routes += [await site.newsroom.route(f"{OWN}comment-page-2/", "in another style", "comments")]
    await site.bus.take(await site.newsroom.lists(*routes))
    assert "in another style" in (await site.get(f"{OWN}comment-page-2/")).text


async def test_a_kill_takes_every_page_and_a_revival_brings_those_that_there_are(site: Site) -> None:
    await site.bus.take(await talked(site, 3, 1))
    paths = [f"{OWN}comment-page-{number}/" for number in (2, 3)]
    assert await statuses(site, *paths) == [(200, ""), (200, "")]  # and in memory
    await site.bus.take(site.newsroom.killed("flood", 2))
    for path in paths:
        answer = await site.get(path)
        assert (answer.status_code, answer.headers["cache-control"]) == (410, "no-store")
        assert "page" not in answer.text.partition("<main")[2].partition("Gone for a reason.")[0].lower()
    # What was on its way does not bring it back.
    late = await site.newsroom.route(paths[0], "late", "comments")
    await site.bus.take(await site.newsroom.lists(late))
    assert await statuses(site, paths[0]) == [(410, "")]
    await site.bus.take(await talked(site, 2, 1, revision=3, action="revive"))
    assert await statuses(site, *paths) == [(200, ""), (301, f"{OWN}#comments")]


async def test_pages_move_with_their_story(site: Site) -> None:
    await site.bus.take(await talked(site, 2, 1))
    assert await statuses(site, f"{OWN}comment-page-2/") == [(200, "")]
    new = "/2026/11/23/high-water/"
    await site.bus.take(await talked(site, 2, 1, revision=2, path=new, redirects=(OWN,)))
    assert await statuses(site, f"{OWN}comment-page-2/", f"{new}comment-page-2/") == [
        (301, f"{new}comment-page-2/"),
        (200, ""),
    ]


async def test_a_story_may_be_called_like_a_page_of_comments(site: Site) -> None:
    for name in ("comment-page-2", "feed"):
        await site.publish(name)
        assert await statuses(site, f"/2026/11/23/{name}/") == [(200, "")]
        await site.bus.take(site.newsroom.killed(name))
        assert await statuses(site, f"/2026/11/23/{name}/") == [(410, "")]


async def test_the_mail_about_an_answer_leads_to_its_page(site: Site) -> None:
    await site.publish("flood")
    row = {"story_id": str(story_id("flood")), "name": "Bo", "comment": "x", "status": "approved", "at": AT}
    row |= {"email": "bo@x.example"}
    rows = [{**row, "digest": str(number), "wants_answers": number == 59} for number in range(60)]
    await site.database.write(lambda connection: connection.execute(insert(comments), rows))
    sent = {"name": "Cy", "email": "cy@x.example", "comment": "Yes.", "parent": 60}
    reply = (await site.client.post(f"{OWN}comments", json=sent, headers=KEY)).json()["id"]
    await decide(site, reply, "approve")
    await site.publish("flood", comments_version=9)
    [told] = await SqlAnswers(site.database, "https://news.example").due(await site.database.now())
    assert isinstance(told, CommentAnswered)
    assert told.url == f"https://news.example{OWN}comment-page-2/#comment-{reply}"
