"""Is everything that comes due rendered, and told until site has read it?"""

from io import BytesIO

from PIL import Image

from shared.events import Event, ListsRendered, StoredImage
from tests.integration.render.conftest import World, enriched


def told_paths(events: list[Event]) -> set[str]:
    return {route.path for event in events if isinstance(event, ListsRendered) for route in event.routes}


async def test_what_site_has_not_read_is_told_again_when_the_lease_is_over(world: World) -> None:
    await world.take(enriched("alpha", 1))
    world.line.reads = False
    await world.settle(seconds=10)
    assert "/sitemap-1.xml" in told_paths(world.told)
    world.told.clear()
    await world.settle(seconds=30)
    assert told_paths(world.told) == set()
    await world.settle(seconds=61)
    assert "/sitemap-1.xml" in told_paths(world.told)
    world.line.reads = True
    await world.settle(seconds=1)
    world.told.clear()
    await world.settle(seconds=300)
    assert told_paths(world.told) == set()


async def test_what_redis_has_forgotten_is_told_again(world: World) -> None:
    await world.take(enriched("alpha", 1))
    world.line.reads = False
    await world.settle(seconds=10)
    world.line.age, world.line.reads = "second", True
    world.told.clear()
    await world.settle(seconds=61)
    assert {"/sitemap-1.xml", "/archive/2026/11/"} <= told_paths(world.told)


async def test_under_load_the_feeds_of_lists_follow_within_seconds(world: World) -> None:
    answers = await world.take(*(enriched(f"s{number}", number) for number in range(1, 13)))
    paths = {route.path for [event] in answers for route in event.routes}  # type: ignore[attr-defined]
    assert {"/", "/feed/", "/feed/json/", "/section/town/"} <= paths
    assert "/section/town/feed/" not in paths
    await world.settle(seconds=3)
    assert "Headline s12" in await world.body("/section/town/feed/")


async def test_a_large_picture_gets_a_small_copy_for_cards_and_a_broken_one_stops_nothing(world: World) -> None:
    made = BytesIO()
    Image.effect_mandelbrot((1200, 900), (-2, -1, 1, 1), 20).convert("RGB").save(made, "JPEG")
    key = await world.pages.put_media(made.getvalue(), "jpg")
    broken = await world.pages.put_media(b"no picture", "jpg")
    size = {"content_type": "image/jpeg", "width": 1200, "height": 900, "bytes": 1}
    await world.take(
        enriched("alpha", 1, image=StoredImage(key=key, path=f"/{key}", credit="Photo: Ada", **size)),
        enriched("beta", 2, image=StoredImage(key=broken, path=f"/{broken}", **size)),
        enriched("gone", 3, image=StoredImage(key="media/gone.jpg", path="/media/gone.jpg", **size)),
    )
    small = f"{key.removesuffix('.jpg')}-640.webp"
    section = await world.body("/section/town/")
    assert f"/{small}" in section
    assert f"/{broken}" in section
    assert Image.open(BytesIO(await world.pages.get(small))).size == (640, 480)
    assert "<media:credit>Photo: Ada</media:credit>" in await world.body("/feed/")


async def test_another_title_is_on_every_page_though_nothing_new_came_and_only_then(world: World) -> None:
    await world.sweep.begin()
    for start in range(1, 151, 50):
        await world.take(*(enriched(f"s{number}", number) for number in range(start, start + 50)))
    await world.settle()
    renamed = World(world.database, world.pages, "The Other Wire")
    renamed.index.time = world.index.time
    await renamed.sweep.begin()
    await renamed.settle()
    shown = {path for path in world.routes if not path.endswith(("/feed/", ".txt")) or path == "/feed/"}
    assert shown <= renamed.routes.keys()
    for path in sorted(shown - {"/sitemap.xml", "/sitemap-pages.xml", "/sitemap-1.xml"}):
        assert "The Other Wire" in await renamed.body(path), path
    again = World(world.database, world.pages, "The Other Wire")
    again.index.time = renamed.index.time
    await again.sweep.begin()
    await again.settle()
    assert not any(path.startswith(("/2026/", "/tag/", "/archive/")) for path in again.routes)


async def test_a_restyled_site_is_painted_in_bites(world: World) -> None:
    for start in range(1, 151, 50):
        await world.take(*(enriched(f"s{number}", number) for number in range(start, start + 50)))
    await world.settle()
    world.told.clear()
    await world.index.restyle("another", await world.index.now())
    await world.settle()
    stories = [
        sum(route.kind == "story" for route in event.routes) for event in world.told if isinstance(event, ListsRendered)
    ]
    assert sum(stories) == 150
    assert max(stories) <= 64


async def test_an_index_that_is_filled_for_the_first_time_is_in_its_style_already(world: World) -> None:
    await world.sweep.begin()
    for start in range(1, 151, 50):
        await world.take(*(enriched(f"s{number}", number) for number in range(start, start + 50)))
    await world.settle()
    again = [route.path for event in world.told if isinstance(event, ListsRendered) for route in event.routes]
    # Those at the ends of batches have another neighbour now.
    assert sum(path.startswith("/2026/") for path in again) <= 4


async def test_bites_that_wait_are_not_overdue_since_the_beginning_of_time(world: World) -> None:
    await world.take(*(enriched(f"s{number}", number) for number in range(1, 101)))
    await world.settle()
    now = await world.index.now()
    await world.index.restyle("another", now)
    assert await world.sweep.once()
    assert (await world.index.overdue(now))["lists"] < 3600
