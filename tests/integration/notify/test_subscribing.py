"""Does subscribing keep its promises: nobody is told who we know, GET changes nothing, one click ends it for good?"""

import re
from typing import Any

import pytest

from shared.events import NoticesPlanned
from tests.integration.notify.conftest import Stage, Start, killed, live, until
from tests.integration.notify.test_story_mail import text

FORM = {"content-type": "application/x-www-form-urlencoded"}


async def link(stage: Stage, subject: str, pattern: str) -> str:
    """The path in the newest mail with that subject."""
    mails = await until(lambda: [mail for mail in stage.mails() if subject in mail["Subject"]])
    found = re.search(pattern, text(mails[-1]))
    assert found, text(mails[-1])
    return found[0].removeprefix("https://news.example")


async def people(stage: Stage) -> list[dict[str, Any]]:
    return (await stage.admin("GET", "/v1/subscribers")).json()["subscribers"]  # type: ignore[no-any-return]


async def test_the_answer_does_not_say_whether_an_address_is_known(stage: Stage) -> None:
    await stage.subscribed({"email": "known@readers.example"})
    answers = [
        await stage.client.post("/subscribe", data={"email": f"{name}@readers.example", "topics": "all"})
        for name in ("known", "new", "new")
    ]
    assert {(one.status_code, one.content) for one in answers} == {(202, answers[0].content)}
    told = [
        await stage.client.post("/subscribe", json={"email": f"{name}@readers.example", "topics": ["all"]})
        for name in ("known", "third")
    ]
    assert {(one.status_code, one.content) for one in told} == {(202, told[0].content)}
    assert len(await people(stage)) == 1


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"email": "nobody"}, "/email"),
        ({"email": "a@b.example", "topics": ["section:"]}, "/topics/0"),
        ({"email": "a@b.example", "topics": ["all", "colour:red"]}, "/topics/1"),
        ({"email": "a@b.example", "cadence": "hourly"}, "/cadence"),
        ({"email": "a@b.example", "topics": {"all": 1}}, "/topics"),
        ({"email": "a@b.example", "colour": "red"}, "/colour"),
        ({}, "/email"),
    ],
)
async def test_wrong_fields_are_named_and_change_nothing(stage: Stage, body: dict[str, Any], path: str) -> None:
    answer = await stage.client.post("/subscribe", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, path)
    assert not stage.mails()


def choices(page: str) -> list[tuple[str, str, bool]]:
    """(value, label, ticked) of each topic and cadence on the form."""
    found = re.findall(r'<input id="(?:topic|cadence)-[^>]*? value="([^"]+)"( checked)?> <label[^>]*>([^<]+)<', page)
    return [(value, label, bool(ticked)) for value, ticked, label in found]


CADENCES = [("instant", "As it happens", True), ("daily", "Once a day", False), ("weekly", "Once a week", False)]


async def test_a_wrong_form_comes_back_with_what_was_written(stage: Stage) -> None:
    sent = {"email": "nobody<b>", "topics": ["breaking"], "offered": ["tag:x"], "cadence": "daily"}
    answer = await stage.client.post("/subscribe", data=sent)
    assert answer.status_code == 422
    assert "nobody&lt;b&gt;" in answer.text
    assert "Enter an e-mail address." in answer.text
    assert "must be" not in answer.text
    ticked = [value for value, _, ticked in choices(answer.text) if ticked]
    assert ticked == ["breaking", "daily"]
    assert ("tag:x", "Topic: X", False) in choices(answer.text)
    assert 'name="offered" value="tag:x"' in answer.text


async def test_a_wrong_form_has_the_words_of_the_first_one(stage: Stage) -> None:
    first = await stage.client.get("/subscribe")
    assert choices(first.text) == [("all", "All stories", True), ("breaking", "Breaking news", False), *CADENCES]
    for given in ({"email": "nobody"}, {}, {"email": "a@b.example", "cadence": "hourly"}):
        again = await stage.client.post("/subscribe", data={"topics": "all", **given})
        assert again.status_code == 422
        assert choices(again.text) == choices(first.text)
    for given, message in ({}, "This field is required."), ({"topics": "colour:red"}, "Choose at least one of these."):
        again = await stage.client.post("/subscribe", data=given)
        assert message in again.text


