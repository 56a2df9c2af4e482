"""Does the front page tell every story in the order of the list, and each section its river?"""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.render.domain.front import BELOW_LEAD, NEWEST, SHORTEST_RIVER, layout

SECTIONS = st.sampled_from([None, "harbour", "town", "sport"])
PICTURE = {"path": "/media/1.jpg"}


def card(number: int, section: str | None = None, *, image: bool = True) -> dict[str, Any]:
    place = {"name": section, "path": f"/section/{section}/"} if section else None
    return {"path": f"/{number}/", "section": place, "image": PICTURE if image else None}


def paths(cards: list[dict[str, Any]]) -> list[str]:
    return [one["path"] for one in cards]


@given(st.lists(st.tuples(SECTIONS, st.booleans()), max_size=19), st.booleans(), st.integers(0, 3))
def test_every_story_is_told_in_the_order_of_the_list_and_the_older_ones_once_more(
    drawn: list[tuple[str | None, bool]], pictured: bool, strip: int
) -> None:
    items = [card(number, section, image=image) for number, (section, image) in enumerate(drawn)]
    found = layout(card(99, image=pictured), items, items[:strip])
    assert paths(found["below"] + found["latest"]) == paths(items)
    assert len(found["below"]) == (0 if pictured or len(items) < NEWEST else BELOW_LEAD)
    rivers = [river["items"] for river in found["rivers"]]
    again = [path for place in (*rivers, found["more"]) for path in paths(place)]
    order = paths(items)
    older = paths(found["latest"][NEWEST:])
    assert sorted(again, key=order.index) == [one for one in older if one not in paths(items[:strip])]
    assert all(paths(place) == sorted(paths(place), key=order.index) for place in (*rivers, found["more"]))
    assert [len(river) >= SHORTEST_RIVER for river in rivers] == [True] * len(rivers)
    assert paths([river[0] for river in rivers]) == sorted((paths(river)[0] for river in rivers), key=order.index)


def test_a_river_has_the_stories_of_one_section_and_its_name() -> None:
    items = [card(n) for n in range(NEWEST)] + [card(n, ("town", "sport", "harbour")[n % 3]) for n in range(6, 13)]
    rivers = layout(card(99), items, [])["rivers"]
    assert [(one["section"]["name"], paths(one["items"])) for one in rivers] == [
        ("town", ["/6/", "/9/", "/12/"]),
        ("sport", ["/7/", "/10/"]),
        ("harbour", ["/8/", "/11/"]),
    ]


def test_a_section_with_one_story_and_a_story_without_section_are_more_news() -> None:
    items = [card(n) for n in range(NEWEST)] + [card(6, "town"), card(7), card(8, "sport"), card(9, "sport")]
    found = layout(card(99), items, [])
    assert (paths(found["more"]), len(found["rivers"])) == (["/6/", "/7/"], 1)
