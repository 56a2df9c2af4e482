"""What does the receipt of a kill hear of mail and webhooks, before the end and at the end?"""

from typing import Any

from sqlalchemy import select, update

from services.notify.adapters.tables import deliveries, kills
from services.notify.domain.outcomes import BACKOFF
from shared.events import KillConfirmed
from tests.integration.notify.conftest import Stage, Start, killed, live, until
from tests.servers.http import Receiver, Reply
from tests.servers.smtp import SmtpServer


def words(stage: Stage, channel: str) -> list[tuple[str, bool]]:
    """(outcome, is it still trying), in order."""
    return [(one.outcome, one.retrying) for one in stage.said(KillConfirmed) if one.channel == channel]


async def kill(stage: Stage, name: str) -> Any:
    """Withdraw a story, as ingest and the site do."""
    gone = live(name, "publish", "kill", note="Gone.")
    await stage.emit(killed(gone))
    await stage.planned(gone)
    return gone


async def retried_now(stage: Stage, **values: Any) -> None:
    """The kill's own rows are due now."""
    due = {"due_at": await stage.database.now(), **values}
    mine = update(deliveries).where(deliveries.c.revision == 2, deliveries.c.state == "pending")
    await stage.database.write(lambda connection: connection.execute(mine.values(due)))


async def nothing_is_open(stage: Stage) -> bool:
    """Ingest has read what became of each kill."""
    still_open = select(kills.c.story).where(kills.c.open)
    return not await stage.database.read(lambda connection: connection.execute(still_open).all())


async def had(stage: Stage, receiver: Receiver, name: str) -> None:
    """A partner has the story, and answers nothing any more."""
    await stage.admin("POST", "/v1/webhooks", json={"url": f"{receiver.url}/in"})
    first = live(name, "publish")
    await stage.planned(first)
    await until(lambda: stage.counts(first, 1, "webhook") == {"planned": 1, "delivered": 1})
    receiver.replies["/in"] = Reply(503)


async def test_a_partner_that_does_not_answer_is_unreachable_at_once_and_confirmed_in_the_end(
    stage: Stage, receiver: Receiver
) -> None:
    await had(stage, receiver, "slow")
    await kill(stage, "slow")
    await until(lambda: words(stage, "webhook") == [("unreachable", True)])
    assert [one.detail for one in stage.said(KillConfirmed) if one.channel == "webhook"] == ["1 pending"]
    receiver.replies["/in"] = Reply(204)
    await retried_now(stage)
    await until(lambda: words(stage, "webhook") == [("unreachable", True), ("confirmed", False)])
    assert words(stage, "email") == [("confirmed", False)]


async def test_a_webhook_that_gives_up_has_failed_and_says_so_again_when_it_is_asked(
    stage: Stage, receiver: Receiver
) -> None:
    await had(stage, receiver, "silent")
    gone = await kill(stage, "silent")
    await until(lambda: words(stage, "webhook") == [("unreachable", True)])
    await retried_now(stage, attempts=len(BACKOFF))
    await until(lambda: words(stage, "webhook")[1:] == [("failed", False)])
    # Ingest has read the word and lost it, and says the kill again.
    await until(lambda: nothing_is_open(stage))
    await stage.emit(killed(gone))
    await until(lambda: words(stage, "webhook")[2:] == [("failed", False)])
    assert len(words(stage, "email")) == 2


async def test_a_relay_that_is_away_is_told_to_the_receipt_of_a_kill(start: Start, smtp_server: SmtpServer) -> None:
    stage = await start(mail_url=smtp_server.url)
    await stage.subscribed({"email": "ann@readers.example"})
    first = live("mailed", "publish")
    await stage.planned(first)
    await until(lambda: stage.counts(first, 1) == {"planned": 1, "delivered": 1})
    smtp_server.stop()
    await kill(stage, "mailed")
    await until(lambda: words(stage, "email") == [("unreachable", True)])
    smtp_server.start()
    await retried_now(stage)
    await until(lambda: words(stage, "email") == [("unreachable", True), ("confirmed", False)])


async def test_a_kill_that_waits_because_a_channel_is_paused_says_so_to_its_receipt(
    stage: Stage, receiver: Receiver
) -> None:
    await had(stage, receiver, "held")
    receiver.replies["/in"] = Reply(204)
    await stage.admin("POST", "/v1/deliveries/pause", json={"channel": "webhook"})
    await kill(stage, "held")
    await until(lambda: words(stage, "webhook") == [("unreachable", True)])
    [word] = [one for one in stage.said(KillConfirmed) if one.channel == "webhook"]
    assert word.detail == "1 pending; webhook is paused"
    assert words(stage, "email") == [("confirmed", False)]
    await stage.admin("POST", "/v1/deliveries/resume")
    await until(lambda: words(stage, "webhook") == [("unreachable", True), ("confirmed", False)])
