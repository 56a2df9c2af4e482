"""Does every comment have a page, with its thread, and stay there whatever is written later?"""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.render.domain.comment_pages import split
from services.render.domain.discussion import shown
from shared.events import ApprovedComment
from shared.events.comment_pages import PER_PAGE, page_path, pages_of

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
#: Numbers with gaps (what was not approved), and answers to anything, known or not.
TALK = st.lists(
    st.tuples(st.integers(1, 4), st.none() | st.integers(-20, 200)), max_size=4 * PER_PAGE, min_size=PER_PAGE // 2
)


def numbered(talk: list[tuple[int, int | None]]) -> list[tuple[int, int | None]]:
    found: list[tuple[int, int | None]] = []
    comment = 0
    for gap, parent in talk:
        comment += gap
        found.append((comment, parent))
    return found


@given(TALK, st.data())
def test_threads_stay_whole_and_nothing_written_later_moves_what_was_before(
    talk: list[tuple[int, int | None]], data: st.DataObject
) -> None:
    comments = numbered(talk)
    pages = pages_of(reversed(comments))
    assert pages == pages_of(comments), "in whatever order they come"
    assert set(pages) == {comment for comment, _ in comments}
    assert set(pages.values()) == set(range(1, max(pages.values()) + 1))
    for comment, parent in comments:
        if parent in pages and parent < comment:
            assert pages[comment] == pages[parent]
    until = data.draw(st.integers(0, len(comments)))
    before = pages_of(comments[:until])
    assert before.items() <= pages.items()


def test_a_page_is_full_with_fifty_and_an_answer_takes_no_room_of_those_that_follow() -> None:
    plain = [(number, None) for number in range(1, 102)]
    assert [pages_of(plain)[number] for number in (1, 50, 51, 100, 101)] == [1, 1, 2, 2, 3]
    # Two hundred answers to the first: the next one begins the second page, not the sixth.
    busy = [(1, None), *((number, 1) for number in range(2, 202)), (202, None)]
    assert (pages_of(busy)[201], pages_of(busy)[202]) == (1, 2)


def test_pages_lead_to_each_other() -> None:
    comments = [
        ApprovedComment(id=number, name="Bo", html="<p>x</p>", at=AT + timedelta(minutes=number))
        for number in range(1, 180)
    ]
    pages = split(comments)
    assert [len(page) for page in pages] == [50, 50, 50, 29]
    told = [shown(pages, number, "/a/ż/", lambda _: {})["comment_paging"] for number in (1, 2, 3, 4)]
    assert [one["previous_path"] for one in told] == [
        *(None, "/a/%C5%BC/#comments"),
        *(f"/a/%C5%BC/comment-page-{number}/#comments" for number in (2, 3)),
    ]
    assert [bool(one["last_path"]) for one in told] == [True, True, False, False]
    assert [bool(one["next_path"]) for one in told] == [True, True, True, False]
    assert shown(split([]), 1, "/a/", lambda _: {})["comments"] == []
    assert (page_path("/a/", 1), page_path("/a/", 2)) == ("/a/", "/a/comment-page-2/")
