"""Does mail reach a real SMTP server once, bounce when refused, and wait when the server is away?"""

import asyncio

from aiosmtpd.smtp import SMTP, Envelope, Session

from services.notify.adapters.smtp import Relay, SmtpMailer
from services.notify.domain.outcomes import Delivered, Uncertain, Unsent
from services.notify.domain.rows import Envelope as ToSend
from tests.integration.notify.conftest import Start, live, until
from tests.servers.smtp import SmtpServer


async def test_many_readers_get_their_own_copy_over_pipelined_connections(
    start: Start, smtp_server: SmtpServer
) -> None:
    stage = await start(mail_url=smtp_server.url)
    await stage.subscribed(*({"email": f"reader{number}@readers.example"} for number in range(100)))
    event = live("piped", "publish", headline="Fähre kehrt zurück\r\nBcc: all@readers.example")
    await stage.planned(event)
    await until(lambda: stage.counts(event, 1) == {"planned": 100, "delivered": 100})
    assert len(smtp_server.mails) == 100
    for mail in smtp_server.mails:
        assert mail.message["To"] == mail.recipients[0]
        assert mail.message["Bcc"] is None
        assert "Fähre kehrt zurück Bcc: all@readers.example" in mail.message["Subject"]
    assert len({mail.message["Message-ID"] for mail in smtp_server.mails}) == 100


async def test_a_refused_reader_bounces_a_deferred_one_waits_and_the_others_get_theirs(
    start: Start, smtp_server: SmtpServer
) -> None:
    smtp_server.recipients |= {"no@readers.example": "550 5.1.1 unknown", "later@readers.example": "451 4.3.0 later"}
    stage = await start(mail_url=smtp_server.url)
    people = ("a", "no", "b", "later", "c")
    await stage.subscribed(*({"email": f"{name}@readers.example"} for name in people))
    event = live("refused", "publish")
    await stage.planned(event)
    await until(lambda: stage.counts(event, 1) == {"planned": 5, "delivered": 3, "bounced": 1, "pending": 1})
    smtp_server.recipients.clear()
    await until(lambda: stage.counts(event, 1) == {"planned": 5, "delivered": 4, "bounced": 1}, 30)
    assert sorted(mail.recipients[0][0] for mail in smtp_server.mails) == ["a", "b", "c", "l"]


async def test_while_the_server_is_away_nothing_is_lost_and_no_attempt_is_counted(
    start: Start, smtp_server: SmtpServer
) -> None:
    url = smtp_server.url
    smtp_server.stop()
    stage = await start(mail_url=url)
    await stage.subscribed({"email": "ann@readers.example"})
    event = live("away", "publish")
    await stage.planned(event)
    await until(lambda: stage.counts(event, 1) == {"planned": 1, "pending": 1})
    rows = (await stage.admin("GET", "/v1/deliveries")).json()["deliveries"]
    assert rows[0]["attempts"] == 0
    smtp_server.start()
    await until(lambda: stage.counts(event, 1) == {"planned": 1, "delivered": 1}, 30)
    assert len(smtp_server.mails) == 1


class _Slow(SmtpServer):
    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        await asyncio.sleep(0.4)
        return await super().handle_DATA(server, session, envelope)


async def test_a_slow_relay_ends_a_batch_before_others_think_that_its_worker_is_dead() -> None:
    server = _Slow()
    server.start()
    mailer = SmtpMailer(Relay.of(server.url), "news@news.example", "news.example", longest=1.0)
    body = b"From: news@news.example\r\nTo: ann@readers.example\r\nSubject: Ferry\r\n\r\nIt is back.\r\n"
    try:
        outcomes = await mailer.send([ToSend(number, "ann@readers.example", body) for number in range(12)])
        kinds = [type(one) for one in outcomes]
        # A machine that is very slow may not even begin; what was begun last is in doubt, the rest was not sent.
        assert kinds.count(Uncertain) <= 1
        assert kinds[-1] is Unsent
        assert set(kinds) <= {Delivered, Uncertain, Unsent}
        await asyncio.sleep(1)
        assert kinds.count(Delivered) <= len(server.mails) <= kinds.count(Delivered) + kinds.count(Uncertain)
    finally:
        await mailer.close()
        server.stop()
