"""What may an event still change?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.site.domain.proof import Expected, missing_from
from services.site.domain.standing import Fence, Standing, belongs_to, fence, owner_path, stamp


def known(revision: int, comments_version: int) -> Standing:
    return Standing("id", "/p/", revision, comments_version, "live")


@pytest.mark.parametrize(
    ("before", "revision", "comments_version", "answer"),
    [
        (None, 1, 0, Fence.NEWER),
        ((1, 0), 2, 0, Fence.NEWER),
        ((2, 0), 2, 0, Fence.SAME),
        ((2, 1), 2, 2, Fence.NEWER),
        ((2, 2), 2, 1, Fence.OLDER),
        ((3, 0), 2, 9, Fence.OLDER),
        ((3, 4), 3, None, Fence.SAME),
        ((3, 4), 4, None, Fence.NEWER),
    ],
)
def test_revisions_decide_and_then_comments(
    before: tuple[int, int] | None, revision: int, comments_version: int | None, answer: Fence
) -> None:
    assert fence(known(*before) if before else None, revision, comments_version) is answer


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(0, 5)), min_size=1))
def test_any_order_of_arrival_ends_with_the_highest(arrivals: list[tuple[int, int]]) -> None:
    held: Standing | None = None
    for revision, comments_version in arrivals:
        if fence(held, revision, comments_version) is Fence.NEWER:
            held = known(revision, comments_version)
    assert held is not None
    assert (held.revision, held.comments_version) == max(arrivals)


@given(st.lists(st.integers(0, 100), min_size=1).map(sorted))
def test_dates_of_changes_rise_and_are_at_most_a_second_ahead(times: list[int]) -> None:
    shown: int | None = None
    for at in times:
        stamped = stamp(at, shown)
        assert stamped >= (shown or 0)
        assert at <= stamped <= at + 1
        shown = stamped


@pytest.mark.parametrize(
    ("kind", "path", "owner"),
    [
        ("story", "/a/", "/a/"),
        ("comments", "/a/feed/", "/a/"),
        ("comments", "/comments/feed/", None),
        ("list", "/section/a/", None),
        ("feed", "/section/a/feed/", None),
    ],
)
def test_pages_of_a_story_are_known_from_those_of_nobody(kind: str, path: str, owner: str | None) -> None:
    assert owner_path(kind, path) == owner
    assert belongs_to("/a/feed/", "/a/")
    assert not belongs_to("/ab/", "/a/")


@pytest.mark.parametrize(
    ("expected", "status", "shown", "is_proof"),
    [
        (Expected(2), 200, "2", True),
        (Expected(2), 200, "3", True),
        (Expected(2), 200, "1", False),
        (Expected(2), 200, None, False),
        (Expected(2), 200, "x", False),
        (Expected(2), 404, "2", False),
        (Expected(2, 410), 410, None, True),
        (Expected(2, 410), 200, "1", False),
        (Expected(2, 410), 404, None, False),
        (Expected(2, 404), 404, None, True),
        (Expected(2, 404), 410, None, False),
    ],
)
def test_only_the_page_itself_is_a_proof(expected: Expected, status: int, shown: str | None, is_proof: bool) -> None:
    assert (missing_from(expected, status, shown) is None) is is_proof
