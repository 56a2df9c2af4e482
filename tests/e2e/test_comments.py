"""Can readers comment as the interface says, and does nobody learn their address?"""

from typing import Any

import httpx
import pytest

from tests.servers.publisher import Publisher, document, path_of, words_in

SAID = {"name": "Cora Quill", "email": "cora.secret@example.org", "comment": "Well said."}


@pytest.fixture(scope="module")
def talked(desk: Publisher) -> str:
    """The path of a story that may be commented."""
    return path_of(desk.put("talked", headline="What we talked about"))


def form(desk: Publisher, path: str, fields: dict[str, Any], **headers: str) -> httpx.Response:
    """Send the form as a browser without scripts does."""
    return desk.reader.post(desk.url(f"{path}comments"), data=fields, headers=headers)


def test_a_browser_comes_back_to_the_story_and_is_thanked(desk: Publisher, talked: str) -> None:
    answer = form(desk, talked, SAID, Origin=desk.wire.url)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{talked}?comment=held#respond")
    back = desk.reader.get(desk.url(f"{talked}?comment=held"))
    notice = document(back).xpath('//*[@id="comment-held"]')[0]
    assert notice.get("hidden") is None
    assert back.headers["x-story-revision"] == "1"
    assert document(desk.get(talked)).xpath('//*[@id="comment-held"]')[0].get("hidden") is not None
    assert "Well said." not in back.text


def test_a_program_is_told_that_the_comment_is_held(desk: Publisher, talked: str) -> None:
    answer = desk.reader.post(desk.url(f"{talked}comments"), json=SAID)
    assert answer.status_code == 202
    assert answer.json().keys() == {"id", "status"}
    assert answer.json()["status"] == "held"


def test_the_names_of_wordpress_do_as_well(desk: Publisher, talked: str) -> None:
    fields = {"author": "Ann Alias", "email": "a@example.org", "url": "https://ann.example/", "comment": "By alias."}
    held = desk.reader.post(desk.url(f"{talked}comments"), json=fields).json()
    with desk.wire.client() as admin:
        told = admin.post(f"/v1/comments/{held['id']}/approve").json()
    assert (told["name"], told["website"]) == ("Ann Alias", "https://ann.example/")
    page = desk.until(talked, there="By alias.")
    assert document(page).xpath('//a[text()="Ann Alias"]/@rel')[0].split()[:2] == ["ugc", "nofollow"]
    assert form(desk, talked, {**fields, "comment": "By form."}).status_code == 303


def test_a_multipart_form_is_a_form(desk: Publisher, talked: str) -> None:
    fields = {name: (None, value) for name, value in SAID.items()}
    answer = desk.reader.post(desk.url(f"{talked}comments"), files=fields)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{talked}?comment=held#respond")


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"name": ""}, {"name"}),
        ({"email": "nobody"}, {"email"}),
        ({"comment": "  "}, {"comment"}),
        ({"name": "", "email": "", "comment": ""}, {"name", "email", "comment"}),
        ({"website": "javascript:alert(1)"}, {"website"}),
        ({"parent": "999999"}, {"parent"}),
    ],
)
def test_what_is_wrong_is_said_and_what_was_written_is_kept(
    desk: Publisher, talked: str, fields: dict[str, str], wrong: set[str]
) -> None:
    sent = {**SAID, "comment": 'Kept <"text"> & all', **fields}
    page = form(desk, talked, sent)
    assert (page.status_code, page.headers["cache-control"]) == (422, "no-store")
    tree = document(page)
    assert {link.get("href") for link in tree.xpath('//*[@role="alert"]//a')} == {f"#{name}" for name in wrong}
    assert all(tree.xpath(f'//*[@id="{name}"]') for name in wrong - {"parent"})
    assert tree.xpath("//textarea")[0].text.strip() == sent["comment"].strip()
    assert tree.xpath('//input[@name="name"]/@value')[0] == sent["name"]
    assert tree.xpath('//input[@name="email"]/@value')[0] == sent["email"]
    told = desk.reader.post(desk.url(f"{talked}comments"), json=sent)
    assert told.status_code == 422
    assert told.headers["content-type"] == "application/problem+json"
    assert {error["path"] for error in told.json()["errors"]} == {f"/{name}" for name in wrong}


def test_killed_stories_take_none_and_closed_ones_none_either(desk: Publisher) -> None:
    path = path_of(desk.put("hushed"))
    desk.act("hushed", "kill", reason="wrong")
    assert form(desk, path, SAID).status_code == 410
    assert desk.reader.post(desk.url(f"{path}comments"), json=SAID).status_code == 410
    path = path_of(desk.put("closed", comments="closed"))
    assert form(desk, path, SAID).status_code == 403
    assert desk.reader.post(desk.url(f"{path}comments"), json=SAID).status_code == 403
    page = desk.get(path)
    assert not document(page).xpath("//textarea")
    assert form(desk, "/2026/01/01/never/", SAID).status_code == 404


def test_approved_comments_stand_in_the_page_as_threads_and_can_be_taken_back(desk: Publisher) -> None:
    path = path_of(desk.put("thread"))
    first = desk.reader.post(desk.url(f"{path}comments"), json={**SAID, "comment": "First <b>post</b>"}).json()["id"]
    with desk.wire.client() as admin:
        admin.post(f"/v1/comments/{first}/approve").raise_for_status()
        page = desk.until(path, there="First &lt;b&gt;post")
        assert page.headers["x-story-revision"] == "1"
        answer = desk.reader.post(desk.url(f"{path}comments"), json={**SAID, "comment": "An answer", "parent": first})
        second = answer.json()["id"]
        listed = admin.get("/v1/comments", params={"status": "held", "limit": 1000})
        assert second in [one["id"] for one in listed.json()["comments"]]
        admin.post(f"/v1/comments/{second}/approve").raise_for_status()
        page = desk.until(path, there="An answer")
        assert document(page).xpath(f'//*[@id="comment-{second}"]/@class') == ["depth-1"]
        assert "2 comments" in words_in(page)
        admin.post(f"/v1/comments/{second}/spam").raise_for_status()
        desk.until(path, gone="An answer")
    for public in (path, f"{path}feed/", "/comments/feed/"):
        assert "cora.secret" not in desk.get(public).text


def test_comments_are_for_editors_with_the_admin_key(desk: Publisher) -> None:
    assert desk.reader.get(desk.url("/v1/comments")).status_code == 401
    assert desk.client.get("/v1/comments").status_code == 403
    with desk.wire.client() as admin:
        assert admin.post("/v1/comments/99999999/approve").status_code == 404


def test_a_form_on_another_site_cannot_comment(desk: Publisher, talked: str) -> None:
    assert form(desk, talked, SAID, Origin="https://evil.example").status_code == 403
