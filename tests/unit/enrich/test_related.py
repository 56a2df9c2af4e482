"""Do stories that belong together find each other?"""

from services.enrich.domain.related import MOST, WINDOW, related


def test_a_rare_key_weighs_more_than_a_common_one() -> None:
    common = list(range(999, 999 - WINDOW, -1))
    assert related(1000, {"#politics": common, "#swan": [3]})[0] == 3


def test_one_shared_term_is_an_accident_and_one_shared_tag_is_none() -> None:
    assert related(10, {"ferry": [4]}) == []
    assert related(10, {"#ferry": [4]}) == [4]
    assert related(10, {"ferry": [4], "swan": [4, 5]}) == [4]


def test_ties_go_to_the_later_story_and_there_are_five_at_most() -> None:
    assert related(20, {"#ferry": [9, 8, 7, 6, 5, 4, 3]}) == [9, 8, 7, 6, 5]
    assert len(related(20, {"#ferry": [9, 8, 7, 6, 5, 4, 3]})) == MOST


def test_no_keys_and_no_holders_give_nothing() -> None:
    assert related(5, {}) == related(5, {"ferry": []}) == []
