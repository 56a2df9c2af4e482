"""Do subscribers hear of a story, of its correction and of its end, and nobody else of anything?"""

import re
from email.message import EmailMessage

from services.notify.domain.channels import CHANNELS
from shared.events import DeliveriesProgressed, KillConfirmed
from tests.integration.notify.conftest import Stage, killed, live, until


def text(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


async def test_a_stranger_subscribes_confirms_and_gets_the_next_story(stage: Stage) -> None:
    asked = await stage.client.post(
        "/subscribe", data={"email": "rita@readers.example", "topics": ["section:harbour", "tag:x"]}
    )
    assert asked.status_code == 202
    letter = (await until(stage.mails))[0]
    found = re.search(r"https://news\.example(/subscriptions/[\w-]+/confirm)", text(letter))
    assert found, text(letter)
    assert (await stage.client.get(found[1])).status_code == 200
    assert (await stage.client.post(found[1])).status_code == 200
    assert (await stage.client.post(found[1])).status_code == 410
    event = live("one", "publish")
    await stage.planned(event)
    mails = await until(lambda: [mail for mail in stage.mails() if mail["Subject"] == "Ferry returns to Quillmouth"])
    assert len(mails) == 1
    assert mails[0]["To"] == "rita@readers.example"
    await until(lambda: stage.counts(event, 1) == {"planned": 1, "delivered": 1})


async def test_a_correction_and_a_kill_go_to_those_who_had_the_story(stage: Stage) -> None:
    await stage.subscribed(
        {"email": "ann@readers.example"}, {"email": "bob@readers.example", "topics": ["section:sport"]}
    )
    first = live("two", "publish")
    await stage.planned(first)
    original = (await until(stage.mails))[0]
    await until(lambda: stage.counts(first, 1) == {"planned": 1, "delivered": 1})
    await stage.planned(live("two", "publish", "correct", note="It carries 40 cars."))
    corrected = (await until(lambda: stage.mails()[1:]))[0]
    assert corrected["Subject"] == "Correction: Ferry returns to Quillmouth"
    assert corrected["In-Reply-To"] == original["Message-ID"]
    assert text(corrected).startswith("Correction: It carries 40 cars.")
    end = live("two", "publish", "correct", "kill", note="Withdrawn at the author's request.")
    await stage.emit(killed(end))
    await stage.planned(end)
    last = (await until(lambda: stage.mails()[2:]))[0]
    assert last["Subject"].startswith("Withdrawn: a story sent ")
    assert "Ferry" not in last.as_string()
    assert "Withdrawn at the author's request." in text(last)
    assert {mail["To"] for mail in stage.mails()} == {"ann@readers.example"}
    told = await until(lambda: len(stage.said(KillConfirmed)) == 3 and stage.said(KillConfirmed))
    assert {(one.channel, one.outcome) for one in told} == {(one, "confirmed") for one in CHANNELS}
    assert stage.said(DeliveriesProgressed)
