"""Does what was owed go out once, however long nobody was there to send it?"""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, select, update

from services.notify.adapters.digests import SqlDigests
from services.notify.adapters.overdue import SqlOverdue, measure
from services.notify.adapters.tables import deliveries, pauses, stories
from shared.database import Database
from tests.integration.notify.conftest import Stage, Start, killed, live, until
from tests.integration.notify.test_story_mail import text
from tests.servers.smtp import SmtpServer

DIGEST = deliveries.c.lane == 2


async def due(stage: Stage, story: str, days: int) -> None:
    """The boundary that a story waits for passed so many days ago."""
    mine = select(deliveries.c.id).where(DIGEST, deliveries.c.story == _number(story))
    past = await stage.database.now() - timedelta(days=days)
    statement = update(deliveries).where(deliveries.c.id.in_(mine)).values(due_at=past)
    await stage.database.write(lambda connection: connection.execute(statement))


def _number(story: str) -> Any:
    return select(stories.c.id).where(stories.c.story_id == str(live(story, "publish").head.story_id)).scalar_subquery()


async def carriers(database: Database) -> int:
    query = select(func.count()).select_from(deliveries).where(deliveries.c.digest > 0, deliveries.c.story.is_(None))
    return await database.read(lambda connection: connection.scalar(query)) or 0


async def measured(database: Database) -> Mapping[str, float]:
    return await SqlOverdue(database).measure(await database.now())


async def waiting(stage: Stage, *stories: str) -> None:
    """Plan stories, and wait until all of them wait for a digest."""
    for name in stories:
        await stage.planned(live(name, "publish", headline=f"Told of {name}"))


async def test_the_daily_digest_of_an_outage_over_three_boundaries_goes_out_once_with_all_that_is_owed(
    start: Start,
) -> None:
    before = await start()
    await before.subscribed({"email": "dora@readers.example", "cadence": "daily"})
    await waiting(before, "one", "two", "three", "withdrawn")
    for days, name in enumerate(("three", "two", "one"), 1):
        await due(before, name, days)
    await due(before, "withdrawn", 2)
    gone = live("withdrawn", "publish", "kill", note="Gone.")
    await before.emit(killed(gone))
    await before.planned(gone)
    await before.stop()
    after = await start()
    [mail] = await until(after.mails, 40)
    assert [f"Told of {name}" in text(mail) for name in ("one", "two", "three")] == [True, True, True]
    assert "withdrawn" not in text(mail)
    one = live("one", "publish")
    await until(lambda: after.counts(one, 1) == {"planned": 1, "delivered": 1})
    assert await SqlDigests(after.database).gather() == 0
    assert len(after.mails()) == 1
    assert await carriers(after.database) == 1


async def test_two_replicas_make_a_readers_digest_once(stage: Stage, database_url: str) -> None:
    people = [{"email": f"d{number}@readers.example", "cadence": "daily"} for number in range(30)]
    await stage.subscribed(*people)
    await waiting(stage, "shared")
    other = Database(database_url, "notify")
    try:
        overdue = timedelta(days=1)
        statement = update(deliveries).where(DIGEST).values(due_at=await stage.database.now() - overdue)
        await stage.database.write(lambda connection: connection.execute(statement))
        found = await asyncio.gather(*(SqlDigests(one).gather() for one in (stage.database, other)))
        assert sum(found) == len(people)
        assert await carriers(other) == len(people)
    finally:
        await other.close()
    await until(lambda: len(stage.mails()) == len(people), 40)
    assert {mail["To"] for mail in stage.mails()} == {one["email"] for one in people}


async def gathered(stage: Stage) -> bool:
    """Nothing that is due is without a digest; one that is just being tried is waited for."""
    await SqlDigests(stage.database).gather()
    rest = select(deliveries.c.id).where(DIGEST, deliveries.c.carrier_id.is_(None), deliveries.c.state == "pending")
    return await stage.database.read(lambda connection: connection.execute(rest).first()) is None


