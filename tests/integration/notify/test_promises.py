"""What if it is late, muted, asked twice, killed first, waiting for a digest, or its worker dies?"""

from datetime import timedelta

from sqlalchemy import update

from services.notify.adapters.digests import SqlDigests
from services.notify.adapters.ledger import SqlLedger
from services.notify.adapters.tables import deliveries
from services.notify.domain.channels import CHANNELS
from services.notify.domain.outcomes import Uncertain
from services.notify.domain.rows import Finished
from shared.events import KillConfirmed, NoticesPlanned
from tests.integration.notify.conftest import Stage, Start, killed, live, until
from tests.integration.notify.test_story_mail import text
from tests.servers.smtp import SmtpServer


async def test_what_is_late_is_suppressed_and_what_is_silent_or_muted_is_owed_to_nobody(stage: Stage) -> None:
    await stage.subscribed({"email": "ann@readers.example"})
    late, silent, muted = (
        live("late", "publish", late=True),
        live("silent", "publish", silent=True),
        live("m", "publish", notify=False),
    )
    for event in (late, silent, muted):
        await stage.planned(event)
    await until(lambda: stage.counts(late, 1) == {"planned": 1, "suppressed": 1})
    assert stage.counts(silent, 1) == stage.counts(muted, 1) == {}
    assert not stage.mails()


async def test_an_event_that_comes_again_is_answered_again_and_told_once(stage: Stage) -> None:
    await stage.subscribed({"email": "ann@readers.example"})
    event = live("again", "publish")
    await stage.planned(event)
    await stage.planned(event)
    newer = live("again", "publish", "update", headline="A new headline")
    await stage.planned(newer)
    await stage.emit(event)
    await stage.planned(newer)
    assert [one.revision for one in stage.said(NoticesPlanned)] == [1, 1, 2, 2]
    await until(lambda: stage.counts(event, 1) == {"planned": 1, "delivered": 1})
    assert len(stage.mails()) == 1


async def test_a_quick_edit_does_not_swallow_the_mail_of_the_publish_that_it_overtook(stage: Stage) -> None:
    await stage.subscribed({"email": "ann@readers.example"})
    await stage.planned(live("quick", "publish", "update", headline="The second headline"))
    mails = await until(stage.mails)
    assert [mail["Subject"] for mail in mails] == ["The second headline"]


async def test_a_kill_that_comes_before_the_mail_has_left_cancels_it(start: Start, smtp_server: SmtpServer) -> None:
    url = smtp_server.url
    smtp_server.stop()
    stage = await start(mail_url=url)
    await stage.subscribed({"email": "ann@readers.example"})
    event = live("stopped", "publish")
    await stage.planned(event)
    gone = live("stopped", "publish", "kill", note="x")
    await stage.emit(killed(gone))
    await until(lambda: stage.counts(event, 1) == {"planned": 1, "suppressed": 1})
    await stage.emit(event)  # re-driven: it stays dead
    await stage.planned(gone)
    assert stage.counts(gone, 2) == {}
    await until(lambda: {one.channel for one in stage.said(KillConfirmed)} == set(CHANNELS))


async def test_a_kill_that_was_heard_of_holds_also_when_an_earlier_end_comes_after_it(stage: Stage) -> None:
    hook = {"url": "http://127.0.0.1:9/", "events": ["story.revived"], "topics": ["all"]}
    assert (await stage.admin("POST", "/v1/webhooks", json=hook)).status_code == 201
    actions = ("publish", "kill", "revive", "kill")
    await stage.emit(killed(live("twice", *actions)))
    for last in (2, 3, 4):
        await stage.planned(live("twice", *actions[:last], note="x"))
    assert (await stage.admin("GET", "/v1/deliveries")).json()["deliveries"] == []


async def test_a_correction_reaches_those_whose_mail_it_overtook_as_a_story(
    start: Start, smtp_server: SmtpServer
) -> None:
    url = smtp_server.url
    smtp_server.stop()
    stage = await start(mail_url=url)
    await stage.subscribed({"email": "ann@readers.example"})
    await stage.planned(live("overtaken", "publish"))
    fixed = live("overtaken", "publish", "correct", note="Forty.", headline="The corrected headline")
    await stage.planned(fixed)
    await until(lambda: stage.counts(fixed, 2) == {"planned": 1, "pending": 1})
    await until(lambda: stage.counts(fixed, 1) == {"planned": 1, "suppressed": 1})


