"""Topics, addresses, tokens, signatures, outcomes, digests, limits: are the small decisions right?"""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.domain.addresses import masked, parse_address
from services.notify.domain.cadence import Cadence, next_digest
from services.notify.domain.limits import Bucket
from services.notify.domain.outcomes import (
    BACKOFF,
    SETTLED,
    Bounced,
    Delivered,
    Failed,
    Moot,
    Outcome,
    Retry,
    Uncertain,
    Unsent,
    kill_outcome,
    settle,
)
from services.notify.domain.tokens import Unsubscribing
from services.notify.domain.topics import named, parse_topic
from services.notify.domain.urls import LONGEST, web_address
from services.notify.domain.webhooks import headers, judge, retry_after, secret_from, sign

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)  # a Monday


@pytest.mark.parametrize(
    "text", ["all", "breaking", "section:harbour", "tag:a-b", "author:ada-penn", "publisher:p", "tag:море"]
)
def test_a_topic_is_read_and_written_alike(text: str) -> None:
    assert str(parse_topic(f" {text.upper()} ")) == text


@pytest.mark.parametrize(
    "text", ["", "section", "section:", "colour:red", "tag:a b", "all:x", "section:a/b", "tag:" + "x" * 201]
)
def test_a_malformed_topic_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must be"):
        parse_topic(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("all", "Tout"),
        ("breaking", "Urgent"),
        ("section:harbour", "Harbour"),
        ("section:arts-and-letters", "Arts And Letters"),
        ("tag:ferries", "Sujet: Ferries"),
        ("author:ada-penn", "Auteur: Ada Penn"),
        ("publisher:harbour-desk", "Maison: Harbour Desk"),
        ("tag:łódź", "Sujet: Łódź"),
        ("tag:%c5%82%c3%b3d%c5%ba", "Sujet: Łódź"),
        ("section:-", "-"),
    ],
)
def test_readers_see_the_name_of_a_topic(text: str, name: str) -> None:
    words = {"topic_all": "Tout", "topic_breaking": "Urgent"}
    words |= {"kind_tag": "Sujet", "kind_author": "Auteur", "kind_publisher": "Maison"}
    assert named(parse_topic(text), words) == name


def test_however_it_is_written_it_is_one_topic() -> None:
    assert parse_topic("ALL") == parse_topic(" all ")


@pytest.mark.parametrize(("address", "shown"), [("ann@x.example", "a•••@x.example"), ("a@x.example", "a•••@x.example")])
def test_an_address_is_shown_to_who_knows_it(address: str, shown: str) -> None:
    assert masked(address) == shown


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("a.b+c@Example.org", "a.b+c@Example.org"),
        (" x@bücher.example ", "x@xn--bcher-kva.example"),
        ("o'x@a.b.example", "o'x@a.b.example"),
    ],
)
def test_an_address_is_taken_in_the_form_of_an_envelope(text: str, address: str) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "@b.example",
        "a@",
        "a@b",
        "a b@c.example",
        "a@b..example",
        ".a@b.example",
        "a@b.example\r\nBcc: c@d.example",
        'a"@b.example',
        "<a@b.example>",
        "ä@b.example",
        "a@-b.example",
        "a" * 65 + "@b.example",
        "a@b.example,c@d.example",
    ],
)
def test_no_address_can_carry_anything_but_an_address(text: str) -> None:
    with pytest.raises(ValueError, match="must be an e-mail address"):
        parse_address(text)


@given(st.text())
def test_whatever_is_taken_as_an_address_is_safe_in_a_header_and_a_command(text: str) -> None:
    try:
        address = parse_address(text)
    except ValueError:
        return
    assert address.isascii()
    assert not set(address) & set('\r\n\0 <>,;:"\\()[]')


@given(st.integers(1, 2**47), st.binary(min_size=32, max_size=32))
def test_an_unsubscribe_token_is_stable_and_opens_one_subscriber(number: int, secret: bytes) -> None:
    unsubscribing = Unsubscribing(secret)
    token = unsubscribing.token(number)
    assert token == Unsubscribing(secret).token(number)
    assert len(token) == 32
    assert unsubscribing.subscriber(token) == number
    assert Unsubscribing(b"x" * 32).subscriber(token) is None


@pytest.mark.parametrize("token", ["", "a", "é", "A" * 32, "A" * 33, "%%%%"])
def test_a_made_up_token_opens_nothing(token: str) -> None:
    assert Unsubscribing(b"s" * 32).subscriber(token) is None


def test_a_signature_is_the_one_of_the_standard() -> None:
    # The example of the specification's own libraries.
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    body = b'{"test": 2432232314}'
    assert (
        sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
        == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    )


def test_while_a_secret_is_rotated_both_sign() -> None:
    found = headers([secret_from(b"a" * 24), secret_from(b"b" * 24)], "msg_1", NOW, b"{}")
    assert found["webhook-timestamp"] == str(int(NOW.timestamp()))
    assert [len(one) for one in found["webhook-signature"].split(" ")] == [47, 47]


