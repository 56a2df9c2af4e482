"""Does a page lead to the story before and the one after in its section, whatever becomes of these?"""

import re
from collections import Counter

import pytest

from shared.events import Event, ListsRendered, StoryRendered, Term
from tests.integration.render.conftest import World, enriched, expired, killed

TOWN, SEA = Term(slug="town", name="Town"), Term(slug="sea", name="Sea")


async def beside(world: World, name: str) -> tuple[str | None, str | None]:
    """(previous, next) as the page of `name` shows them."""
    html = await world.body(f"/2026/11/23/{name}/")
    found = [
        re.search(rf'<a rel="{rel}" href="[^"]*"><span>[^<]*</span> <bdi>([^<]*)', html) for rel in ("prev", "next")
    ]
    before, after = (one[1].removeprefix("Headline ") if one else None for one in found)
    return before, after


async def test_a_story_stands_between_the_one_before_and_the_one_after(world: World) -> None:
    await world.take(*(enriched(name, number) for number, name in enumerate("abc", 1)))
    assert [await beside(world, name) for name in "abc"] == [(None, "b"), ("a", "c"), ("b", None)]


async def test_a_new_story_is_the_next_of_the_one_that_was_the_newest_and_no_other_page_is_made_again(
    world: World,
) -> None:
    await world.take(*(enriched(name, number) for number, name in enumerate("abc", 1)))
    await world.settle()
    before = dict(world.routes)
    await world.take(enriched("d", 4))
    await world.settle()
    assert await beside(world, "c") == ("b", "d")
    again = {path for path, route in world.routes.items() if before.get(path) != route and route.kind == "story"}
    assert again == {"/2026/11/23/c/", "/2026/11/23/d/"}


async def test_an_edit_that_changes_no_headline_touches_no_other_page(world: World) -> None:
    await world.take(*(enriched(name, number) for number, name in enumerate("abc", 1)))
    await world.settle()
    before = dict(world.routes)
    await world.take(enriched("b", 2, revision=2, dek="Another dek."))
    await world.settle()
    assert {path for path in "ac" if world.routes[f"/2026/11/23/{path}/"] != before[f"/2026/11/23/{path}/"]} == set()


async def test_a_new_headline_is_followed(world: World) -> None:
    await world.take(*(enriched(name, number) for number, name in enumerate("abc", 1)))
    await world.take(enriched("b", 2, revision=2, headline="Better"))
    await world.settle()
    assert (await beside(world, "a"))[1] == (await beside(world, "c"))[0] == "Better"


@pytest.mark.parametrize("gone", [killed("b", 2), expired("b", 2), enriched("b", 2, revision=2, sections=(SEA,))])
async def test_who_leaves_is_no_neighbour_any_more(world: World, gone: Event) -> None:
    await world.take(*(enriched(name, number) for number, name in enumerate("abc", 1)))
    await world.settle()
    await world.take(gone)
    await world.settle(seconds=0 if gone == killed("b", 2) else 10)
    assert [await beside(world, name) for name in "ac"] == [(None, "c"), ("a", None)]


async def test_a_kill_takes_the_headline_off_its_neighbours_at_once(world: World) -> None:
    await world.take(*(enriched(name, number) for number, name in enumerate("abc", 1)))
    await world.take(killed("b", 2))
    assert "Headline b" not in await world.body("/2026/11/23/a/") + await world.body("/2026/11/23/c/")


async def test_a_story_that_is_dated_anew_moves_between_others(world: World) -> None:
    await world.take(*(enriched(name, number) for number, name in enumerate("abcd", 1)))
    await world.settle()
    await world.take(enriched("a", 1, revision=2, published_at=enriched("c", 3).head.published_at))
    await world.settle()
    # Of one moment, the one accepted later is the newer.
    assert [await beside(world, name) for name in "bacd"] == [(None, "a"), ("b", "c"), ("a", "d"), ("c", None)]


async def test_the_first_section_counts_and_others_in_it_are_neighbours_whatever_their_first_is(world: World) -> None:
    await world.take(enriched("a", 1), enriched("b", 2, sections=(SEA, TOWN)), enriched("c", 3))
    assert [await beside(world, name) for name in "abc"] == [(None, "b"), (None, None), ("b", None)]
    await world.take(enriched("b", 2, revision=2, sections=(SEA,)))
    await world.settle()
    assert [await beside(world, name) for name in "ac"] == [(None, "c"), ("a", None)]


async def test_a_story_without_a_section_has_no_neighbours(world: World) -> None:
    await world.take(enriched("a", 1, sections=()), enriched("b", 2, sections=()))
    assert await beside(world, "a") == (None, None)


async def test_many_stories_one_after_the_other_make_each_page_at_most_twice(world: World) -> None:
    """Not all of a section again for each: that would be a square."""
    for number in range(30):
        await world.take(enriched(f"s{number}", number + 1))
        await world.settle(seconds=5)
    told = (event for event in world.told if isinstance(event, StoryRendered | ListsRendered))
    made = Counter(route.path for event in told for route in event.routes if route.kind == "story")
    assert max(made.values()) == 2
