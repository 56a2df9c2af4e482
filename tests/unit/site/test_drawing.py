"""Are the pictures that the site draws what their addresses promise, for any words and any picture?"""

import asyncio
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from services.render.domain import pictures
from services.site.adapters import strokes
from services.site.adapters.drawing import Drawing
from services.site.domain import cuts
from shared.pages import PageMissing
from tests.unit.theme import examples

FONT = examples.theme().font()


class Album:
    """A store with one object; which picture a cut is made of."""

    def __init__(self, name: str, body: bytes) -> None:
        self.name, self.body = name, body

    async def get(self, key: str) -> bytes:
        if key != f"media/{self.name}":
            raise PageMissing(key)
        return self.body

    async def original(self, stem: str) -> str | None:
        return self.name if self.name.startswith(f"{stem}.") else None


def painted(kind: str = "JPEG", size: tuple[int, int] = (1600, 1000), mode: str = "RGB", **how: Any) -> bytes:
    made = BytesIO()
    Image.new(mode, size, 128 if mode == "L" else 0).save(made, kind, **how)
    return made.getvalue()


def cut(name: str, body: bytes, ratio: str) -> Image.Image:
    album = Album(name, body)
    stem = name.partition(".")[0]
    made = asyncio.run(Drawing(album, album, "Wire", lambda: FONT).get(f"media/{stem}-{ratio}.jpg"))
    return Image.open(BytesIO(made))


@pytest.mark.parametrize(("ratio", "size"), [("16x9", (1200, 675)), ("4x3", (1200, 900)), ("1x1", (1000, 1000))])
def test_a_cut_has_its_ratio(ratio: str, size: tuple[int, int]) -> None:
    found = cut("ab.jpg", painted(), ratio)
    assert (found.format, found.size) == ("JPEG", size)


@pytest.mark.parametrize(
    ("kind", "mode"),
    [("PNG", "RGBA"), ("PNG", "P"), ("PNG", "LA"), ("WEBP", "RGBA"), ("GIF", "P"), ("JPEG", "CMYK"), ("JPEG", "L")],
)
def test_a_cut_can_be_made_of_every_kind_of_picture(kind: str, mode: str) -> None:
    assert cut("ab.bin", painted(kind, mode=mode), "4x3").size == (1200, 900)


def test_what_is_transparent_becomes_white() -> None:
    assert cut("ab.png", painted("PNG", mode="RGBA"), "1x1").getpixel((5, 5)) == (255, 255, 255)


def test_a_photo_that_was_taken_upright_is_cut_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    assert cut("ab.jpg", painted(size=(1600, 1000), exif=exif), "4x3").size == (1000, 750)


def test_a_cut_and_the_picture_itself_tell_colours_and_nothing_else() -> None:
    told, colours = b"48.8584N-2.2945E", ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exif = Image.Exif()
    exif[0x010F] = told.decode()
    # As it was kept before pictures were stripped on their way in.
    album = Album("ab.jpg", painted(exif=exif, comment=told, xmp=told, icc_profile=colours))
    for name in ("ab.jpg", "ab-16x9.jpg"):
        body = asyncio.run(Drawing(album, album, "Wire", lambda: FONT).get(f"media/{name}"))
        assert told in album.body
        assert told not in body
        assert Image.open(BytesIO(body)).info["icc_profile"] == colours


@given(width=st.integers(1, 20_000), height=st.integers(1, 20_000))
def test_render_and_site_measure_alike(width: int, height: int) -> None:
    assert cuts.RATIOS == pictures.RATIOS
    for across, down in cuts.RATIOS.values():
        size = pictures.measure(width, height, across, down)
        if size[0] * size[1] >= pictures.LEAST_PIXELS:
            assert cuts.measure(width, height, across, down) == size


@pytest.mark.parametrize("body", [b"", b"<svg/>", painted()[:300]])
def test_what_is_no_picture_has_no_cut(body: bytes) -> None:
    with pytest.raises(PageMissing):
        cut("ab.jpg", body, "1x1")


@pytest.mark.parametrize("name", ["cd-1x1.jpg", "ab-2x1.jpg", "ab-1x1.png", "-1x1.jpg"])
def test_no_other_name_is_a_cut(name: str) -> None:
    album = Album("ab.jpg", painted())
    with pytest.raises(PageMissing):
        asyncio.run(Drawing(album, album, "Wire", lambda: FONT).get(f"media/{name}"))


def test_the_same_words_give_the_same_card() -> None:
    album = Album("", b"")
    drawing = Drawing(album, album, "Wire", lambda: FONT)
    one, two = (asyncio.run(drawing.card("Ferry returns")) for _ in range(2))
    assert one == two != asyncio.run(drawing.card("Ferry leaves"))
    assert Image.open(BytesIO(one)).size == (1200, 630)


@pytest.mark.parametrize(
    ("words", "known"),
    [("Żółta łódź & ß", True), ("Ελλάδα Москва", True), ("一二三", False), ("شمس", False), ("🚢", False)],
)
def test_words_are_set_only_where_the_font_has_their_letters(words: str, known: bool) -> None:
    assert strokes.has_all(words, FONT) is known


@settings(max_examples=25, deadline=None)
@given(headline=st.text(max_size=300), title=st.text(max_size=60))
def test_any_words_make_a_card_and_an_icon(headline: str, title: str) -> None:
    assert strokes.card(headline, title, FONT).size == (1200, 630)
    assert strokes.icon(title, 48, FONT).size == (48, 48)


@pytest.mark.parametrize("headline", ["word " * 60, "x" * 300, "W" * 299])
def test_the_longest_headline_stays_above_the_name_of_the_site(headline: str) -> None:
    with_words, without = strokes.card(headline, "", FONT), strokes.card("", "", FONT)
    low = (0, 480, 1200, 630)
    assert with_words.crop(low).tobytes() == without.crop(low).tobytes()
    right = (1200 - 60, 0, 1200, 480)
    assert with_words.crop(right).tobytes() == without.crop(right).tobytes()


def test_icons_have_the_sizes_that_they_are_asked_in() -> None:
    album = Album("", b"")
    drawing = Drawing(album, album, "Wire", lambda: FONT)
    assert Image.open(BytesIO(asyncio.run(drawing.icon(192)))).size == (192, 192)
    ico = Image.open(BytesIO(asyncio.run(drawing.favicon())))
    assert ico.info["sizes"] == {(16, 16), (32, 32), (48, 48)}
