"""Is nothing lost that a reader has typed, and can everything be done without a script?"""

import sqlite3
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from lxml import html as markup  # type: ignore[import-untyped]  # it has no types
from sqlalchemy.exc import OperationalError

from services.site.adapters.sql_addresses import SqlAddresses
from services.site.adapters.sql_comments import SqlComments
from tests.integration.site.conftest import Site
from tests.integration.site.test_discussion import FORM, PAGE, decide, post

TYPED = 'I was <there> & "saw" it.\n\nTwice.'


def tree(answer: httpx.Response) -> Any:
    return markup.fromstring(answer.content)


def kept(answer: httpx.Response) -> dict[str, str]:
    """What the form of a page holds."""
    (form,) = tree(answer).xpath('//form[@id="comment-form"]')
    ticked = {one.get("name"): one.get("value") for one in form.xpath('.//input[@type="checkbox"][@checked]')}
    typed = {one.get("name"): one.get("value") or "" for one in form.xpath('.//input[not(@type="checkbox")]')}
    return {**typed, **ticked, "comment": form.xpath(".//textarea")[0].text.removeprefix("\n")}


def summary(answer: httpx.Response) -> list[tuple[str, str | None]]:
    """The lines of the error summary, each with where it leads."""
    (box,) = tree(answer).xpath('//*[@role="alert"]')
    assert (box.get("tabindex"), box.get("autofocus") is not None) == ("-1", True)
    return [(line.text_content(), (line.xpath("./a/@href") or [None])[0]) for line in box.xpath(".//li")]


async def approved(site: Site, **fields: str) -> int:
    held = (await site.client.post(f"{PAGE}comments", json={**FORM, **fields})).json()["id"]
    await decide(site, held, "approve")
    return int(held)


async def test_a_wrong_form_comes_back_whole_and_names_its_fields(site: Site) -> None:
    await site.publish("flood")
    sent = {"name": "Mara", "email": "nobody", "website": "mara", "comment": TYPED, "notify": "yes", "save": "yes"}
    answer = await site.client.post(f"{PAGE}comments", data=sent)
    assert answer.status_code == 422
    assert summary(answer) == [
        ("E-mail: Enter an e-mail address.", "#email"),
        ("Website: Enter an address that starts with http:// or https://.", "#website"),
    ]
    assert kept(answer) == {**sent, "parent": "", "subject": ""}
    page = tree(answer)
    for name in ("email", "website"):
        (field,) = page.xpath(f'//*[@id="{name}"]')
        described = field.get("aria-describedby").split()
        assert field.get("aria-invalid") == "true"
        assert page.xpath(f'//*[@id="{described[-1]}"]')[0].text_content() in answer.text
    assert page.xpath("//title/text()")[0].startswith("Error: ")


async def test_who_writes_too_fast_gets_the_form_back_as_it_was_left(site: Site) -> None:
    await site.publish("flood")
    answers = [await post(site, comment=f"Number {number}") for number in range(31)]
    late = answers[-1]
    assert late.status_code == 429
    assert int(late.headers["retry-after"]) > 0
    assert kept(late) == {**FORM, "comment": "Number 30", "parent": "", "subject": ""}
    assert summary(late) == [("Too many comments in a short time. Please wait a minute.", None)]
    told = await site.client.post(f"{PAGE}comments", json=FORM)
    assert (told.status_code, told.headers["content-type"]) == (429, "application/problem+json")


async def test_who_comes_too_late_reads_what_they_had_written(site: Site) -> None:
    await site.publish("flood")
    await site.publish("closed")
    await site.publish("closed", 2, comments="closed")
    await site.bus.take(site.newsroom.killed("flood"))
    for name, status in (("closed", 403), ("flood", 410), ("unknown", 404)):
        answer = await site.client.post(f"/2026/11/23/{name}/comments", data={**FORM, "comment": TYPED})
        assert answer.status_code == status
        assert TYPED in tree(answer).text_content()
        broken = await site.client.post(
            f"/2026/11/23/{name}/comments",
            content=b"comment=%ff",
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )
        assert broken.status_code == status


def unreachable(*_: object) -> Any:
    raised = sqlite3.OperationalError("unable to open database file")
    raised.sqlite_errorcode = sqlite3.SQLITE_CANTOPEN
    raise OperationalError("SELECT", (), raised)


