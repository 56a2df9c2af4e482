"""Are the small decisions of the WebSub hub right: what is asked, what counts as yes, what a feed tells?"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, get_args
from urllib.parse import parse_qs, urlsplit

import pytest

from services.notify.domain.feeds import UPDATES, Form, fed_by, feed_at, standings
from services.notify.domain.hub import LEASE, LONGEST, SHORTEST, Ask, confirms, headers, question, read_ask
from services.notify.domain.hub_rows import GATHER, PAUSES, TRIED_FOR, DueHub, judge, part, rest, settled
from services.notify.domain.outcomes import Delivered, Failed, Moot, Retry, Unsent
from services.notify.domain.topics import ALL, Topic
from services.render.domain import atom, json_feed, rss
from services.render.domain.entry import entry
from services.render.domain.feed import Tombstone
from services.render.domain.splice import spliced
from shared.events import FormerList, HistoryEntry
from tests.unit.render.test_feeds import AT, HEAD, ID, SITE, WORDS, article, head, pieces

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
URL = "https://news.example"
ROW = DueHub(1, "00000000-0000-0000-0000-000000000001", "publish", fresh=True, planned_at=NOW)


def asked(**fields: str) -> Ask:
    """A request, of which everything is understood."""
    given = {"mode": "subscribe", "callback": "https://reader.example/in", "topic": f"{URL}/feed/", **fields}
    heard = read_ask({f"hub.{name}": [text] for name, text in given.items()}, URL)
    assert heard.ask is not None, heard.errors
    return heard.ask


@pytest.mark.parametrize(
    ("path", "topic", "form"),
    [
        ("/feed/", ALL, "rss"),
        ("/feed/atom/", ALL, "atom"),
        ("/section/harbour/feed/json/", Topic("section", "harbour"), "json"),
        ("/tag/%D0%BC%D0%BE%D1%80%D0%B5/feed/", Topic("tag", "море"), "rss"),
        ("/author/ada-penn/feed/atom/", Topic("author", "ada-penn"), "atom"),
        ("/updates/feed/", UPDATES, "rss"),
        ("/feed", None, ""),
        ("/feed/rss2/", None, ""),
        ("/feed/?a", None, ""),
        ("/comments/feed/", None, ""),
        ("/archive/2026/11/feed/", None, ""),
        ("/section/%6Carbour/feed/", None, ""),
        ("/section/a%2Fb/c/feed/", None, ""),
        ("/2026/11/23/a/feed/", None, ""),
    ],
)
def test_a_topic_is_a_feed_by_the_address_that_it_gives_as_its_own(path: str, topic: Topic | None, form: str) -> None:
    feed = feed_at(URL + path, URL)
    assert (feed.topic, feed.form) == (topic, form) if feed else topic is None
    assert feed_at(f"https://news.example.evil.example{path}", URL) is None


@pytest.mark.parametrize(
    ("text", "lease"),
    [
        ("", LEASE),
        ("0", LEASE),
        ("1", SHORTEST),
        ("86400", timedelta(days=1)),
        ("9" * 40, LONGEST),
    ],
)
def test_a_lease_is_what_was_asked_for_within_limits(text: str, lease: timedelta) -> None:
    assert asked(lease_seconds=text).lease == lease


@pytest.mark.parametrize("text", ["-1", "1.5", "soon", "٣"])
def test_a_lease_that_is_no_number_is_refused(text: str) -> None:
    given = {"hub.mode": "subscribe", "hub.callback": "https://r.example/", "hub.topic": f"{URL}/feed/"}
    heard = read_ask({**given, "hub.lease_seconds": text}, URL)
    assert [name for name, _ in heard.errors] == ["hub.lease_seconds"]


def test_a_request_without_anything_says_all_that_is_missing() -> None:
    assert [name for name, _ in read_ask({}, URL).errors] == ["hub.mode", "hub.callback", "hub.topic"]


def test_the_callbacks_own_query_stays_in_the_question() -> None:
    ask = asked(callback="https://reader.example/in?feed=1", lease_seconds="7200")
    parts = urlsplit(question(ask, "c&=1"))
    assert parts.path == "/in"
    said = {"hub.mode": "subscribe", "hub.topic": f"{URL}/feed/", "hub.challenge": "c&=1", "hub.lease_seconds": "7200"}
    assert parse_qs(parts.query) == {name: [text] for name, text in {"feed": "1", **said}.items()}
    assert "lease" not in question(replace(ask, mode="unsubscribe"), "c")


@pytest.mark.parametrize(
    ("status", "body", "is_meant"),
    [
        (200, b"abc", True),
        (204, b"abc\n", True),
        (200, b"abcd", False),
        (200, b"<p>abc</p>", False),
        (404, b"abc", False),
    ],
)
def test_only_the_challenge_itself_says_yes(status: int, body: bytes, is_meant: bool) -> None:
    assert confirms(status, body, "abc") is is_meant


def test_a_content_says_whose_it_is_and_is_signed_for_who_has_a_secret() -> None:
    said = headers(f"{URL}/websub", f"{URL}/feed/", "application/rss+xml", "key", b"The quick brown fox")
    assert said["Link"] == f'<{URL}/websub>; rel="hub", <{URL}/feed/>; rel="self"'
    # printf 'The quick brown fox' | openssl dgst -sha256 -hmac key
    digest = "203d1e5cedd2d18f8c5a3beff0bd9c1ebcb97097dfcb288c46b00c9227fde2c0"
    assert said["X-Hub-Signature"] == f"sha256={digest}"
    assert "X-Hub-Signature" not in headers(f"{URL}/websub", f"{URL}/feed/", "application/rss+xml", None, b"")


@pytest.mark.parametrize("form", get_args(Form))
def test_a_story_is_shown_withdrawn_or_absent_in_the_feeds_that_render_makes(form: Form) -> None:
    module: Any = {"rss": rss, "atom": atom, "json": json_feed}[form]
    one, gone = entry(head(), article(), None, SITE.url), Tombstone(ID, "/x/", 1, "Gone.", 1, 1)
    story_id, other = str(ID), "00000000-0000-0000-0000-00000000000f"
    shown, _ = spliced(module.frame(HEAD, SITE), pieces(module.item(one, SITE, WORDS)))
    withdrawn, _ = spliced(module.frame(HEAD, SITE), pieces(module.tombstone(gone, WORDS)))
    assert standings(form, shown, [story_id, other]) == {story_id: "shown", other: "absent"}
    assert standings(form, withdrawn, [story_id]) == {story_id: "withdrawn"}
    assert standings(form, b"", [story_id]) == {story_id: "absent"}


def test_a_story_that_is_gone_concerns_every_feed_that_ever_carried_it() -> None:
    before = (FormerList(key="section/harbour", name="Harbour"), FormerList(key="archive/2026/11", name=""))
    moved = head(listed_before=before)
    assert fed_by(moved) == frozenset()
    killed = HistoryEntry(revision=2, action="kill", at=AT)
    gone = head(listed_before=before, action="kill", revision=2, history=(*moved.history, killed))
    assert {UPDATES, Topic("section", "harbour")} <= fed_by(gone)


def test_who_never_had_an_old_story_hears_nothing_of_it_and_who_had_it_hears_that_it_left() -> None:
    had, gone = replace(ROW, id=2, fresh=False), replace(ROW, id=3, action="kill")
    assert part([ROW, had, gone], present=()) == part([ROW, had, gone], present={"another"})
    assert part([ROW, had, gone], present=()).told == (had, gone)
    assert part([ROW, had, gone], present=()).moot == (ROW,)
    assert part([ROW], present={ROW.story_id}).told == (ROW,)


def test_what_an_answer_means() -> None:
    assert judge(202, {}, NOW) == Delivered("HTTP 202")
    assert judge(410, {}, NOW) == Moot("HTTP 410: the subscriber has left")
    assert judge(429, {"retry-after": "60"}, NOW) == Retry("HTTP 429", 60)


def test_pauses_grow_with_failures_and_what_was_tried_for_two_days_has_failed() -> None:
    assert [rest(Retry(""), failures)[1].total_seconds() for failures in range(9)] == [*PAUSES, *PAUSES[-1:] * 2]
    assert rest(Retry("", after=3600), 0) == (1, timedelta(hours=1))
    assert rest(Delivered(), 5) == (0, GATHER)
    assert rest(Unsent(""), 5) == (5, timedelta(0))
    late = NOW + TRIED_FOR + timedelta(seconds=1)
    assert settled(Retry("HTTP 503"), ROW, 1, NOW) == Retry("HTTP 503")
    assert settled(Retry("HTTP 503"), ROW, 1, late) == Failed("given up after two days: HTTP 503")
    assert settled(Unsent("away"), ROW, 1, late) == Failed("given up after two days: away")
    assert settled(Delivered("HTTP 202"), ROW, 2, late).detail == "HTTP 202; one content told of 2 stories"