async def test_a_digest_gathers_what_waited_and_leaves_out_what_was_withdrawn(stage: Stage) -> None:
    await stage.subscribed({"email": "dora@readers.example", "cadence": "daily"})
    kept, dropped = live("kept", "publish", headline="Kept"), live("dropped", "publish", headline="Dropped")
    for event in (kept, dropped):
        await stage.planned(event)
    await until(lambda: stage.counts(kept, 1) == {"planned": 1, "pending": 1})
    gone = live("dropped", "publish", "kill", note="x")
    await stage.emit(killed(gone))
    await stage.planned(gone)
    assert not stage.mails()
    database = stage.database
    due = update(deliveries).where(deliveries.c.lane == 2).values(due_at=await database.now() - timedelta(seconds=1))
    await database.write(lambda connection: connection.execute(due))
    assert await SqlDigests(database).gather() == 1
    mail = (await until(stage.mails))[0]
    assert "Kept" in text(mail)
    assert "Dropped" not in text(mail)
    assert mail["List-Unsubscribe"]
    await until(lambda: stage.counts(kept, 1) == {"planned": 1, "delivered": 1})
    fixed = live("kept", "publish", "correct", headline="Kept", note="Forty.")
    await stage.planned(fixed)
    await until(lambda: stage.counts(fixed, 2) == {"planned": 1, "pending": 1})


async def test_what_a_dead_worker_was_sending_goes_out_again_and_says_so(start: Start, smtp_server: SmtpServer) -> None:
    url = smtp_server.url
    smtp_server.stop()
    stage = await start(mail_url=url)
    await stage.subscribed({"email": "ann@readers.example"})
    event = live("dead", "publish")
    await stage.planned(event)
    database = stage.database
    past = await database.now() - timedelta(seconds=1)
    sending = update(deliveries).values(state="sending", lease_until=past, token="dead")
    await database.write(lambda connection: connection.execute(sending))
    assert await SqlLedger(database, resend=True).sweep() == 1
    row = (await stage.admin("GET", "/v1/deliveries")).json()["deliveries"][0]
    assert (row["state"], row["maybe_duplicate"]) == ("pending", True)
    # The policy `hold` leaves it to a person instead; a token that is not the row's settles nothing.
    ledger = SqlLedger(database, resend=False)
    await ledger.finish("somebody else's", [Finished(row["id"], 0, Uncertain("x"))])
    await database.write(lambda connection: connection.execute(sending))
    await ledger.sweep()
    await until(lambda: stage.counts(event, 1) == {"planned": 1, "uncertain": 1})


async def test_a_kill_that_a_revival_overtook_is_not_told_after_it(start: Start, smtp_server: SmtpServer) -> None:
    stage = await start(mail_url=smtp_server.url)
    await stage.subscribed({"email": "ann@readers.example"})
    event = live("returns", "publish")
    await stage.planned(event)
    await until(lambda: stage.counts(event, 1) == {"planned": 1, "delivered": 1})
    smtp_server.stop()
    await stage.planned(live("returns", "publish", "kill", note="x"))

    async def put_off() -> bool:
        rows = (await stage.admin("GET", "/v1/deliveries", params={"state": "pending"})).json()["deliveries"]
        return bool(rows and rows[0]["detail"])

    await until(put_off)
    back = live("returns", "publish", "kill", "revive", note="Cleared.")
    await stage.planned(back)
    await until(lambda: stage.counts(back, 2) == {"planned": 1, "suppressed": 1})
    assert stage.counts(back, 3) == {}, "nobody was told of the kill"


async def test_a_correction_that_came_with_a_revival_reaches_everybody_who_had_the_story(
    start: Start, smtp_server: SmtpServer
) -> None:
    stage = await start(mail_url=smtp_server.url)
    await stage.subscribed({"email": "ann@readers.example"})
    event = live("fixed", "publish")
    await stage.planned(event)
    await until(lambda: stage.counts(event, 1) == {"planned": 1, "delivered": 1})
    smtp_server.stop()
    await stage.planned(live("fixed", "publish", "kill", note="x"))
    smtp_server.start()
    back = live("fixed", "publish", "kill", "revive", "correct", note="Forty.")
    await stage.planned(back)
    await until(lambda: stage.counts(back, 4) == {"planned": 1, "delivered": 1}, 30)
    assert "Forty." in text(smtp_server.mails[-1].message)
