"""Is the word found that somebody meant?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.site.domain.spelling import distance, fragments, is_word, looked_under, nearest, written

KNOWN = ["harbour", "harbours", "ferry", "council", "bridge", "museum", "berry"]
WORD = st.text("abcde", min_size=4, max_size=9)


@pytest.mark.parametrize(
    ("mistyped", "meant"),
    [
        ("harbuor", "harbour"),
        ("harbor", "harbour"),
        ("harrbour", "harbour"),
        ("habrour", "harbour"),
        ("ferri", "ferry"),
        ("counsel", None),
        ("musuem", "museum"),
        ("brigde", "bridge"),
        ("fxxxy", None),
    ],
)
def test_the_nearest_word_is_meant(mistyped: str, meant: str | None) -> None:
    kept = [word for word in KNOWN if fragments(word) & looked_under(mistyped)]
    assert next(iter(nearest(mistyped, kept, 3)), None) == meant


@pytest.mark.parametrize(
    ("first", "second", "slips"), [("ab", "ba", 1), ("ferry", "ferry", 0), ("ferry", "fery", 1), ("abc", "xyz", 3)]
)
def test_slips_are_letters_too_many_too_few_wrong_or_exchanged(first: str, second: str, slips: int) -> None:
    assert distance(first, second) == distance(second, first) == slips


@given(WORD, st.integers(0, 8), st.sampled_from("abcde"), st.sampled_from(["drop", "add", "change", "swap"]))
def test_whoever_makes_one_slip_is_understood(word: str, place: int, letter: str, slip: str) -> None:
    place = min(place, len(word) - 2)
    head, tail = word[:place], word[place:]
    mistyped = {
        "drop": head + tail[1:],
        "add": head + letter + tail,
        "change": head + letter + tail[1:],
        "swap": head + tail[1] + tail[0] + tail[2:],
    }[slip]
    assert fragments(word) & looked_under(mistyped)
    assert distance(word, mistyped) <= 1


def test_what_cannot_be_mistyped_so_that_we_could_tell_is_no_word() -> None:
    assert [word for word in ("cat", "2026", "東京都の橋", "a" * 30, "ferry") if is_word(word)] == ["ferry"]


def test_a_word_is_shown_as_a_story_writes_it() -> None:
    assert written("In Łódź, Cafe\u0301") == {"in": "in", "lodz": "łódź", "cafe": "café"}
