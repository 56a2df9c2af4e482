"""Does notify forget what a redacted story said, and still tell of its kill who must hear of it?"""

from datetime import timedelta

from sqlalchemy import select

from services.notify.adapters.tables import notices, stories
from shared import clock
from shared.events import RedactionConfirmed, StoryLive, StoryRedacted
from tests.integration.notify.conftest import Stage, Start, live, until
from tests.integration.notify.test_story_mail import text
from tests.servers.smtp import SmtpServer

NOTE = "This story has been withdrawn."


def redacted(event: StoryLive, **fields: object) -> StoryRedacted:
    """The order to forget it."""
    now = clock.now()
    subject = {"story_id": event.head.story_id, "revision": event.head.revision}
    return StoryRedacted(at=now, public_note=NOTE, before=now - timedelta(1), to=("notify",), **subject, **fields)


async def held(stage: Stage) -> str:
    """Everything that is held of stories, as text."""
    rows = await stage.database.read(
        lambda connection: [*connection.execute(select(notices)), *connection.execute(select(stories))]
    )
    return str([tuple(row) for row in rows]).lower()


async def test_what_was_told_is_forgotten_and_the_kill_still_leaves(start: Start, smtp_server: SmtpServer) -> None:
    stage = await start(mail_url=smtp_server.url)
    await stage.subscribed({"email": "ann@readers.example"})
    event = live("hushed", "publish", headline="Secret words")
    await stage.planned(event)
    await until(lambda: len(smtp_server.mails) == 1)
    smtp_server.recipients["ann@readers.example"] = "451 4.3.0 later"
    gone = live("hushed", "publish", "kill", note="Secret reason")
    await stage.planned(gone)
    assert "secret" in await held(stage)
    await stage.emit(redacted(gone))
    await until(lambda: [one.service for one in stage.said(RedactionConfirmed)] == ["notify"])
    assert "secret" not in await held(stage)
    smtp_server.recipients.clear()
    await until(lambda: len(smtp_server.mails) == 2, 30)
    told = smtp_server.mails[-1].message
    assert str(told["Subject"]).startswith("Withdrawn")
    assert NOTE in text(told)
    assert "ecret" not in told.as_string()


async def test_done_again_it_does_no_harm_and_an_unknown_story_is_nothing(stage: Stage) -> None:
    known, unknown = live("hushed", "publish", "kill"), live("unheard", "publish", "kill")
    await stage.planned(known)
    for _ in range(2):
        await stage.emit(redacted(known), redacted(unknown))
    await until(lambda: len(stage.said(RedactionConfirmed)) == 4)
    spared = redacted(known).model_copy(update={"to": ("site",)})
    await stage.emit(spared, redacted(known))
    await until(lambda: len(stage.said(RedactionConfirmed)) == 5)
