"""Which packs may be deleted? Never one that is current."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.site.domain.collecting import KEEP, Unused

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
OLD = AT - timedelta(days=1)
SHELF = "packs/a"
ONE = "packs/ab/1.pack"


def test_a_pack_goes_when_it_was_unused_now_and_an_hour_ago() -> None:
    unused = Unused()
    assert unused.note([(ONE, OLD)], set(), SHELF, AT) == []
    assert unused.note([(ONE, OLD)], set(), SHELF, AT + KEEP / 2) == []
    assert unused.note([(ONE, OLD)], set(), SHELF, AT + KEEP) == [ONE]


def test_a_pack_that_was_current_in_between_has_its_hour_again() -> None:
    unused = Unused()
    unused.note([(ONE, OLD)], set(), SHELF, AT)
    assert unused.note([(ONE, OLD)], {ONE}, SHELF, AT + KEEP / 2) == []
    assert unused.note([(ONE, OLD)], set(), SHELF, AT + KEEP) == []


def test_a_new_pack_waits_for_its_event() -> None:
    unused = Unused()
    assert unused.note([(ONE, AT)], set(), SHELF, AT + KEEP) == []
    assert len(unused) == 0


def test_one_shelf_says_nothing_about_another() -> None:
    unused = Unused()
    unused.note([(ONE, OLD)], set(), SHELF, AT)
    unused.note([], set(), "packs/c", AT)
    assert len(unused) == 1
    unused.note([], set(), SHELF, AT)
    assert len(unused) == 0


@given(
    st.lists(
        st.tuples(st.sets(st.sampled_from("abc")), st.integers(0, 100).map(lambda n: timedelta(minutes=n))), max_size=12
    )
)
def test_whatever_happens_nothing_current_goes(steps: list[tuple[set[str], timedelta]]) -> None:
    unused, now, quiet = Unused(), AT, dict.fromkeys("abc", 0)
    for current, passed in steps:
        now += passed
        for name in unused.note(
            [(f"packs/ab/{one}", OLD) for one in "abc"], {f"packs/ab/{one}" for one in current}, SHELF, now
        ):
            assert name[-1] not in current
            assert quiet[name[-1]] >= 1
        quiet = {one: 0 if one in current else seen + 1 for one, seen in quiet.items()}
