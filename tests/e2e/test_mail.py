"""Does everybody hear by mail what they should, and nothing else (interface, §5)?"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import httpx
import pytest

from tests.e2e.inbox import act, confirmed, counted, mail_to, mails_to, parsed, part, put, story
from tests.servers.newswire import Newswire, newswire, wait_until
from tests.servers.smtp import Mail, SmtpServer

HEADLINE = "Laterne für alle, 灯"
IMPRINT, POSTAL = "Harbour Press Ltd, registered in Quillmouth", "1 Quay Street, 10117 Quillmouth"


@pytest.fixture(scope="module")
def relay() -> Iterator[SmtpServer]:
    """A real mail server."""
    server = SmtpServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def post(tmp_path_factory: pytest.TempPathFactory, relay: SmtpServer) -> Iterator[Newswire]:
    """A newswire that mails over SMTP and says who it is."""
    with newswire(
        tmp_path_factory.mktemp("post"),
        MAIL_URL=relay.url,
        MAIL_FROM='"The Müller, Courier" <news@courier.example>',
        SITE_TITLE='Müller\'s "Courier"',
        IMPRINT=IMPRINT,
        POSTAL_ADDRESS=POSTAL,
    ) as running:
        yield running


@pytest.fixture(scope="module")
def post_key(post: Newswire) -> str:
    """May push there."""
    return str(post.publisher("Postal Desk")["key"])


def sent_to(relay: SmtpServer, address: str) -> list[Mail]:
    """What came over SMTP for one address."""
    return [one for one in relay.mails if address in one.recipients]


def imported(wire: Newswire, *addresses: str, topics: list[str], cadence: str = "instant") -> None:
    """Subscribers who confirmed elsewhere."""
    people = [{"email": one, "topics": topics, "cadence": cadence} for one in addresses]
    with wire.client() as client:
        assert client.post("/v1/subscribers", json={"subscribers": people}).status_code == 201


@pytest.fixture(scope="module")
def told(wire: Newswire, key: str) -> list[EmailMessage]:
    """What one reader hears of a story's publication, silent edit, correction, kill and return."""
    reader, late = "a.reader@mail.example", "a.late@mail.example"
    imported(wire, reader, topics=["tag:actions"])
    live = put(wire, key, "actions", story("Lamp lit", tags=["actions"]))
    mail_to(wire, reader, 1)
    imported(wire, late, topics=["tag:actions"])
    put(wire, key, "actions", story("Lamp lit again", tags=["actions"]))
    act(wire, key, "actions", "correct", note="It was a torch.", headline="Torch lit")
    mail_to(wire, reader, 2)
    act(wire, key, "actions", "kill", reason="internal secret", public_note="Withdrawn by the editor.")
    mail_to(wire, reader, 3)
    act(wire, key, "actions", "revive", note="It was right after all.")
    mail_to(wire, reader, 4)
    counted(wire, live["story_id"], 5)
    assert mails_to(wire, late) == [], "who did not have it hears of no correction, kill or return"
    return mails_to(wire, reader)


def test_each_action_but_an_update_is_told_once_to_who_had_the_story(told: list[EmailMessage]) -> None:
    first, correction, _, revived = told
    assert first["Subject"] == "Lamp lit"
    assert correction["Subject"] == "Correction: Torch lit"
    assert correction["In-Reply-To"] == first["Message-ID"]
    for kind in ("plain", "html"):
        assert part(correction, kind).index("It was a torch.") < part(correction, kind).index("Torch lit")
    assert "Torch lit" in str(revived["Subject"])
    assert len({str(one["Message-ID"]) for one in told}) == 4


def test_a_withdrawal_repeats_nothing_but_when_it_was_sent_and_the_public_note(told: list[EmailMessage]) -> None:
    first, _, kill, _ = told
    day = first["Date"].datetime.strftime("%Y")
    assert re.fullmatch(rf"Withdrawn: a story sent .*{day}.*", str(kill["Subject"]))
    assert kill["In-Reply-To"] == first["Message-ID"]
    assert "Withdrawn by the editor." in part(kill, "plain")
    for secret in ("internal secret", "orch", "amp lit"):
        assert secret not in kill.as_string() + part(kill, "html") + part(kill, "plain")


