"""Is what nobody would write by hand kept apart, and can a person be forgotten?"""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from services.site.adapters.sql_comments import SAME_WORDS, SqlComments
from services.site.adapters.sql_trash import SqlTrash
from services.site.adapters.tables import comments
from shared.events import CommentsChanged
from tests.integration.site.conftest import Site
from tests.integration.site.test_discussion import FORM, KEY, PAGE, decide

SPIEL = "Cheap, cheerful and charming pills for everyone in this town"


async def statuses(site: Site) -> list[str]:
    return [one["status"] for one in await SqlComments(site.database).listed(None, 0, 100)]


async def test_many_links_are_spam_and_look_held_to_who_sent_them(site: Site) -> None:
    await site.publish("flood")
    told = await site.client.post(f"{PAGE}comments", json={**FORM, "comment": "http://a.example " * 4})
    assert (told.status_code, told.json()["status"]) == (202, "held")
    assert await statuses(site) == ["spam"]
    assert (await decide(site, told.json()["id"], "approve"))["status"] == "approved"


async def test_the_same_words_from_everybody_are_a_campaign(site: Site) -> None:
    for number in range(SAME_WORDS + 1):
        await site.publish(f"story-{number}")
        sent = {**FORM, "email": f"{number}@pills.example", "comment": f"{SPIEL}{'!' * number}"}
        assert (await site.client.post(f"/2026/11/23/story-{number}/comments", json=sent)).status_code == 202
    assert await statuses(site) == ["held"] * SAME_WORDS + ["spam"]


async def test_thanks_are_not_a_campaign(site: Site) -> None:
    await site.publish("flood")
    for number in range(SAME_WORDS + 2):
        sent = {**FORM, "email": f"{number}@kind.example", "comment": "Thank you for this!"}
        await site.client.post(f"{PAGE}comments", json=sent)
    assert await statuses(site) == ["held"] * (SAME_WORDS + 2)


async def test_what_is_sent_twice_by_one_person_is_one_comment(site: Site) -> None:
    await site.publish("flood")
    first, again = [(await site.client.post(f"{PAGE}comments", json=FORM)).json()["id"] for _ in range(2)]
    assert first == again
    assert await statuses(site) == ["held"]


async def test_a_button_that_is_pressed_many_times_is_one_comment(site: Site) -> None:
    await site.publish("flood")
    answers = await asyncio.gather(*(site.client.post(f"{PAGE}comments", json=FORM) for _ in range(8)))
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert await statuses(site) == ["held"]


async def test_a_person_is_forgotten_in_every_spelling_and_leaves_the_page(site: Site) -> None:
    await site.publish("flood")
    shown = (await site.client.post(f"{PAGE}comments", json={**FORM, "notify": True})).json()["id"]
    await decide(site, shown, "approve")
    later = {**FORM, "email": FORM["email"].upper(), "comment": "Later.", "name": "Mara M."}
    await site.client.post(f"{PAGE}comments", json=later)
    other = (await site.client.post(f"{PAGE}comments", json={**FORM, "email": "else@x.example"})).json()["id"]
    answer = await site.client.post("/v1/comments/erase", json={"email": FORM["email"]}, headers=KEY)
    assert (answer.status_code, answer.json()) == (200, {"erased": 2})
    last = site.bus.emitted[-1]
    assert isinstance(last, CommentsChanged)
    assert last.comments == ()
    rows = await site.database.read(lambda connection: connection.execute(select(comments)).mappings().all())
    gone = [row for row in rows if row["id"] != other]
    assert {(row["name"], row["email"], row["comment"], row["digest"], row["words"]) for row in gone} == {("",) * 5}
    assert "mara" not in str(gone).lower()
    again = await site.client.post("/v1/comments/erase", json={"email": FORM["email"]}, headers=KEY)
    assert again.json() == {"erased": 0}


async def test_spam_is_kept_for_15_days_and_trash_for_30_and_then_only_their_numbers(site: Site) -> None:
    await site.publish("flood")
    numbers: dict[str, int] = {}
    for action in ("approve", "hold", "spam", "trash", "fetched"):
        sent = {**FORM, "email": f"{action}@x.example", "comment": f"{action} it"}
        numbers[action] = (await site.client.post(f"{PAGE}comments", json=sent)).json()["id"]
        await decide(site, numbers[action], "trash" if action == "fetched" else action)
    await decide(site, numbers["fetched"], "hold")
    trash, now = SqlTrash(site.database), await site.database.now()
    assert await trash.empty(now + timedelta(days=14, hours=23)) == {"spam": 0, "trash": 0}
    assert (await trash.overdue(now + timedelta(days=16)))["emptying"] == pytest.approx(86_400, abs=60)
    assert await trash.empty(now + timedelta(days=15, minutes=1)) == {"spam": 1, "trash": 0}
    # Thrown away again, it begins anew.
    await decide(site, numbers["fetched"], "trash")
    assert await trash.empty(now + timedelta(days=30, minutes=1)) == {"spam": 0, "trash": 2}
    assert await trash.empty(now + timedelta(days=99)) == {"spam": 0, "trash": 0}
    assert (await trash.overdue(now + timedelta(days=99)))["emptying"] == 0
    rows = await site.database.read(lambda connection: connection.execute(select(comments)).mappings().all())
    left = {row["id"]: (row["email"], row["comment"], row["name"]) for row in rows}
    assert [left[numbers[one]] for one in ("spam", "trash", "fetched")] == [("", "", "")] * 3
    assert [left[numbers[one]][0] for one in ("approve", "hold")] == ["approve@x.example", "hold@x.example"]
    # There is nothing left to decide about, least of all to show.
    assert await statuses(site) == ["approved", "held"]
    told = await site.client.post(f"/v1/comments/{numbers['spam']}/approve", headers=KEY)
    assert told.status_code == 404


@pytest.mark.parametrize("sent", [[], {}, {"email": 7}, {"email": " "}, {"email": "a@b.example", "and": 1}])
async def test_erasing_needs_one_address_and_the_key(site: Site, sent: object) -> None:
    assert (await site.client.post("/v1/comments/erase", json=sent, headers=KEY)).status_code == 422
    assert (await site.client.post("/v1/comments/erase", json={"email": "a@b.example"})).status_code == 401