@pytest.mark.parametrize(
    ("status", "kind"),
    [(200, Delivered), (204, Delivered), (302, Retry), (400, Retry), (410, Failed), (429, Retry), (503, Retry)],
)
def test_an_answer_means(status: int, kind: type[Outcome]) -> None:
    assert isinstance(judge(status, {}, NOW), kind)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        ("Mon, 23 Nov 2026 12:01:00 GMT", 60),
        ("Mon, 23 Nov 2026 11:00:00 GMT", 0),
        ("soon", None),
        ("-5", None),
        (None, None),
    ],
)
def test_retry_after_is_read_in_both_forms(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds


@pytest.mark.parametrize(
    ("outcome", "state", "tried", "doubtful"),
    [
        (Delivered("x"), "delivered", 1, False),
        (Bounced("x"), "bounced", 1, False),
        (Failed("x"), "failed", 1, False),
        (Moot("x"), "suppressed", 0, False),
        (Unsent("x"), "pending", 0, False),
        (Retry("x"), "pending", 1, False),
        (Uncertain("x"), "pending", 1, True),
    ],
)
def test_an_outcome_becomes_a_state(outcome: Outcome, state: str, tried: int, doubtful: bool) -> None:
    settled = settle(outcome, 0, NOW, resend=True)
    assert (settled.state, settled.tried, settled.doubtful) == (state, tried, doubtful)


def test_what_is_uncertain_can_be_held_for_a_person() -> None:
    assert settle(Uncertain("x"), 0, NOW, resend=False).state == "uncertain"


@given(st.integers(0, 40), st.one_of(st.none(), st.floats(0, 1e9)))
def test_retries_wait_longer_and_longer_and_end(attempts: int, after: float | None) -> None:
    settled = settle(Retry("x", after), attempts, NOW, resend=True)
    if attempts >= len(BACKOFF):
        assert settled.state == "failed"
    else:
        wait = (settled.due_at - NOW).total_seconds()
        assert BACKOFF[attempts] <= wait <= BACKOFF[-1]
        assert settled.state not in SETTLED


@pytest.mark.parametrize(
    ("counts", "outcome"),
    [
        ({}, "confirmed"),
        ({"delivered": 3}, "confirmed"),
        ({"delivered": 1, "bounced": 1}, "unreachable"),
        ({"failed": 1}, "failed"),
    ],
)
def test_a_receipt_says_whether_a_kill_reached_everybody(counts: dict[str, int], outcome: str) -> None:
    assert kill_outcome(counts)[0] == outcome


@pytest.mark.parametrize(
    ("cadence", "now", "due"),
    [
        ("instant", "2026-11-23T12:00", "2026-11-23T12:00"),
        ("daily", "2026-11-23T05:00", "2026-11-23T06:00"),
        ("daily", "2026-11-23T06:00", "2026-11-24T06:00"),
        ("weekly", "2026-11-23T05:00", "2026-11-23T06:00"),
        ("weekly", "2026-11-23T07:00", "2026-11-30T06:00"),
        ("weekly", "2026-11-25T07:00", "2026-11-30T06:00"),
        ("daily", "2027-03-27T12:00", "2027-03-28T05:00"),  # the night in which summer time begins
    ],
)
def test_a_digest_is_due_at_seven_in_the_sites_own_morning(cadence: Cadence, now: str, due: str) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert next_digest(at, cadence, ZoneInfo("Europe/Berlin")) == datetime.fromisoformat(due).replace(tzinfo=UTC)


def test_a_bucket_lets_a_burst_through_and_then_the_rate() -> None:
    bucket = Bucket(burst=2, rate=0.5)
    assert [bucket.take("a", 0.0) for _ in range(3)] == [0, 0, 2]
    assert bucket.take("b", 0.0) == 0
    assert bucket.take("a", 2.0) == 0
    assert bucket.take("a", 2.0) > 0


def test_a_bucket_forgets_the_least_recent_caller() -> None:
    bucket = Bucket(burst=1, rate=1, callers=2)
    for caller in ("a", "b", "c"):
        bucket.take(caller, 0.0)
    assert bucket.take("a", 0.0) == 0


@pytest.mark.parametrize(
    "url",
    [
        "http://a",
        "HTTPS://partner.example/hook?key=%20&x=ü#here",
        "https://bücher.example/",
        "http://例え.テスト:8443/",
        "http://inner_service:9/",
        "http://partner.example.:80/",
        "http://127.0.0.1:65535/",
        "http://[::1]:9/",
        "http://x:/",
    ],
)
def test_an_address_for_webhooks_is_taken_as_it_is(url: str) -> None:
    assert web_address(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "partner.example",
        "/hook",
        "//partner.example/",
        "ftp://partner.example/",
        "http://",
        "http:///hook",
        "http://[::1",
        "http://[zz]/",
        "http://[v1.a]/",
        "http://127.0.0.1:abc/",
        "http://127.0.0.1:999999/",
        "http://127.0.0.1:-1/",
        "http://127.0.0.1:0/",
        "http://ex\u0000ample.org/",
        "https://ex\r\nample/",
        "http://partner.example/a\tb",
        "http://a b/",
        "http://a%20b/",
        "http://a..b/",
        "http://.a/",
        "http://ÿ\u2028.org/",
        "http://partner.example/\u0085",
        "http://user:password@partner.example/",
        "http://user@partner.example/",
        "http://@partner.example/",
        "http://a,b/",
        f"http://{'x' * 64}.example/",
        f"http://{'x.' * 127}example/",
        "http://a/" + "x" * LONGEST,
    ],
)
def test_what_no_webhook_can_be_posted_to_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="must be an absolute http or https address"):
        web_address(url)