@pytest.fixture(scope="module", params=["maildir", "smtp"])
def letter(request: pytest.FixtureRequest, relay: SmtpServer) -> tuple[bytes, Newswire]:
    """A story's mail as it lies in the maildir, or came over SMTP; and whose it is."""
    over_smtp = request.param == "smtp"
    site: Newswire = request.getfixturevalue("post" if over_smtp else "wire")
    key: str = request.getfixturevalue("post_key" if over_smtp else "key")
    reader = f"b.{request.param}@mail.example"
    imported(site, reader, topics=["tag:whole"])
    picture = {"url": "http://127.0.0.1:9/none.png", "alt": "A lamp", "caption": "The lamp", "credit": "Ada Penn"}
    body = '<p>Ünïcode &amp; <a href="https://elsewhere.example/?a=1&amp;b=2">a link</a>.</p><script>evil()</script>'
    put(site, key, "letter-whole", story(HEADLINE, tags=["whole"], body_html=body, image=picture))

    def found() -> list[bytes]:
        sent = [one.content for one in relay.mails] if over_smtp else site.mails()
        return [one for one in sent if f"To: {reader}".encode() in one]

    return wait_until(found)[0], site


def test_a_story_mail_has_every_header_that_readers_programs_want(letter: tuple[bytes, Newswire]) -> None:
    mail, site = parsed(letter[0]), letter[1]
    assert mail["Subject"] == HEADLINE
    assert re.fullmatch(r"b\.\w+@mail\.example", str(mail["To"]))
    address = rf"<{re.escape(site.url)}/subscriptions/[A-Za-z0-9_-]+/unsubscribe>"
    assert re.fullmatch(address, str(mail["List-Unsubscribe"]))
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert re.search(r"<[a-z0-9.-]+>$", str(mail["List-Id"]))
    assert re.fullmatch(r"<[^@\s<>]+@[^@\s<>]+>", str(mail["Message-ID"]))
    assert abs(mail["Date"].datetime - datetime.now(UTC)) < timedelta(minutes=5)  # noqa: TID251 - as its reader's clock
    assert all(len(line) <= 998 for line in letter[0].splitlines())


def test_a_story_mail_has_a_text_and_a_page_with_links_and_why_you_get_it(letter: tuple[bytes, Newswire]) -> None:
    mail = parsed(letter[0])
    unsubscribe = str(mail["List-Unsubscribe"]).strip("<>")
    assert mail.get_content_type() == "multipart/alternative"
    assert [one.get_content_type() for one in mail.iter_parts()] == ["text/plain", "text/html"]
    for kind in ("plain", "html"):
        text = part(mail, kind)
        for wanted in ("Ünïcode", "You get this because you subscribed", unsubscribe):
            assert wanted in text
        assert unsubscribe.removesuffix("/unsubscribe") in text.replace(unsubscribe, ""), "the link to preferences"
        assert "evil" not in text


def test_a_story_mail_tracks_nobody(letter: tuple[bytes, Newswire]) -> None:
    page = part(parsed(letter[0]), "html")
    assert not re.search(r"<(img|link|script|iframe|object)|url\(", page)
    assert "https://elsewhere.example/?a=1&amp;b=2" in page


def test_a_mail_says_who_sends_it(post: Newswire, post_key: str, relay: SmtpServer) -> None:
    imported(post, "b.who@mail.example", topics=["tag:who"])
    put(post, post_key, "who", story("Who are we?", tags=["who"]))
    sent = wait_until(lambda: [one for one in relay.mails if "b.who@mail.example" in one.recipients])[0]
    assert sent.sender == "news@courier.example"
    assert sent.message["From"].addresses[0].display_name == "The Müller, Courier"
    assert 'Müller\'s "Courier"' in str(sent.message["List-Id"]).replace("\\", "")
    for kind in ("plain", "html"):
        assert IMPRINT in part(sent.message, kind)
        assert POSTAL in part(sent.message, kind)


