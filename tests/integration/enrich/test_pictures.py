"""Does a story get its picture once, and go on without one that cannot be had?"""

import hashlib
from io import BytesIO

import pytest
from PIL import Image as PillowImage

from shared.events import Image
from shared.net import Answer, Refused, TooLarge
from tests.integration.enrich.conftest import PUBLIC, World, jpeg, received

URL = "https://photos.example/a.jpg"


def answer(body: bytes, status: int = 200) -> Answer:
    return Answer(status, {"content-type": "image/jpeg"}, body, URL)


async def test_an_uploaded_picture_is_read_from_the_page_store(world: World) -> None:
    key = await world.pages.put_media(jpeg(64, 48), "jpg")
    image = Image(url=f"{PUBLIC}/{key}", alt="Harbour", credit="Desk")
    [[event]] = await world.take(received("a", 1, image=image))
    assert event.article is not None
    assert event.article.image is not None
    stored = event.article.image
    assert (stored.key, stored.path, stored.width, stored.height) == (key, f"/{key}", 64, 48)
    assert (stored.content_type, stored.bytes, stored.alt) == ("image/jpeg", len(jpeg(64, 48)), "Harbour")
    assert world.web.asked == []


async def test_a_strangers_picture_is_fetched_once_for_ever(world: World) -> None:
    world.web.pages[URL] = answer(jpeg())
    image = Image(url=URL)
    await world.take(received("a", 1, image=image), received("b", 2, image=image))
    [[event]] = await world.take(received("a", 1, revision=2, image=image))
    assert world.web.asked == [URL]
    assert event.article is not None
    assert event.article.image is not None
    assert hashlib.sha256(await world.pages.get(event.article.image.key)).digest() == hashlib.sha256(jpeg()).digest()


async def test_a_strangers_picture_is_kept_without_the_place_where_it_was_taken(world: World) -> None:
    written, exif = BytesIO(), PillowImage.Exif()
    exif.get_ifd(0x8825)[29] = "48.8584N"
    exif[0x0112] = 6
    PillowImage.new("RGB", (40, 30), "teal").save(written, "JPEG", exif=exif)
    world.web.pages[URL] = answer(written.getvalue())
    [[event]] = await world.take(received("a", 1, image=Image(url=URL)))
    assert event.article is not None
    assert event.article.image is not None
    kept = await world.pages.get(event.article.image.key)
    assert (b"48.8584N" in written.getvalue(), b"48.8584N" in kept) == (True, False)
    # Turned, as the camera was held: its sides are exchanged.
    assert (event.article.image.bytes, event.article.image.width) == (len(kept), 30)


OUTCOMES: list[tuple[Answer | Exception, str]] = [
    (Refused("10.0.0.1 is not public"), "refused: 10.0.0.1 is not public"),
    (TooLarge("more than 20 MB"), "toolarge: more than 20 MB"),
    (answer(b"", 404), "it answered 404"),
    (answer(b"<html>"), "not a JPEG, PNG, WebP, GIF or AVIF picture"),
    (answer(jpeg()[:20]), "a broken jpeg picture"),
]


@pytest.mark.parametrize(("outcome", "reason"), OUTCOMES)
async def test_a_story_goes_on_without_a_picture_that_cannot_be_had_and_says_why(
    world: World, outcome: Answer | Exception, reason: str
) -> None:
    world.web.pages[URL] = outcome
    [[event]] = await world.take(received("a", 1, image=Image(url=URL)))
    assert event.article is not None
    assert (event.article.image, event.article.missing_image) == (None, reason)


async def test_a_missing_picture_stays_missing_on_replay_and_is_tried_again_by_a_new_revision(world: World) -> None:
    await world.take(received("a", 1, image=Image(url=URL)))
    await world.take(received("a", 1, image=Image(url=URL)))
    assert world.web.asked == [URL]
    world.web.pages[URL] = answer(jpeg())
    [[event]] = await world.take(received("a", 1, revision=2, image=Image(url=URL)))
    assert event.article is not None
    assert event.article.image is not None


async def test_no_path_leads_out_of_the_media_folder(world: World) -> None:
    await world.pages.put("secret", jpeg())
    [[event]] = await world.take(received("a", 1, image=Image(url=f"{PUBLIC}/media/../secret")))
    assert event.article is not None
    assert event.article.missing_image == "no such upload"
