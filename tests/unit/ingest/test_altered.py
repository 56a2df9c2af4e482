"""What does a page's history say that a revision changed?"""

from datetime import timedelta
from typing import Any

import pytest

from services.ingest.domain.commands import Correct, Kill, Revive
from services.ingest.domain.standing import Accepted, Outcome
from tests.unit.ingest.test_decide import NOW, Town


def changed(outcome: Outcome) -> tuple[str, ...]:
    assert isinstance(outcome, Accepted), outcome
    return outcome.standing.newest.changed


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ({"headline": "Another"}, ("headline",)),
        ({"dek": "A dek", "body_html": "<p>New</p>"}, ("summary", "text")),
        ({"image": {"url": "https://a.example/a.jpg"}}, ("photo",)),
        ({"authors": [{"name": "Ada"}]}, ("byline",)),
        ({"sections": ["Town"], "tags": ["Sea"]}, ("sections", "topics")),
        ({"priority": "breaking"}, ("label",)),
        ({"rights": {"license": "CC0-1.0"}}, ("licence",)),
        ({"published_at": (NOW - timedelta(hours=1)).isoformat()}, ("date",)),
        # What no reader sees is not named.
        ({"aliases": ["/old/"], "notify": False, "extra": {"a": 1}}, ()),
    ],
)
def test_an_update_names_what_readers_see_differently(fields: dict[str, Any], names: tuple[str, ...]) -> None:
    town = Town()
    assert changed(town.put()) == ()
    assert changed(town.put(**fields)) == names


def test_a_default_that_is_spelled_out_is_no_change() -> None:
    town = Town()
    town.put()
    assert changed(town.put(priority="routine", sections=[], headline="Other")) == ("headline",)


def test_a_correction_names_what_it_corrected_and_a_revival_nothing() -> None:
    town = Town()
    town.put()
    correction = Correct("It was a barge.", "correction", {"body_html": "<p>A barge.</p>"})
    assert changed(town.ask(correction)) == ("text",)
    assert changed(town.ask(Kill("reason", None))) == ()
    assert changed(town.ask(Revive("back"))) == ()