async def test_a_link_to_the_form_ticks_its_topics(stage: Stage) -> None:
    asked = await stage.client.get(
        "/subscribe", params={"topics": ["section:harbour", "section:harbour", "planet:mars"]}
    )
    assert choices(asked.text) == [
        ("all", "All stories", False),
        ("breaking", "Breaking news", False),
        ("section:harbour", "Harbour", True),
        *CADENCES,
    ]


@pytest.mark.parametrize("query", ["", "?topics=section:harbour&topics=tag:%C5%BCar"])
async def test_a_slash_too_many_leads_to_the_form(stage: Stage, query: str) -> None:
    answer = await stage.client.get(f"/subscribe/{query}")
    assert (answer.status_code, answer.headers["location"]) == (301, f"/subscribe{query}")


async def test_topics_have_names_in_the_mail_and_on_every_page_after_it(stage: Stage) -> None:
    topics = ["all", "breaking", "section:harbour", "tag:ferries", "author:ada-penn"]
    names = ["All stories", "Breaking news", "Harbour", "Topic: Ferries", "Author: Ada Penn"]
    await stage.client.post("/subscribe", data={"email": "ann@readers.example", "topics": topics, "cadence": "daily"})
    mail = (await until(stage.mails))[0]
    assert f"about: {', '.join(names)}." in " ".join(text(mail).split())
    path = await link(stage, "confirm", r"https://news\.example/subscriptions/[\w-]+/confirm")
    shown = await stage.client.get(path)
    assert f"{', '.join(names)} (Once a day)" in shown.text
    acted = await stage.client.post(path)
    await stage.client.post("/subscriptions", data={"email": "ann@readers.example"})
    own = await stage.client.get(await link(stage, "Your subscription", r"https://news\.example/subscriptions/[\w-]+"))
    assert {label for _, label, ticked in choices(own.text) if ticked} == {*names, "Once a day"}
    for name in names:
        assert name in acted.text
    for page in (shown, acted):
        assert "section:harbour" not in page.text


async def test_one_click_unsubscribes_without_a_cookie_as_often_as_asked_and_suppresses_what_waits(
    stage: Stage,
) -> None:
    await stage.subscribed({"email": "ann@readers.example"})
    await stage.planned(live("u1", "publish"))
    mail = (await until(stage.mails))[0]
    path = mail["List-Unsubscribe"].strip("<>").removeprefix("https://news.example")
    shown = await stage.client.get(path)
    assert shown.status_code == 200
    assert "Stop all mail from us to a•••@readers.example?" in shown.text
    assert "no more mail" not in shown.text
    assert (await people(stage))[0]["state"] == "confirmed"
    for _ in range(2):
        answer = await stage.client.post(path, content="List-Unsubscribe=One-Click", headers=FORM)
        assert answer.status_code == 200
        assert "set-cookie" not in answer.headers
        assert "noindex" in answer.headers["x-robots-tag"]
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "You will get no more mail from us." in answer.text
    again = await stage.client.get(path)
    assert "You will get no more mail from us." in again.text
    assert "<form" not in again.text.partition("<main")[2].partition("</main>")[0]
    assert (await people(stage))[0]["state"] == "unsubscribed"
    gone = live("u1", "publish", "kill", note="x")
    await stage.emit(killed(gone))
    await stage.planned(gone)
    await until(lambda: stage.counts(gone, 2) == {"planned": 1, "suppressed": 1})
    assert len(stage.mails()) == 1


