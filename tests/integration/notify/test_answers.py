"""Does somebody who asked hear of answers to their comment: once, only if the address is theirs, until they leave?"""

import re
from datetime import timedelta
from email.message import EmailMessage
from typing import Any
from uuid import uuid5

import pytest
from sqlalchemy import select

from services.notify.adapters.secret import secret
from services.notify.adapters.tables import answered, correspondents, deliveries, notices, tokens
from services.notify.domain.tokens import Leaving
from shared import clock
from shared.events import AnswerNoticed, CommentAnswered, KillConfirmed
from tests.integration.notify.conftest import NAMES, Stage, Start, killed, live, until
from tests.integration.notify.test_story_mail import text
from tests.servers.smtp import SmtpServer

BO = "bo@readers.example"


def answer(number: int, email: str = BO, story: str = "ferry", **fields: Any) -> CommentAnswered:
    now = clock.now()
    values = {
        "story_id": uuid5(NAMES, story),
        "revision": 1,
        "asked_at": now - timedelta(hours=1),
        "headline": "Ferry returns",
        "name": "Cy Wind",
        "url": f"https://news.example/2026/11/23/{story}/#comment-{number}",
    }
    return CommentAnswered(at=now, comment=number, email=email, **(values | fields))


async def noticed(stage: Stage, *events: CommentAnswered) -> None:
    """Say it, and wait until it is noted."""
    before = len(stage.said(AnswerNoticed))
    await stage.emit(*events)
    await until(lambda: len(stage.said(AnswerNoticed)) == before + len(events))


async def mails(stage: Stage, count: int, to: str = BO) -> list[EmailMessage]:
    return await until(lambda: (found := stage.mails(to))[count - 1 :] and found)  # type: ignore[no-any-return]


def link(mail: EmailMessage, end: str) -> str:
    found = re.search(rf"https://news.example(/subscriptions/\S+/{end})", text(mail))
    assert found, text(mail)
    return found[1]


async def states(stage: Stage) -> list[tuple[str | None, str]]:
    query = select(correspondents.c.email, correspondents.c.state).order_by(correspondents.c.id)
    rows = await stage.database.read(lambda connection: connection.execute(query).all())
    return [(row.email, row.state) for row in rows]


async def test_the_first_mail_asks_and_the_next_ones_tell(stage: Stage) -> None:
    await noticed(stage, answer(6))
    [first] = await mails(stage, 1)
    assert first["Subject"] == "An answer to your comment on “Ferry returns”"
    assert "https://news.example/2026/11/23/ferry/#comment-6" in text(first)
    assert "Cy Wind" not in first.as_string()
    await noticed(stage, answer(7))
    where = link(first, "confirm")
    shown = await stage.client.get(where)
    assert shown.status_code == 200
    assert BO not in shown.text
    assert await states(stage) == [(BO, "asked")]
    assert (await stage.client.post(where)).status_code == 200
    assert (await stage.client.post(where)).status_code == 410
    assert (await stage.client.get(where)).status_code == 410
    assert await states(stage) == [(BO, "confirmed")]
    await noticed(stage, answer(8, email="BO@Readers.example"))
    [second] = (await mails(stage, 2))[1:]
    assert "Cy Wind has answered your comment" in text(second)
    assert "confirm" not in text(second)
    assert len(stage.mails()) == 2


async def test_an_answer_that_is_said_again_is_noted_again_and_told_once(stage: Stage) -> None:
    await noticed(stage, answer(6), answer(6))
    await noticed(stage, answer(6))
    await mails(stage, 1)
    assert [event.comment for event in stage.said(AnswerNoticed)] == [6, 6, 6]
    rows = await stage.database.read(lambda connection: connection.execute(select(deliveries.c.id)).all())
    assert len(rows) == 1


