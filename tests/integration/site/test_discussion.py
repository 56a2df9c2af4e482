"""Do comments reach an editor and nobody else, and then the page?"""

from typing import Any

import httpx
import pytest
from starlette.requests import Request
from starlette.types import Message

from services.site.adapters.sql_addresses import SqlAddresses
from services.site.adapters.sql_comments import REPEAT_AFTER, SqlComments
from services.site.routes.discussion import Discussion
from services.site.settings import SiteSettings
from shared.events import CommentsChanged
from shared.theme import Theme
from tests.integration.site.conftest import ADMIN, Site

PAGE = "/2026/11/23/flood/"
FORM = {
    "name": "Mara",
    "email": "mara@reader.example",
    "website": "https://mara.example",
    "comment": "First.\n\n<b>Second</b>.",
}
KEY = {"Authorization": f"Bearer {ADMIN}"}


async def post(site: Site, **fields: str) -> httpx.Response:
    return await site.client.post(f"{PAGE}comments", data={**FORM, **fields})


async def decide(site: Site, comment: int, verb: str) -> dict[str, Any]:
    answer = await site.client.post(f"/v1/comments/{comment}/{verb}", headers=KEY)
    assert answer.status_code == 200
    return dict(answer.json())


async def test_a_browser_comes_back_to_the_story_and_an_editor_decides(site: Site) -> None:
    await site.publish("flood")
    answer = await post(site)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PAGE}?comment=held#respond")
    assert ' id="comment-held" hidden' not in (await site.get(f"{PAGE}?comment=held")).text
    waiting = (await site.client.get("/v1/comments?status=held", headers=KEY)).json()["comments"]
    assert [(one["name"], one["path"], one["status"]) for one in waiting] == [("Mara", PAGE, "held")]
    assert site.bus.emitted == []
    assert (await decide(site, waiting[0]["id"], "approve"))["status"] == "approved"
    [changed] = site.bus.emitted
    assert isinstance(changed, CommentsChanged)
    assert changed.version == 1
    assert [one.html for one in changed.comments] == ["<p>First.</p><p>&lt;b&gt;Second&lt;/b&gt;.</p>"]
    await decide(site, waiting[0]["id"], "approve")
    assert len(site.bus.emitted) == 1
    await decide(site, waiting[0]["id"], "spam")
    last = site.bus.emitted[-1]
    assert isinstance(last, CommentsChanged)
    assert (last.version, last.comments) == (2, ())


async def test_an_address_never_leaves(site: Site) -> None:
    await site.publish("flood")
    held = (await site.client.post(f"{PAGE}comments", json=FORM)).json()
    await decide(site, held["id"], "approve")
    listed = await site.client.get("/v1/comments", headers=KEY)
    assert "reader.example" not in listed.text
    assert "reader.example" not in str(site.bus.emitted)


async def test_json_is_answered_with_json(site: Site) -> None:
    await site.publish("flood")
    fields = {"author": "Mara", "email": "mara@reader.example", "url": "", "comment": "Yes."}
    answer = await site.client.post(f"{PAGE}comments", json=fields)
    assert (answer.status_code, answer.json()["status"]) == (202, "held")
    again = await site.client.post(f"{PAGE}comments", json=fields)
    assert again.json()["id"] == answer.json()["id"]
    wrong = await site.client.post(f"{PAGE}comments", json={"comment": "x", "email": "nobody"})
    assert wrong.headers["content-type"] == "application/problem+json"
    assert {error["path"] for error in wrong.json()["errors"]} == {"/name", "/email"}
    broken = await site.client.post(f"{PAGE}comments", content="{", headers={"Content-Type": "application/json"})
    assert broken.status_code == 400
    # A program may send a form, too; a browser never asks for JSON first.
    wants = {"Accept": "application/json, text/plain, */*"}
    held = await site.client.post(f"{PAGE}comments", data={**FORM, "comment": "By a script."}, headers=wants)
    assert (held.status_code, held.json()["status"]) == (202, "held")
    wrong = await site.client.post(f"{PAGE}comments", data={**FORM, "comment": ""}, headers=wants)
    assert (wrong.status_code, wrong.json()["errors"][0]["path"]) == (422, "/comment")


