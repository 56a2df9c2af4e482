"""Does enrich say the same whatever the order of arrival, and say anew what changed?"""

import random
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete

from services.enrich.adapters.tables import addresses, keys, stories, wants
from services.enrich.domain.related import WINDOW
from shared.events import Reference, StoryEnriched
from tests.integration.enrich.conftest import AT, PUBLIC, World, head, killed, received, story_id


def related(event: StoryEnriched) -> list[Any]:
    assert event.article is not None
    return list(event.article.related)


def references(event: StoryEnriched) -> list[Reference]:
    assert event.article is not None
    return [part for part in event.article.body if isinstance(part, Reference)]


async def test_a_story_is_related_to_earlier_ones_that_share_a_tag(world: World) -> None:
    await world.take(received("a", 1, tags=["harbour"]), received("b", 2, tags=["bakery"]))
    [[event]] = await world.take(received("c", 3, tags=["harbour"]))
    assert related(event) == [story_id("a")]


async def test_stories_that_the_publisher_named_come_first_and_are_no_later_ones_by_accident(world: World) -> None:
    await world.take(received("a", 1, tags=["harbour"]))
    [[event]] = await world.take(received("b", 2, tags=["harbour"], related=(story_id("z"), story_id("b"))))
    assert related(event) == [story_id("z"), story_id("a")]


async def test_an_equal_revision_is_emitted_again_and_a_lower_one_is_not(world: World) -> None:
    second = received("a", 1, revision=2)
    [[first]] = await world.take(second)
    [[again]] = await world.take(second)
    assert again == first
    assert await world.take(received("a", 1, revision=1)) == [[]]


async def test_of_one_story_in_a_batch_only_the_newest_revision_is_answered(world: World) -> None:
    lower, higher = await world.take(received("a", 1, revision=1), received("a", 1, revision=2))
    assert lower == []
    assert [one.head.revision for one in higher] == [2]


async def test_a_late_earlier_story_is_added_to_the_later_ones_and_again_on_redelivery(world: World) -> None:
    await world.take(received("b", 2, tags=["harbour"]))
    late = received("a", 1, tags=["harbour"])
    [events] = await world.take(late)
    assert [one.head.external_id for one in events] == ["a", "b"]
    assert related(events[1]) == [story_id("a")]
    assert events[1].head.revision == 1
    [again] = await world.take(late)
    assert again == events


async def test_a_killed_story_is_forgotten_by_those_that_had_it_as_related(world: World) -> None:
    await world.take(received("a", 1, tags=["harbour"]), received("b", 2, tags=["harbour"]))
    kill = killed("a", 1)
    [[event]] = await world.take(kill)
    assert (event.head.external_id, related(event)) == ("b", [])
    assert await world.take(kill) == [[event]], "a redelivered kill tells the same"
    assert await world.take(received("a", 1)) == [[]], "what was killed does not come back"
    [[revived]] = await world.take(received("c", 3, tags=["harbour"]))
    assert related(revived) == [story_id("b")]


async def test_a_kill_of_an_unknown_story_is_a_fence(world: World) -> None:
    assert await world.take(killed("a", 1, revision=3)) == [[]]
    assert await world.take(received("a", 1, revision=2)) == [[]]
    [[event]] = await world.take(received("a", 1, revision=4, action="revive"))
    assert event.article is not None


async def test_an_expired_story_has_no_article_and_no_relations(world: World) -> None:
    await world.take(received("a", 1, tags=["harbour"]), received("b", 2, tags=["harbour"]))
    expired = received("a", 1).model_copy(update={"story": None, "head": head("a", 1, 2, "expire")})
    [[event, other]] = await world.take(expired)
    assert event.article is None
    assert related(other) == []
    assert await world.take(expired) == [[event, other]]