@pytest.mark.parametrize(("owner", "name"), [(SqlAddresses, "story_at"), (SqlComments, "hold")])
async def test_while_the_database_is_away_the_form_comes_back_to_be_sent_again(
    site: Site, monkeypatch: pytest.MonkeyPatch, owner: type, name: str
) -> None:
    await site.publish("flood")
    away: Callable[..., Any] = unreachable
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, away)
        answer = await site.client.post(f"{PAGE}comments", data={**FORM, "comment": TYPED})
        told = await site.client.post(f"{PAGE}comments", json=FORM)
    assert (answer.status_code, answer.headers["retry-after"], answer.headers["cache-control"]) == (
        503,
        "10",
        "no-store",
    )
    assert kept(answer)["comment"] == TYPED
    assert "unable to open" not in answer.text
    assert (told.status_code, told.headers["content-type"]) == (503, "application/problem+json")
    (form,) = tree(answer).xpath('//form[@id="comment-form"]')
    assert (await site.client.post(form.get("action"), data=kept(answer))).status_code == 303


async def test_a_reply_has_a_form_of_its_own_without_scripts(site: Site) -> None:
    await site.publish("flood")
    first = await approved(site, comment="Who <saw> it?", name="Ann & Co")
    form = await site.get(f"{PAGE}comments?reply={first}")
    assert (form.status_code, form.headers["cache-control"]) == (200, "no-store")
    assert tree(form).xpath('//meta[@name="robots"]/@content') == ["noindex"]
    assert "Answer to Ann & Co" in tree(form).text_content()
    assert "Who <saw> it?" in tree(form).text_content()
    assert "reader.example" not in form.text
    assert kept(form)["parent"] == str(first)
    wrong = await site.client.post(f"{PAGE}comments", data={**kept(form), **FORM, "email": "no", "parent": str(first)})
    assert kept(wrong)["parent"] == str(first)
    assert "Who <saw> it?" in tree(wrong).text_content()
    right = await site.client.post(f"{PAGE}comments", data={**kept(wrong), "email": FORM["email"]})
    assert right.status_code == 303
    listed = await SqlComments(site.database).listed("held", 0, 10)
    assert [one["parent"] for one in listed] == [first]


@pytest.mark.parametrize(
    "query", ["reply=", "reply=x", "reply=99", "reply=-1", "reply=%F0%9F%92%A3", "reply=" + "9" * 40]
)
async def test_a_form_for_nothing_leads_to_the_story(site: Site, query: str) -> None:
    await site.publish("flood")
    answer = await site.get(f"{PAGE}comments?{query}")
    assert (answer.status_code, answer.headers["location"]) == (301, f"{PAGE}#respond")


async def test_there_is_no_form_for_what_is_held_closed_or_killed(site: Site) -> None:
    await site.publish("flood")
    held = (await site.client.post(f"{PAGE}comments", json=FORM)).json()["id"]
    assert (await site.get(f"{PAGE}comments?reply={held}")).status_code == 301
    await decide(site, held, "approve")
    assert (await site.get(f"{PAGE}comments?reply={held}")).status_code == 200
    await site.publish("other")
    assert (await site.get(f"/2026/11/23/other/comments?reply={held}")).status_code == 301
    await site.publish("flood", 2, comments="closed")
    assert (await site.get(f"{PAGE}comments?reply={held}")).status_code == 301
    await site.bus.take(site.newsroom.killed("flood", 3))
    assert (await site.get(f"{PAGE}comments?reply={held}")).status_code in {301, 404, 410}


async def test_a_comment_follows_its_story_to_another_address(site: Site) -> None:
    await site.publish("flood")
    first = await approved(site)
    there = "/2026/11/23/high-water/"
    await site.publish("flood", 2, path=there, redirects=(PAGE,), comments_version=1)
    form = await site.get(f"{PAGE}comments?reply={first}")
    assert tree(form).xpath('//form[@id="comment-form"]/@action') == [f"{there}comments"]
    answer = await post(site, comment=TYPED, parent=str(first))
    assert (answer.status_code, answer.headers["location"]) == (303, f"{there}?comment=held#respond")
    await site.bus.take(site.newsroom.killed("flood", 3, path=there, redirects=(PAGE,)))
    assert (await post(site, comment=TYPED)).status_code == 410


async def test_what_can_no_longer_be_answered_can_still_be_said(site: Site) -> None:
    await site.publish("flood")
    first = await approved(site)
    await decide(site, first, "trash")
    answer = await post(site, parent=str(first), comment=TYPED)
    assert summary(answer) == [("In reply to: This comment cannot be replied to.", "#parent")]
    assert tree(answer).xpath('//*[@id="parent"]/option/@value') == [""]
    again = await site.client.post(f"{PAGE}comments", data={**FORM, "comment": TYPED, "parent": ""})
    assert again.status_code == 303