async def test_what_was_written_is_kept_when_a_field_is_wrong(site: Site) -> None:
    await site.publish("flood")
    answer = await post(site, email="nobody", comment="A long <thought>.")
    assert answer.status_code == 422
    assert "A long &lt;thought&gt;." in answer.text
    assert (await post(site, comment="x" * 5001)).status_code == 422
    assert (await post(site, parent="99")).status_code == 422
    assert (await post(site, website="javascript:alert(1)")).status_code == 422


@pytest.mark.parametrize("as_json", [False, True])
async def test_closed_killed_and_unknown_stories_take_none(site: Site, as_json: bool) -> None:
    await site.publish("closed", comments="closed")
    await site.publish("killed")
    await site.bus.take(site.newsroom.killed("killed"))
    for name, status in (("closed", 403), ("killed", 410), ("unknown", 404)):
        address = f"/2026/11/23/{name}/comments"
        answer = await (site.client.post(address, json=FORM) if as_json else site.client.post(address, data=FORM))
        assert (name, answer.status_code) == (name, status)


async def test_forms_of_other_sites_and_floods_are_refused(site: Site) -> None:
    await site.publish("flood")
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
        assert (await site.client.post(f"{PAGE}comments", data=FORM, headers=headers)).status_code == 403
    for origin in (site.lent.settings.public_url, "null"):
        own = {"Origin": origin, "Sec-Fetch-Site": "same-origin"}
        assert (await site.client.post(f"{PAGE}comments", data=FORM, headers=own)).status_code == 303
    answers = [await post(site, comment=f"Number {number}") for number in range(31)]
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) > 0


async def test_a_program_that_fills_the_hidden_field_is_spam_and_thinks_it_was_heard(site: Site) -> None:
    await site.publish("flood")
    assert (await post(site, subject="Buy!")).status_code == 303
    listed = (await site.client.get("/v1/comments", headers=KEY)).json()["comments"]
    assert [one["status"] for one in listed] == ["spam"]


@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded"])
async def test_who_hangs_up_in_mid_comment_is_no_fault_of_ours(site: Site, kind: str) -> None:
    await site.publish("flood")
    settings = SiteSettings.of(site.lent.settings)
    addresses, comments = SqlAddresses(site.database), SqlComments(site.database)
    discussion = Discussion(addresses, comments, Theme.of(settings), settings.public_url, (), site.database.now)
    coming: list[Message] = [
        {"type": "http.request", "body": b'{"name":', "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> Message:
        return coming.pop(0)

    path = f"{PAGE}comments"
    scope = {"type": "http", "method": "POST", "path": path, "headers": [(b"content-type", kind.encode())]}
    answer = await discussion.post(Request(scope, receive), path)
    assert answer is not None
    assert answer.status_code == 400
    assert coming == []


async def test_only_the_admin_moderates(site: Site) -> None:
    assert (await site.client.get("/v1/comments")).status_code == 401
    assert (await site.client.get("/v1/comments", headers={"Authorization": "Bearer x"})).status_code == 401
    publisher = {"Authorization": "Bearer nw_" + "x" * 43}
    assert (await site.client.get("/v1/comments", headers=publisher)).status_code == 403
    assert (await site.client.post("/v1/comments/7/approve", headers=KEY)).status_code == 404


async def test_render_is_told_again_until_a_page_shows_the_comments(site: Site) -> None:
    await site.publish("flood")
    held = (await site.client.post(f"{PAGE}comments", json=FORM)).json()
    await decide(site, held["id"], "approve")
    comments = SqlComments(site.database)
    later = await site.database.now() + REPEAT_AFTER * 2
    assert await comments.has_unsettled(later)
    [again] = await comments.unsettled(later)
    assert again.version == 1
    await site.publish("flood", 1, comments_version=1)
    assert not await comments.has_unsettled(later + REPEAT_AFTER * 2)
