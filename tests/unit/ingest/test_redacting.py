"""What stands in the log where a story's content was?"""

import hashlib

import orjson
import pytest

from services.ingest.domain.fields import pushed
from services.ingest.domain.redacting import is_overwritten, overwritten, pictures_of, terms_of

SAID = orjson.dumps(
    {
        "headline": "Secret words",
        "body_html": "<p>Of somebody.</p>",
        "tags": ["Some Body"],
        "image": {"url": "https://a.example/some-body.jpg"},
    }
)


def test_it_says_nothing_is_still_a_story_and_proves_what_was_said() -> None:
    left = overwritten(SAID)
    fields = orjson.loads(left)
    assert fields["extra"]["sha256"] == hashlib.sha256(SAID).hexdigest()
    assert pushed(fields).story.headline == "Redacted"
    assert b"ody" not in left.replace(b"body_html", b"")


def test_it_is_overwritten_once() -> None:
    left = overwritten(SAID)
    assert not is_overwritten(SAID)
    assert is_overwritten(left)
    assert overwritten(left) == left


@pytest.mark.parametrize(
    "said",
    [
        {"headline": "Redacted", "body_html": "<p>Redacted.</p>"},
        {"headline": "Redacted", "body_html": "<p>Redacted.</p>", "extra": {"sha256": "a secret"}},
        {"headline": "Redacted", "body_html": "<p>A secret.</p>", "extra": {"sha256": "0" * 64}},
        {"headline": "Redacted", "body_html": "<p>Redacted.</p>", "extra": {"sha256": "0" * 64}, "dek": "A secret"},
    ],
)
def test_what_only_looks_like_it_is_overwritten(said: dict[str, object]) -> None:
    assert not is_overwritten(orjson.dumps(said))


def test_what_others_must_forget_with_it_is_named_without_saying_it() -> None:
    assert terms_of([SAID]) == {("tag", "some-body")}
    assert pictures_of([SAID]) == {hashlib.sha256(b"https://a.example/some-body.jpg").hexdigest()}
    assert not pictures_of([overwritten(SAID)])
    assert not terms_of([overwritten(SAID)])
