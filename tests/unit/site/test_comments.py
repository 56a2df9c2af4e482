"""Is a comment judged as the interface says?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.site.domain.comments import Comment, FieldError, judge, named, to_html, words_of
from services.site.domain.limits import RateLimit, network

GOOD = {"name": "Mara", "email": "mara@reader.example", "comment": "Yes."}


def faults(**fields: object) -> list[str]:
    found = judge(named({**GOOD, **fields}))
    return [] if isinstance(found, Comment) else [error.field for error in found]


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({}, []),
        ({"name": " "}, ["name"]),
        ({"name": "x" * 100}, []),
        ({"name": "x" * 101}, ["name"]),
        ({"email": "mara"}, ["email"]),
        ({"email": "a@b"}, ["email"]),
        ({"email": "a b@c.example"}, ["email"]),
        ({"email": "a@c.example\nBcc: x@y.example"}, ["email"]),
        ({"website": "https://mara.example/x"}, []),
        ({"website": "mara.example"}, ["website"]),
        ({"website": "javascript:alert(1)"}, ["website"]),
        ({"website": "http://user@host.example"}, ["website"]),
        ({"website": "http://[broken"}, ["website"]),
        ({"comment": "x" * 5000}, []),
        ({"comment": "x" * 5001}, ["comment"]),
        ({"comment": "\u202e\x00 "}, ["comment"]),
        ({"parent": "7"}, []),
        ({"parent": 7}, []),
        ({"parent": "0"}, []),
        ({"parent": "x"}, ["parent"]),
        ({"parent": "9" * 18}, []),
        ({"parent": "9" * 19}, ["parent"]),
        ({"parent": "\u0667"}, ["parent"]),
        ({"name": "", "email": "", "comment": ""}, ["name", "email", "comment"]),
        ({"name": ["x"], "comment": {"a": 1}}, ["name", "comment"]),
    ],
)
def test_every_field_is_judged(fields: dict[str, object], wrong: list[str]) -> None:
    assert faults(**fields) == wrong


def test_names_of_wordpress_are_understood_and_spam_is_recognised() -> None:
    found = judge(named({"author": "Mara", "email": "m@r.example", "url": "http://m.example", "comment": "x"}))
    assert found == Comment("Mara", "m@r.example", "http://m.example", "x", None)
    trapped = judge(named({**GOOD, "subject": "x"}))
    assert isinstance(trapped, Comment)
    assert trapped.is_spam
    assert FieldError("name", "This field is required.", "field_required") in judge(named({}))  # type: ignore[operator]


@pytest.mark.parametrize(
    ("fields", "is_spam"),
    [
        ({"comment": "See https://a.example, http://b.example and www.c.example"}, False),
        ({"comment": "https://www.a.example " * 3}, False),
        ({"comment": "https://a.example " * 4}, True),
        ({"comment": "HTTP://a.example WWW.b.example [url=http://c.example] <a href=https://d.example>"}, True),
        ({"comment": "The www. of old, and a://b"}, False),
        ({"name": "www.pills.example"}, True),
        ({"name": "Buy at https://pills.example"}, True),
        ({"website": "https://mara.example"}, False),
    ],
)
def test_more_links_than_a_reader_writes_are_spam(fields: dict[str, object], is_spam: bool) -> None:
    found = judge(named({**GOOD, **fields}))
    assert isinstance(found, Comment)
    assert found.is_spam == is_spam


@pytest.mark.parametrize(
    ("ticked", "wanted"),
    [("yes", True), (True, True), ("on", True), ("", False), (False, False), ("no", False), (None, False)],
)
def test_answers_are_told_only_to_who_asks(ticked: object, wanted: bool) -> None:
    found = judge(named({**GOOD, "notify": ticked}))
    assert isinstance(found, Comment)
    assert found.wants_answers == wanted


def test_the_same_words_are_known_again_in_another_dress_and_short_thanks_are_anybodys() -> None:
    long = "Cheap, cheerful and CHARMING pills for everyone in this town!"
    assert words_of(long) == words_of(f"  {long.lower().replace(' ', '  -  ')} ¡!") != ""
    assert words_of("Thank you!") == words_of("") == ""


@given(st.text())
def test_a_comment_can_hold_no_markup(text: str) -> None:
    shown = to_html(text)
    for allowed in ("<p>", "</p>", "<br>"):
        shown = shown.replace(allowed, "")
    assert "<" not in shown


def test_paragraphs_and_lines_are_kept() -> None:
    assert to_html("a\nb\n\n\nc & d") == "<p>a<br>b</p><p>c &amp; d</p>"


def test_a_client_waits_when_it_is_too_fast_and_others_do_not() -> None:
    limit = RateLimit(2, 60.0, clients=2)
    assert [limit.wait("a", at) for at in (0.0, 10.0, 20.0)] == [0.0, 0.0, 40.0]
    assert limit.wait("b", 20.0) == 0.0
    assert limit.wait("a", 60.5) == 0.0
    assert limit.wait("c", 61.0) == 0.0
    assert len(limit._seen) == 2


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8:1:2:3::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("fe80::1%eth0", "fe80::2", True),
        ("", "", True),
    ],
)
def test_of_ipv6_a_network_is_one_client(one: str, other: str, same: bool) -> None:
    assert (network(one) == network(other)) == same