async def test_preferences_open_only_with_a_link_that_was_mailed_for_them(stage: Stage) -> None:
    await stage.subscribed({"email": "ann@readers.example", "topics": ["tag:x"]})
    await stage.client.post("/subscriptions", data={"email": "ann@readers.example"})
    path = await link(stage, "Your subscription", r"https://news\.example/subscriptions/[\w-]+")
    shown = await stage.client.get(path)
    assert "ann@readers.example" in shown.text
    saved = await stage.client.post(path, data={"topics": ["section:harbour", "all"], "cadence": "weekly"})
    assert saved.status_code == 200
    assert {(one["topic"], one["cadence"]) for one in (await people(stage))[0]["subscriptions"]} == {
        ("section:harbour", "weekly"),
        ("all", "weekly"),
    }
    assert (await stage.client.get("/subscriptions/nonsense")).status_code == 404
    assert (await stage.client.post("/subscriptions/nonsense/unsubscribe")).status_code == 404


async def test_a_forwarded_mail_does_not_open_preferences(stage: Stage) -> None:
    await stage.subscribed({"email": "ann@readers.example", "topics": ["all"]})
    await stage.planned(live("f1", "publish"))
    path = await link(stage, "Ferry", r"https://news\.example/subscriptions/[\w-]+")
    shown = await stage.client.get(path)
    assert shown.status_code == 200
    assert "ann@readers.example" not in shown.text


async def test_erasing_a_person_leaves_no_address_and_no_further_mail(stage: Stage) -> None:
    await stage.subscribed({"email": "Ann@readers.example"})
    await stage.planned(live("e1", "publish"))
    await until(stage.mails)
    assert (await stage.admin("DELETE", "/v1/subscribers/ann@readers.example")).status_code == 204
    assert (await stage.admin("DELETE", "/v1/subscribers/ann@readers.example")).status_code == 404
    assert await people(stage) == []
    corrected = live("e1", "publish", "correct", note="x")
    await stage.planned(corrected)
    await until(lambda: stage.counts(corrected, 2) == {"planned": 1, "suppressed": 1})
    assert len(stage.mails()) == 1


async def test_one_mail_a_person_however_many_topics_match(stage: Stage) -> None:
    await stage.subscribed({"email": "ann@readers.example", "topics": ["all", "section:harbour", "author:ada-penn"]})
    event = live("m1", "publish")
    await stage.planned(event)
    await until(lambda: stage.counts(event, 1) == {"planned": 1, "delivered": 1})
    assert len(stage.mails()) == 1


async def test_only_the_admin_sees_people_and_deliveries(stage: Stage) -> None:
    for path in ("/v1/subscribers", "/v1/deliveries"):
        assert (await stage.client.get(path)).status_code == 401
    assert not stage.said(NoticesPlanned)


async def test_pages_and_mails_about_a_subscription_speak_the_language_of_the_site(start: Start) -> None:
    stage = await start(site_language="de")
    answer = await stage.client.post("/subscribe", data={"email": "ann@readers.example", "topics": "all"})
    assert "Bitte sehen Sie in Ihr Postfach" in answer.text
    assert "Dieser Link führt nirgendwohin" in (await stage.client.get("/subscriptions/nothing")).text
    assert "Dieser Link gilt nicht mehr" in (await stage.client.get("/subscriptions/nothing/confirm")).text
    [letter] = await until(lambda: stage.mails("ann@readers.example"))
    assert str(letter["Subject"]).startswith("Bitte bestätigen Sie Ihr Abonnement")
    await stage.subscribed({"email": "bo@readers.example"})
    await stage.planned(live("de", "publish"))
    await until(lambda: stage.mails("bo@readers.example"))
    gone = live("de", "publish", "kill")
    await stage.emit(killed(gone))
    await stage.planned(gone)
    [_, letter] = await until(lambda: len(found := stage.mails("bo@readers.example")) > 1 and found)
    assert str(letter["Subject"]).startswith("Zurückgezogen: ein am ")
    body = letter.get_body(("html",))
    assert body is not None
    assert all(one in body.get_content() for one in ('lang="de" dir="ltr"', "Dieser Beitrag wurde zurückgezogen."))