def test_one_mail_however_many_topics_match_and_none_for_other_topics(
    post: Newswire, post_key: str, relay: SmtpServer
) -> None:
    imported(post, "c.many@mail.example", topics=["breaking", "section:quay", "tag:many", "author:ada-penn"])
    imported(post, "c.other@mail.example", topics=["section:other", "tag:other", "publisher:nobody"])
    imported(post, "c.desk@mail.example", topics=["publisher:postal-desk"])
    who = {"sections": ["Quay"], "tags": ["many"], "authors": [{"name": "Ada Penn"}], "priority": "breaking"}
    live = put(post, post_key, "many", story("Many topics", **who))
    counted(post, live["story_id"], 1)
    with post.client() as client:
        client.delete("/v1/subscribers/c.desk@mail.example")
        client.delete("/v1/subscribers/c.many@mail.example")
    assert len(sent_to(relay, "c.many@mail.example")) == 1
    assert len(sent_to(relay, "c.desk@mail.example")) == 1
    assert sent_to(relay, "c.other@mail.example") == []


def test_notify_false_mutes_publish_and_update_but_no_correction_or_kill(wire: Newswire, key: str) -> None:
    reader = "d.muted@mail.example"
    imported(wire, reader, topics=["tag:muted"])
    put(wire, key, "muted", story("Nobody hears", tags=["muted"], notify=False))
    act(wire, key, "muted", "correct", note="Nobody had it.")
    put(wire, key, "loud", story("Everybody hears", tags=["muted"]))
    mail_to(wire, reader, 1)
    put(wire, key, "loud", story("Silence", tags=["muted"], notify=False))
    act(wire, key, "loud", "correct", note="A slip.", notify=False)
    assert "A slip." in part(mail_to(wire, reader, 2), "plain")
    act(wire, key, "loud", "kill", reason="wrong")
    assert "This story has been withdrawn." in part(mail_to(wire, reader, 3), "plain")
    act(wire, key, "muted", "kill", reason="wrong")
    assert [str(one["Subject"])[:10] for one in mails_to(wire, reader)] == ["Everybody ", "Correction", "Withdrawn:"]


def test_an_embargoed_story_is_told_at_its_release_and_an_expiry_to_nobody(wire: Newswire, key: str) -> None:
    reader = "e.embargo@mail.example"
    imported(wire, reader, topics=["tag:embargo"])
    now = datetime.now(UTC)  # noqa: TID251 - a publisher's clock
    times = {"embargo_until": now + timedelta(seconds=2), "expires_at": now + timedelta(seconds=4)}
    body = story("Not before time", tags=["embargo"], **{name: at.isoformat() for name, at in times.items()})
    with wire.client(key) as client:
        assert client.put("/v1/stories/embargo", json=body).json()["status"] == "scheduled"
        assert mails_to(wire, reader) == []
        mail = mail_to(wire, reader, 1)
        assert mail["Subject"] == "Not before time"
        assert datetime.now(UTC) >= times["embargo_until"]  # noqa: TID251 - as above
        wait_until(lambda: client.get("/v1/stories/embargo").json()["status"] == "expired")
    assert len(mails_to(wire, reader)) == 1


def test_who_has_left_is_suppressed_and_counted(post: Newswire, post_key: str, relay: SmtpServer) -> None:
    stays, leaves, erased = (f"f.{name}@mail.example" for name in ("stays", "leaves", "erased"))
    imported(post, stays, leaves, erased, topics=["tag:leaving"])
    live = put(post, post_key, "leaving", story("Goodbye", tags=["leaving"]))
    assert counted(post, live["story_id"], 1) == {**_nothing(), "planned": 3, "delivered": 3}
    link = str(sent_to(relay, leaves)[0].message["List-Unsubscribe"]).strip("<>")
    assert httpx.post(link).status_code == 200
    with post.client() as client:
        client.delete(f"/v1/subscribers/{erased}")
    act(post, post_key, "leaving", "correct", note="Not quite.")
    assert counted(post, live["story_id"], 2) == {**_nothing(), "planned": 3, "delivered": 1, "suppressed": 2}
    receipt = act(post, post_key, "leaving", "kill", reason="wrong")["receipt"]
    assert counted(post, live["story_id"], 3) == {**_nothing(), "planned": 3, "delivered": 1, "suppressed": 2}
    assert (len(sent_to(relay, stays)), len(sent_to(relay, leaves)), len(sent_to(relay, erased))) == (3, 1, 1)
    with post.client(post_key) as client:

        def reached() -> bool:
            channels = client.get(f"/v1/receipts/{receipt}").json()["channels"]
            return {channels[name]["outcome"] for name in ("email", "webhook")} == {"confirmed"}

        wait_until(reached)


