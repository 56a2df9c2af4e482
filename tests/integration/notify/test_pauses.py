"""Does nothing leave while a channel is paused, and everything afterwards, once?"""

import asyncio
from typing import Any

import pytest

from services.notify.adapters.ledger import SqlLedger
from services.notify.adapters.pauses import SqlPauses, pause
from services.notify.domain.channels import CHANNELS
from shared import telemetry
from shared.database import Database
from tests.integration.notify.conftest import Stage, killed, live, until
from tests.servers.http import Receiver


async def pauses(stage: Stage) -> list[dict[str, Any]]:
    return list((await stage.admin("GET", "/v1/deliveries/pauses")).json()["pauses"])


async def test_a_paused_channel_sends_nothing_kills_neither_and_loses_nothing(stage: Stage, receiver: Receiver) -> None:
    await stage.subscribed({"email": "ann@readers.example"}, {"email": "bo@readers.example"})
    await stage.admin("POST", "/v1/webhooks", json={"url": f"{receiver.url}/in"})
    had = live("had", "publish")
    await stage.planned(had)
    await until(lambda: len(stage.mails()) == 2 and receiver.at("/in"))
    answer = await stage.admin("POST", "/v1/deliveries/pause", json={"channel": "email", "reason": "restored"})
    assert answer.status_code == 200
    [told] = answer.json()["pauses"]
    assert (told["channel"], told["reason"]) == ("email", "restored")
    gone, new = live("had", "publish", "kill", note="Gone."), live("new", "publish")
    await stage.emit(killed(gone))
    for event in (gone, new):
        await stage.planned(event)
    await until(lambda: len(receiver.at("/in")) == 3)
    await until(lambda: stage.counts(gone, 2) == {"planned": 2, "pending": 2})
    await until(lambda: stage.counts(new, 1) == {"planned": 2, "pending": 2})
    assert len(stage.mails()) == 2
    assert (await stage.admin("POST", "/v1/deliveries/resume", json={"channel": "email"})).json() == {"pauses": []}
    await until(lambda: len(stage.mails()) == 6)
    await until(lambda: stage.counts(gone, 2) == {"planned": 2, "delivered": 2})
    await until(lambda: stage.counts(new, 1) == {"planned": 2, "delivered": 2})
    subjects = [mail["Subject"] for mail in stage.mails("ann@readers.example")]
    assert [subject.startswith("Withdrawn") for subject in subjects[1:]] == [True, False], "urgent ones go first"


async def test_everything_is_paused_at_once_and_told_to_the_metrics(stage: Stage, receiver: Receiver) -> None:
    await stage.admin("POST", "/v1/webhooks", json={"url": f"{receiver.url}/in"})
    assert (await stage.admin("POST", "/v1/deliveries/pause")).status_code == 200
    assert [one["channel"] for one in await pauses(stage)] == sorted(CHANNELS)
    since = await pauses(stage)
    await stage.admin("POST", "/v1/deliveries/pause", json={"reason": "again"})
    assert await pauses(stage) == since, "who is paused already keeps the time and the reason"
    event = live("held", "publish")
    await stage.planned(event)
    await until(lambda: stage.counts(event, 1, "webhook") == {"planned": 1, "pending": 1})

    def shown(value: float) -> bool:
        return all(telemetry.PAUSED.labels(channel)._value.get() == value for channel in CHANNELS)

    await until(lambda: shown(1))
    assert not receiver.at("/in")
    await stage.admin("POST", "/v1/deliveries/resume")
    await until(lambda: receiver.at("/in"))
    await until(lambda: shown(0))


async def test_rows_that_a_worker_holds_when_mail_is_paused_go_back_unharmed(stage: Stage) -> None:
    await stage.admin("POST", "/v1/deliveries/pause", json={"channel": "email"})
    await stage.subscribed({"email": "ann@readers.example"})
    event = live("leased", "publish")
    await stage.planned(event)
    paused, ledger = SqlPauses(stage.database), SqlLedger(stage.database, resend=True)
    assert await ledger.lease_mail("other", 10) == []
    assert await ledger.next_due("email") is None
    await stage.service.loops["mail"].__self__._ledger.next_due("email")  # type: ignore[attr-defined]
    # Another replica leases just before the pause, and begins just after it.
    await stage.database.write(lambda connection: connection.exec_driver_sql("DELETE FROM pauses"))
    [row] = await until(lambda: _leased(ledger))
    await paused.pause(["email"], "")
    assert await ledger.begin("other", [row.id]) is None
    assert not stage.mails()
    await stage.admin("POST", "/v1/deliveries/resume")
    await until(stage.mails)
    await until(lambda: stage.counts(event, 1) == {"planned": 1, "delivered": 1})


async def _leased(ledger: SqlLedger) -> Any:
    return await ledger.lease_mail("other", 10)


async def test_another_replica_honours_a_pause_and_restore_may_pause_in_its_own_transaction(
    stage: Stage, database_url: str
) -> None:
    other = Database(database_url, "notify")
    try:
        now = await other.now()
        await other.write(lambda connection: pause(connection, CHANNELS, "restored from a backup", now))
    finally:
        await other.close()
    assert {one["reason"] for one in await pauses(stage)} == {"restored from a backup"}
    await stage.subscribed({"email": "ann@readers.example"})
    event = live("restored", "publish")
    await stage.planned(event)
    await until(lambda: stage.counts(event, 1) == {"planned": 1, "pending": 1})
    await asyncio.sleep(0.2)
    assert not stage.mails()
    await stage.admin("POST", "/v1/deliveries/resume")
    await until(stage.mails)


@pytest.mark.parametrize(
    ("body", "path"), [({"channel": "fax"}, "/channel"), ({"colour": "red"}, "/colour"), ({"reason": 7}, "/reason")]
)
async def test_what_is_no_channel_is_refused(stage: Stage, body: dict[str, Any], path: str) -> None:
    answer = await stage.admin("POST", "/v1/deliveries/pause", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, path)
    assert await pauses(stage) == []


async def test_only_the_admin_pauses(stage: Stage) -> None:
    for method, path in (("GET", "pauses"), ("POST", "pause"), ("POST", "resume")):
        assert (await stage.client.request(method, f"/v1/deliveries/{path}")).status_code == 401
