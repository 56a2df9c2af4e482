"""What is a story as it is pushed?"""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.domain.aliases import looked_up
from services.ingest.domain.fields import pushed
from services.ingest.domain.identity import identity, story_id
from services.ingest.domain.problems import InvalidFields

STORY = {"headline": "Ferry returns", "body_html": "<p>It is back.</p>"}


def faults(data: Any) -> list[str]:
    with pytest.raises(InvalidFields) as caught:
        pushed(data)
    return [path for path, _ in caught.value.faults]


def test_the_pushed_fields_come_back_as_they_were_with_times_in_utc() -> None:
    given_story = {
        **STORY,
        "published_at": "2026-11-23T09:30:00.25+01:00",
        "dek": None,
        "extra": {"b": [1, {"c": "ü"}]},
    }
    content = orjson.loads(pushed(given_story).content)
    assert content == {**STORY, "published_at": "2026-11-23T08:30:00.250000Z", "extra": {"b": [1, {"c": "ü"}]}}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({}, {"notify": True, "tags": [], "priority": "routine", "dek": None, "comments": "open"}),
        ({"published_at": "2026-11-23T09:30:00Z"}, {"published_at": "2026-11-23T10:30:00+01:00"}),
        ({"extra": {"a": 1, "b": 2}}, {"extra": {"b": 2, "a": 1}}),
    ],
)
def test_pushes_that_say_the_same_have_one_digest(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert pushed({**STORY, **one}).digest == pushed({**STORY, **other}).digest
    assert pushed({**STORY, **one}).digest != pushed({**STORY, **other, "genre": "obituary"}).digest


@pytest.mark.parametrize(
    ("field", "longest"),
    [("headline", 300), ("dek", 1000), ("genre", 100)],
)
def test_a_field_may_be_as_long_as_the_interface_says_and_no_longer(field: str, longest: int) -> None:
    assert getattr(pushed({**STORY, field: "H" * longest}).story, field)
    assert faults({**STORY, field: "H" * (longest + 1)}) == [f"/{field}"]


def test_as_many_terms_as_the_interface_says_and_no_more() -> None:
    for field, most in (("sections", 10), ("tags", 50)):
        assert len(getattr(pushed({**STORY, field: [f"t{n}" for n in range(most)]}).story, field)) == most
        assert faults({**STORY, field: [f"t{n}" for n in range(most + 1)]}) == [f"/{field}"]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"headline": "a\u2028b"}, "/headline"),
        ({"headline": "a\x7fb"}, "/headline"),
        ({"headline": "   "}, "/headline"),
        ({"headline": None}, "/headline"),
        ({"dek": "a\nb"}, "/dek"),
        ({"slug": "a\rb"}, "/slug"),
        ({"slug": "!!!"}, "/slug"),
        ({"body_html": "a\x00b"}, "/body_html"),
        ({"body_html": "a\ud800b"}, "/body_html"),
        ({"authors": [{"name": "A\nB"}]}, "/authors/0/name"),
        ({"authors": ["A"]}, "/authors/0"),
        ({"authors": [{"url": "https://a.example"}]}, "/authors/0/name"),
        ({"sections": ["a"] * 11}, "/sections"),
        ({"sections": "a"}, "/sections"),
        ({"notify": "yes"}, "/notify"),
        ({"expires_at": "2101-01-01T00:00:00Z"}, "/expires_at"),
        ({"expires_at": "1899-01-01T00:00:00Z"}, "/expires_at"),
        ({"expires_at": 1700000000}, "/expires_at"),
        ({"expires_at": "2026-01-01"}, "/expires_at"),
        ({"expires_at": "2026-01-01T25:00:00Z"}, "/expires_at"),
        ({"canonical_url": "https://user:pw@example.org/"}, "/canonical_url"),
        ({"canonical_url": "file:///etc/passwd"}, "/canonical_url"),
        ({"canonical_url": "https://" + "a" * 2000}, "/canonical_url"),
        ({"canonical_url": "https://[::1"}, "/canonical_url"),
        ({"image": {"url": "data:image/png;base64,AA"}}, "/image/url"),
        ({"image": {"url": "https://a.example/x.png", "size": 3}}, "/image/size"),
        ({"related": ["a/b"]}, "/related/0"),
        ({"language": "klingon!"}, "/language"),
        ({"extra": {"a": {"b": "\x01"}}}, "/extra"),
        ({"a/b~c": 1}, "/a~1b~0c"),
        ({"embargo_until": "2026-01-02T00:00:00Z", "expires_at": "2026-01-01T00:00:00Z"}, "/expires_at"),
        ({"aliases": ["old"]}, "/aliases/0"),
        ({"aliases": ["//evil.example/x"]}, "/aliases/0"),
        ({"aliases": ["/a/../b"]}, "/aliases/0"),
        ({"aliases": ["/a b"]}, "/aliases/0"),
        ({"aliases": ["/%0d%0aSet-Cookie:x"]}, "/aliases/0"),
        ({"aliases": ["/"]}, "/aliases/0"),
        ({"aliases": ["/%76%31/stories"]}, "/aliases/0"),
    ],
)
def test_a_bad_field_is_pointed_at(change: dict[str, Any], path: str) -> None:
    assert faults({**STORY, **change}) == [path]


def test_what_is_deep_is_refused_without_a_crash() -> None:
    deep: Any = "x"
    for _ in range(500):
        deep = [deep]
    assert faults({**STORY, "extra": {"a": deep}}) == ["/extra"]


@pytest.mark.parametrize("data", [None, [], "x", 7])
def test_a_story_is_an_object(data: Any) -> None:
    assert faults(data) == [""]


@given(st.dictionaries(st.text(max_size=12), st.none() | st.integers() | st.text(max_size=12), max_size=5))
def test_no_input_does_anything_but_pass_or_be_refused(extra: dict[str, Any]) -> None:
    try:
        content = pushed({**STORY, **extra}).content
    except InvalidFields:
        return
    assert pushed(orjson.loads(content)).content == content


def test_old_addresses_are_compared_decoded() -> None:
    assert looked_up("/caf%C3%A9/?p=%31") == "/café/?p=%31"
    assert pushed({**STORY, "aliases": ["/?p=12", "/2019/05/old-post.html"]}).story.aliases[0] == "/?p=12"


def test_a_story_id_is_the_one_of_the_interface() -> None:
    assert str(story_id("harbour-desk", "tide-1")) == "2ec09ed6-efe8-5a24-8ba9-9a3ddbf7060e"
    for bad in ("", "a/b", "a b", "x" * 201, None, 3):
        with pytest.raises(InvalidFields):
            identity("desk", bad)
