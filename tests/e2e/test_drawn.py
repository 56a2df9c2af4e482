"""Is what the site draws only there while its story is, and does it follow its headline?"""

import io

from PIL import Image

from tests.servers.newswire import wait_until
from tests.servers.publisher import Publisher, document, path_of


def test_a_card_follows_the_headline_and_goes_with_the_story(desk: Publisher) -> None:
    told = desk.put("carded", headline="A card for the first headline")
    path = path_of(told)
    [said] = document(desk.get(path)).xpath('//meta[@property="og:image"]/@content')
    assert said == f"{desk.wire.url}{path}share.png"
    first = desk.get(said)
    assert Image.open(io.BytesIO(first.content)).size == (1200, 630)
    assert first.headers["cache-control"] == "public, no-cache"
    desk.put("carded", headline="Another headline")
    wait_until(lambda: desk.get(said).content != first.content)
    desk.act("carded", "kill", reason="wrong")
    gone = wait_until(lambda: (answer := desk.get(said)).status_code == 410 and answer)
    assert "headline" not in gone.text


def test_a_card_moves_with_its_story_and_one_under_embargo_has_none(desk: Publisher) -> None:
    told = desk.put("moved-card", slug="old-card")
    old = path_of(told)
    moved = desk.put("moved-card", slug="new-card")
    answer = wait_until(lambda: (one := desk.get(f"{old}share.png")).status_code == 301 and one)
    assert answer.headers["location"] == f"{path_of(moved)}share.png"
    held = desk.client.put(
        "/v1/stories/held-card",
        json={"headline": "Held", "body_html": "<p>x</p>", "embargo_until": "2099-01-01T00:00:00Z"},
    ).json()
    assert desk.get(f"{path_of(held)}share.png").status_code == 404


def test_cuts_go_with_the_last_story_that_shows_their_picture(desk: Publisher) -> None:
    written = io.BytesIO()
    Image.effect_noise((900, 700), 40).save(written, "PNG")
    place = desk.client.post("/v1/media", files={"file": ("a.png", written.getvalue(), "image/png")})
    told = desk.put("cutting", image={"url": place.headers["location"], "alt": "Noise"})
    [said] = document(desk.get(path_of(told))).xpath('//meta[@property="og:image"]/@content')
    assert said.endswith("-16x9.jpg")
    found = desk.get(said)
    assert (found.headers["content-type"], Image.open(io.BytesIO(found.content)).size) == ("image/jpeg", (900, 506))
    for wrong in ("-16x9.png", "-2x1.jpg", "-16x9-16x9.jpg"):
        assert desk.get(said.replace("-16x9.jpg", wrong)).status_code == 404
    desk.act("cutting", "kill", reason="wrong")
    wait_until(lambda: desk.get(said).status_code == 410)


def test_a_page_names_what_changed_and_its_neighbours(desk: Publisher) -> None:
    for name in ("first", "second"):
        desk.put(f"row-{name}", headline=f"The {name} in a row", sections=["Rowing"])
    last = desk.put("row-third", headline="The third in a row", sections=["Rowing"])
    desk.put("row-second", headline="The middle of the row", sections=["Rowing"], dek="New.")
    page = desk.until(path_of(last), there="The middle of the row").text
    assert 'rel="prev"' in page
    desk.act("row-second", "kill", reason="wrong")
    page = desk.until(path_of(last), there="The first in a row").text
    assert "The middle of the row" not in page