def test_no_headline_can_add_a_header(post: Newswire, post_key: str, relay: SmtpServer) -> None:
    reader = "g.inject@mail.example"
    imported(post, reader, topics=["tag:inject"])
    hostile = "Free lamps =?utf-8?q?X=0D=0ABcc:_spy@mail.example?= Bcc: spy@mail.example"
    with post.client(post_key) as client:
        for end in ("\r\n", "\n", "\u0085", "\u2028"):
            body = story(f"a{end}Bcc: spy@mail.example", tags=["inject"])
            assert client.put("/v1/stories/inject", json=body).status_code == 422
    put(post, post_key, "inject", story(hostile, tags=["inject"], authors=[{"name": '"Eve" <spy@mail.example>'}]))
    mail = wait_until(lambda: [one for one in relay.mails if reader in one.recipients])[0]
    assert mail.recipients == (reader,)
    assert mail.message["Bcc"] is None
    assert mail.message["Subject"] == hostile


def test_a_long_story_stays_below_90_kb_and_says_where_the_rest_is(
    post: Newswire, post_key: str, relay: SmtpServer
) -> None:
    reader = "h.long@mail.example"
    imported(post, reader, topics=["tag:long"])
    body = "".join(f"<p>Paragraph {number}: {'ä long, story & more. ' * 40}</p>" for number in range(300))
    live = put(post, post_key, "long", story("Long", tags=["long"], body_html=body))
    mail = wait_until(lambda: [one for one in relay.mails if reader in one.recipients])[0]
    assert len(mail.content) <= 90_000
    for kind in ("plain", "html"):
        text = part(mail.message, kind)
        assert "Paragraph 0:" in text
        assert live["links"]["page"] in text


def test_bounces_are_counted_and_no_address_stays_in_the_ledger(
    post: Newswire, post_key: str, relay: SmtpServer
) -> None:
    gone, here = "i.gone@mail.example", "i.here@mail.example"
    relay.recipients[gone] = f"550 5.1.1 <{gone}> no such user"
    imported(post, gone, here, topics=["tag:bounces"])
    live = put(post, post_key, "bounces", story("Returned", tags=["bounces"]))
    assert counted(post, live["story_id"], 1) == {**_nothing(), "planned": 2, "delivered": 1, "bounced": 1}
    with post.client() as client:
        rows = client.get("/v1/deliveries", params={"story": live["story_id"], "state": "bounced"}).json()["deliveries"]
    assert [row["channel"] for row in rows] == ["email"]
    assert "no such user" in rows[0]["detail"]
    held = [row for row in post.rows("notify") if gone in row]
    assert held
    assert all(row.startswith("subscribers ") for row in held)
    act(post, post_key, "bounces", "kill", reason="wrong")
    assert counted(post, live["story_id"], 2) == {**_nothing(), "planned": 1, "delivered": 1}


def test_while_the_relay_is_away_mails_wait_and_then_arrive_once(
    post: Newswire, post_key: str, relay: SmtpServer
) -> None:
    reader = "j.waits@mail.example"
    imported(post, reader, topics=["tag:away"])
    relay.stop()
    try:
        live = put(post, post_key, "away", story("Patience", tags=["away"]))
        with post.client(post_key) as client:
            trace = wait_until(lambda: client.get(f"/v1/traces/{live['story_id']}").json()["revisions"])
        assert trace[0]["deliveries"]["email"]["delivered"] == 0
    finally:
        relay.start()
    wait_until(lambda: [one for one in relay.mails if reader in one.recipients], 20)
    assert counted(post, live["story_id"], 1) == {**_nothing(), "planned": 1, "delivered": 1}
    assert len([one for one in relay.mails if reader in one.recipients]) == 1


def test_a_subscriber_by_the_form_gets_what_is_published_after_the_confirmation(wire: Newswire, key: str) -> None:
    put(wire, key, "before", story("Before", tags=["frozen"]))
    confirmed(wire, "k.frozen@mail.example", "tag:frozen")
    put(wire, key, "after", story("After", tags=["frozen"]))
    assert mail_to(wire, "k.frozen@mail.example", 2)["Subject"] == "After"


def _nothing() -> dict[str, int]:
    names = ("planned", "delivered", "bounced", "failed", "suppressed", "uncertain", "pending", "maybe_duplicate")
    return dict.fromkeys(names, 0)