async def test_one_click_ends_it_and_a_subscription_stays(stage: Stage) -> None:
    await stage.subscribed({"email": BO})
    await noticed(stage, answer(6))
    [mail] = await mails(stage, 1)
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "comments." in mail["List-Id"]
    where = str(mail["List-Unsubscribe"]).strip("<>").removeprefix("https://news.example")
    assert where == link(mail, "unsubscribe")
    shown = await stage.client.get(where)
    assert "Stop all mail about answers to comments to b•••@readers.example?" in shown.text
    assert await states(stage) == [(BO, "asked")]
    for _ in range(2):
        left = await stage.client.post(where, data={"List-Unsubscribe": "One-Click"})
        assert (left.status_code, left.headers.get("set-cookie")) == (200, None)
    assert await states(stage) == [(BO, "ended")]
    assert "no more mail about answers" in (await stage.client.get(where)).text
    await noticed(stage, answer(7))
    [person] = (await stage.admin("GET", "/v1/subscribers")).json()["subscribers"]
    assert person["state"] == "confirmed"
    assert len(stage.mails()) == 1


async def test_what_waits_is_not_sent_after_its_reader_left_its_story_was_killed_or_its_writer_erased(
    start: Start, smtp_server: SmtpServer
) -> None:
    stage = await start(mail_url=smtp_server.url)
    await stage.admin("POST", "/v1/deliveries/pause", json={"channel": "email"})
    for name in ("left", "killed", "erased", "stays"):
        await noticed(stage, answer(len(name), f"{name}@readers.example", story=name))

    await stage.emit(killed(live("killed", "publish", "kill")))
    assert (await stage.admin("DELETE", "/v1/subscribers/erased@readers.example?only=answers")).status_code == 204
    assert (await stage.admin("DELETE", "/v1/subscribers/nobody@readers.example?only=answers")).status_code == 204
    query = select(correspondents.c.id).where(correspondents.c.address == "left@readers.example")
    number = await stage.database.read(lambda connection: connection.scalar(query))
    token = Leaving.of(await secret(stage.database)).answers.token(number or 0)
    assert (await stage.client.post(f"/subscriptions/{token}/unsubscribe")).status_code == 200
    waiting = select(notices.c.content).where(notices.c.content.is_not(None), notices.c.action == "ask")

    async def only_one() -> bool:
        found = await stage.database.read(lambda connection: connection.scalars(waiting).all())
        return len(found) == 1 and "stays@" in str(found[0])

    await until(only_one)
    await stage.admin("POST", "/v1/deliveries/resume")
    await until(lambda: smtp_server.mails)
    assert [mail.recipients for mail in smtp_server.mails] == [("stays@readers.example",)]


async def test_an_answer_that_comes_after_the_kill_of_its_story_is_noted_and_told_to_nobody(stage: Stage) -> None:
    await stage.emit(killed(live("ferry", "publish", "kill")))
    await stage.planned(live("ferry", "publish", "kill"))
    # The kill and the answer travel on streams of their own.
    await until(lambda: stage.said(KillConfirmed))
    await noticed(stage, answer(6))
    await noticed(stage, answer(7, story="other"))
    await mails(stage, 1)
    assert "other" in text(stage.mails()[0])


@pytest.mark.parametrize("email", ["jörg@readers.example", "a@b", "x y@z.example", "a@b.example\nBcc: c@d.example"])
async def test_an_address_that_no_mail_can_reach_stops_nobody(stage: Stage, email: str) -> None:
    await noticed(stage, answer(6, email))
    await noticed(stage, answer(7))
    await mails(stage, 1)
    assert len(stage.mails()) == 1


async def test_a_person_who_is_erased_leaves_no_address(stage: Stage) -> None:
    await noticed(stage, answer(6))
    [mail] = await mails(stage, 1)
    assert (await stage.admin("DELETE", f"/v1/subscribers/{BO}")).status_code == 204
    assert (await stage.admin("DELETE", f"/v1/subscribers/{BO}")).status_code == 404
    assert await states(stage) == [(None, "erased")]
    tables = (correspondents, answered, notices, tokens, deliveries)
    held = await stage.database.read(
        lambda connection: str([[tuple(row) for row in connection.execute(select(table))] for table in tables])
    )
    assert "readers.example" not in held
    assert (await stage.client.get(link(mail, "confirm"))).status_code == 410
