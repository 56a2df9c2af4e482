"""Is a comment judged as the interface says?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.site.domain.comments import Comment, FieldError, judge, named, to_html
from services.site.domain.limits import RateLimit

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
        ({"parent": "9999999999"}, ["parent"]),
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