@pytest.mark.parametrize(
    "address",
    [
        f"{PUBLIC}/2026/11/23/b/",
        "/2026/11/23/b",
        "/old/b/?utm=1",
        "http://www.b.example/b#x",
    ],
)
async def test_a_reference_finds_its_story_by_any_of_its_addresses_even_when_it_comes_later(
    world: World, address: str
) -> None:
    body = f'<p>One.</p><p><strong>Read also:</strong> <a href="{address}">The other</a></p><p>Two.</p>'
    [[event]] = await world.take(received("a", 1, body))
    assert [(one.target, one.text) for one in references(event)] == [(None, "The other")]
    target = received("b", 2, redirects=("/old/b/",), canonical_url="https://b.example/b/")
    [[_, moved]] = await world.take(target)
    assert moved.head.external_id == "a"
    assert [one.target for one in references(moved)] == [story_id("b")]
    assert "Read also" not in (moved.article.text if moved.article else "")


@pytest.mark.parametrize("address", ["newswire:b", "newswire:desk/b", "newswire:%62"])
async def test_a_newswire_reference_says_by_itself_which_story_it_means(world: World, address: str) -> None:
    [[event]] = await world.take(received("a", 1, f'<p>READ ALSO: <a href="{address}">The other</a></p>'))
    assert [(one.target, one.address) for one in references(event)] == [(story_id("b"), address)]


async def test_a_reference_still_knows_a_killed_story_by_its_canonical_address(world: World) -> None:
    await world.take(received("b", 1, canonical_url="https://b.example/b"))
    await world.take(killed("b", 1))
    body = '<p>READ ALSO: <a href="https://b.example/b">The withdrawn headline</a></p>'
    [[event]] = await world.take(received("a", 2, body))
    assert [one.target for one in references(event)] == [story_id("b")]


async def test_what_is_told_anew_is_later_than_what_was_told_before_whoever_read_the_clock_first(world: World) -> None:
    times = iter((AT + timedelta(seconds=9), AT))

    async def now() -> datetime:
        return next(times)

    world.enricher._now = now
    [[told]] = await world.take(received("b", 2, tags=["harbour"]))
    [[_, anew]] = await world.take(received("a", 1, tags=["harbour"]))
    assert (anew.head.external_id, related(anew)) == ("b", [story_id("a")])
    assert anew.at > told.at


async def test_a_kill_that_overtook_its_story_still_takes_references_by_any_of_its_addresses(world: World) -> None:
    addresses = ("https://b.example/b", "/old/b/")
    kill = killed("b", 1)
    await world.take(kill.model_copy(update={"head": kill.head.model_copy(update={"known_as": addresses})}))
    await world.take(received("b", 1, canonical_url="https://b.example/b"))
    body = "".join(f'<p>READ ALSO: <a href="{one}">The withdrawn headline</a></p>' for one in addresses)
    [[event]] = await world.take(received("a", 2, body))
    assert [one.target for one in references(event)] == [story_id("b")] * 2


async def test_what_is_held_downstream_does_not_depend_on_the_order_of_arrival(world: World) -> None:
    chance = random.Random(7)  # noqa: S311 - a shuffle that can be repeated
    tags = ["harbour", "bakery", "council", "swan", "ferry"]
    final: dict[str, Any] = {}
    for number in range(1, WINDOW * 2):
        chosen = sorted(chance.sample(tags, 2))
        link = f'<p>READ ALSO: <a href="newswire:s{number * 7 % 64}">x</a></p>'
        body = f"<p>{' '.join(chance.choices(tags, k=12))}</p>{link}"
        final[f"s{number}"] = received(f"s{number}", number, body, tags=chosen, revision=2)
    first = [received(f"s{number}", number, tags=[chance.choice(tags)]) for number in range(1, WINDOW * 2, 5)]
    await world.take(*final.values())
    orderly = {name: event.article for name, event in world.held.items()}

    other = World(world.database, world.pages)
    await world.database.write(
        lambda connection: [connection.execute(delete(table)) for table in (stories, keys, addresses, wants)]
    )
    shuffled = [*final.values()]
    chance.shuffle(shuffled)
    mixed = [*first, *shuffled]
    for start in range(0, len(mixed), 9):
        await other.take(*mixed[start : start + 9])
    assert {name: event.article for name, event in other.held.items()} == orderly
    assert any(article and len(article.related) == 5 for article in orderly.values())
