"""Do the stories that are about something come first, the newer before the older?"""

from datetime import timedelta

import pytest

from services.site.domain.listing import facet_mark, listing, tsvector
from services.site.domain.numbering import PLACES, highest, lowest, number
from services.site.domain.query import parse
from services.site.domain.ranking import Candidate, outline, ranked

NOW = 1_800_000_000.0
DAY = timedelta(days=1).total_seconds()


def story(name: str, *, headline: str = "News", dek: str = "", text: str = "", days: float = 0) -> Candidate:
    fields = listing({"headline": headline, "dek": dek, "names": "", "text": text}, ())
    published = NOW - days * DAY
    return Candidate(number(published, name), name, published, outline(fields))


@pytest.mark.parametrize(
    ("query", "stories"),
    [
        ("bridge", [story("a", headline="A bridge"), story("b", dek="A bridge"), story("c", text="A bridge")]),
        ("bridge", [story("a", text="bridge bridge bridge"), story("b", text="bridge")]),
        ("bridge", [story("a", headline="bridge", days=1), story("b", headline="bridge", days=40)]),
        ("bridge", [story("a", text="bridge"), story("b", headline="bridge", days=900)]),
        ("bridge", [story("a", headline="bridge", days=200), story("b", text="bridge", days=1)]),
        ("high water", [story("a", headline="High water"), story("b", headline="Water high up")]),
        ("high water", [story("a", headline="High", dek="Water"), story("b", dek="High", text="Water")]),
        ("brid*", [story("a", headline="Bridges"), story("b", text="bridges")]),
        ("橋", [story("a", headline="新しい橋の話"), story("b", text="新しい橋の話")]),
        ("", [story("b", days=1), story("a", days=2)]),
    ],
)
def test_first_comes_what_is_about_it_and_is_new(query: str, stories: list[Candidate]) -> None:
    for found in (stories, stories[::-1]):
        assert ranked(found, parse(query), NOW) == stories


def test_a_word_that_many_headlines_have_counts_little() -> None:
    many = [story(f"{place}", headline="The news", text="ferry", days=1) for place in range(9)]
    ferry = story("ferry", headline="A ferry", text="the", days=1)
    assert ranked([*many, ferry], parse("the ferry"), NOW)[0] == ferry


def test_numbers_rise_with_time_and_days_are_a_range_of_them() -> None:
    for again in range(9):
        for name in "abc":
            assert lowest(NOW) <= number(NOW, name, again) < highest(NOW + 1)
    assert number(NOW - 1, "a") < number(NOW, "b") < number(NOW + 1, "c")
    assert len({number(NOW, "a", again) // PLACES for again in range(9)}) > 1
    assert number(-62_135_596_800.0, "a") < 0 < number(253_402_300_799.0, "a") < 2**62


def test_a_facet_is_the_same_however_its_name_is_written() -> None:
    assert facet_mark("section:economie") == facet_mark("section:Économie")
    assert facet_mark("author:mara-lind") == facet_mark("author:Mara  Lind") != facet_mark("tag:mara-lind")


def test_no_phrase_reaches_from_one_field_into_the_next() -> None:
    fields = listing({"headline": "High", "dek": "water", "names": "", "text": "It's"}, ["tag:a"])
    assert tsvector(fields) == "'·high':1 '·water':3 '§tag·a':6 'high':12 'water':14 'it':17 's':18"