async def test_digests_that_could_not_leave_for_days_leave_as_one(start: Start, smtp_server: SmtpServer) -> None:
    smtp_server.stop()
    stage = await start(mail_url=smtp_server.url)
    await stage.subscribed({"email": "dora@readers.example", "cadence": "daily"})
    for days, name in enumerate(("first", "second"), 1):
        await waiting(stage, name)
        await due(stage, name, 3 - days)
        await until(lambda: gathered(stage), 40)
    assert await carriers(stage.database) == 1
    smtp_server.start()
    [mail] = await until(lambda: list(smtp_server.mails), 40)
    body = mail.message.get_body(("plain",)).get_content()
    assert "Told of first" in body
    assert "Told of second" in body
    event = live("second", "publish")
    await until(lambda: stage.counts(event, 1) == {"planned": 1, "delivered": 1})


async def test_a_row_whose_digest_took_it_nowhere_is_gathered_again(stage: Stage) -> None:
    await stage.subscribed({"email": "dora@readers.example", "cadence": "daily"})
    await waiting(stage, "orphan")
    await due(stage, "orphan", 1)
    digests = SqlDigests(stage.database)
    assert await digests.gather() == 1
    # As a fault of ours would leave it: the digest is settled, what it carried is not.
    settled = update(deliveries).where(deliveries.c.digest > 0, deliveries.c.story.is_(None))
    await stage.database.write(lambda connection: connection.execute(settled.values(state="suppressed")))
    await until(lambda: gathered(stage), 40)
    [mail] = await until(stage.mails)
    assert "Told of orphan" in text(mail)


async def test_what_is_overdue_is_measured_unless_its_channel_is_paused(stage: Stage) -> None:
    await stage.subscribed({"email": "ann@readers.example"}, {"email": "dora@readers.example", "cadence": "weekly"})
    await stage.admin("POST", "/v1/webhooks", json={"url": "http://127.0.0.1:9/x"})
    await stage.admin("POST", "/v1/deliveries/pause")
    await waiting(stage, "late")
    nothing = {"mail": 0.0, "webhook": 0.0, "websub": 0.0, "digest": 0.0, "sweep": 0.0}
    assert await measured(stage.database) == nothing
    now = await stage.database.now()
    past = update(deliveries).values(due_at=now - timedelta(days=2))
    await stage.database.write(lambda connection: connection.execute(past))
    assert await measured(stage.database) == nothing, "who is paused is not late"

    def unpaused(connection: Connection) -> dict[str, float]:
        # Seen in a transaction that does not come to be: the workers would send all at once.
        undone = connection.begin_nested()
        connection.execute(delete(pauses))
        found = measure(connection, now)
        undone.rollback()
        return found

    two_days = timedelta(days=2).total_seconds()
    assert await stage.database.write(unpaused) == {
        **nothing,
        "mail": two_days,
        "webhook": two_days,
        "digest": two_days,
    }
    sending = update(deliveries).values(state="sending", lease_until=now - timedelta(minutes=5))
    await stage.database.write(lambda connection: connection.execute(sending))
    assert (await SqlOverdue(stage.database).measure(now))["sweep"] == 300.0


async def test_a_relay_that_is_away_makes_mail_overdue_although_each_row_is_put_off(
    start: Start, smtp_server: SmtpServer
) -> None:
    smtp_server.stop()
    stage = await start(mail_url=smtp_server.url)
    await stage.subscribed({"email": "ann@readers.example"})
    await waiting(stage, "away")
    assert stage.service.owed is not None

    async def seconds() -> float:
        assert stage.service.owed is not None
        return next(one.seconds for one in await stage.service.owed.measure() if one.kind == "mail")

    async def grows() -> bool:
        return await seconds() > 6  # each row is put off for five

    await until(grows, 40)
    smtp_server.start()

    async def well() -> bool:
        return await seconds() == 0

    await until(well, 40)
