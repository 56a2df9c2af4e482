"""How are pictures cut, and cards and icons drawn? With Pillow, on a thread, one at a time.

What is drawn depends on nothing but the picture or the words: every replica answers with the same bytes.
"""

import asyncio
from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING, Final, Protocol

from services.site.adapters import strokes
from services.site.domain.cuts import cut_of, measure
from shared.pages import PageMissing, bare

if TYPE_CHECKING:
    from PIL import Image

QUALITY: Final = 82
#: More pixels than any photo has: a bomb, not a picture.
MOST_PIXELS: Final = 100_000_000
#: Where a picture is cut: in the middle, and a little above it, where faces are.
CENTRE: Final = (0.5, 0.4)
#: Their colours are still those of their profile when they are made RGB; those of grey or four inks are not.
_PROFILED: Final = frozenset({"RGB", "RGBA", "P"})
ICON_SIZES: Final = (16, 32, 48)


class Store(Protocol):
    """The page store."""

    async def get(self, key: str) -> bytes:
        """An object; PageMissing."""


class Originals(Protocol):
    """Which picture is a cut made of?"""

    async def original(self, stem: str) -> str | None:
        """The name of the picture that a live story shows, by its stem."""


class Drawing:
    """Pictures as they are stored, cuts of them, cards and icons."""

    def __init__(self, store: Store, originals: Originals, title: str, font: Callable[[], bytes]) -> None:
        """`title`: the site's name. `font`: reads the font file of headlines."""
        self._store, self._originals, self._title, self._font = store, originals, title, font
        self._turn = asyncio.Semaphore(1)

    async def get(self, key: str) -> bytes:
        """The picture `media/{name}`, or a cut of one; PageMissing when there is none, or none that can be cut."""
        found = cut_of(key.removeprefix("media/"))
        if found is None:
            # Pictures that were kept before they were stripped on their way in are stripped on their way out.
            return await asyncio.to_thread(bare, await self._store.get(key))
        stem, (across, down) = found
        name = await self._originals.original(stem)
        if name is None:
            raise PageMissing(key)
        body = await self._store.get(f"media/{name}")
        async with self._turn:
            made = await asyncio.to_thread(_cut, body, across, down)
        if made is None:
            raise PageMissing(key)
        return made

    async def card(self, headline: str) -> bytes:
        """A PNG of 1200 by 630 with the headline and the site's name."""
        async with self._turn:
            return await asyncio.to_thread(lambda: _png(strokes.card(headline, self._title, self._font()), 128))

    async def icon(self, size: int) -> bytes:
        """The site's initial as a square PNG."""
        async with self._turn:
            return await asyncio.to_thread(lambda: _png(strokes.icon(self._title, size, self._font())))

    async def favicon(self) -> bytes:
        """The same as `favicon.ico`, in the sizes that browsers choose from."""
        async with self._turn:
            return await asyncio.to_thread(lambda: _ico(strokes.icon(self._title, max(ICON_SIZES), self._font())))


def _cut(body: bytes, across: int, down: int) -> bytes | None:
    """A JPEG; None for what is no picture, or too large to be one."""
    # Here, because a site that nobody asks for a cut needs no Pillow: 40 ms of its start and 10 MB.
    from PIL import Image, ImageOps, UnidentifiedImageError  # noqa: PLC0415

    try:
        with Image.open(BytesIO(body)) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                return None
            colours = picture.info.get("icc_profile") if picture.mode in _PROFILED else None
            upright = ImageOps.exif_transpose(picture)
            size = measure(upright.width, upright.height, across, down)
            flat = _on_white(upright)
            made = BytesIO()
            fitted = ImageOps.fit(flat, size, centering=CENTRE)
            # Pillow would copy the comment of the original.
            fitted.save(made, "JPEG", quality=QUALITY, optimize=True, icc_profile=colours, comment=b"")
            return made.getvalue()
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError):
        return None


def _on_white(picture: "Image.Image") -> "Image.Image":
    """Without transparency, which a JPEG does not have."""
    from PIL import Image  # noqa: PLC0415 - see `_cut`

    if not picture.has_transparency_data:
        return picture.convert("RGB")
    layer = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB")


def _png(picture: "Image.Image", colours: int = 256) -> bytes:
    made = BytesIO()
    picture.quantize(colours).save(made, "PNG", optimize=True)
    return made.getvalue()


def _ico(picture: "Image.Image") -> bytes:
    made = BytesIO()
    picture.save(made, "ICO", sizes=[(size, size) for size in ICON_SIZES])
    return made.getvalue()
