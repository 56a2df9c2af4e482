"""How does a picture become small? With Pillow, in a thread, once for each picture."""

import asyncio
from io import BytesIO
from typing import Protocol

from PIL import Image, ImageOps, UnidentifiedImageError

from services.render.domain.entry import Thumb
from shared import telemetry
from shared.events import StoredImage
from shared.pages import PageMissing, Pages

WIDTH = 640
#: Smaller pictures are their own thumbnails.
WORTH_IT = 800
QUALITY = 78
#: More pixels than any photo has: a bomb, not a picture.
MOST_PIXELS = 100_000_000

#: EXIF: how the camera was held, and those ways in which width and height change places.
_ORIENTATION = 0x0112
_TURNED = frozenset({5, 6, 7, 8})
#: Their colours are still those of their profile when they are made RGB; those of grey or four inks are not.
_PROFILED = frozenset({"RGB", "RGBA", "P"})

AT_ONCE = 2
#: What Pillow says of files that are no picture, or only the first half of one.
_BROKEN = (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError)

log = telemetry.logger("render")


class Known(Protocol):
    """Which pictures have been made small already?"""

    async def thumb(self, image: str) -> tuple[bool, Thumb | None]:
        """(is it known, its thumbnail if it has one)."""

    async def keep_thumb(self, image: str, thumb: Thumb | None) -> None:
        """Remember."""


class PillowThumbnails:
    """Thumbnails in the page store, named after their pictures: `media/{hash}.jpg` → `media/{hash}-640.webp`."""

    def __init__(self, known: Known, pages: Pages) -> None:
        """`pages` holds pictures and thumbnails."""
        self._known = known
        self._pages = pages
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def of(self, image: StoredImage) -> Thumb | None:
        """The smaller copy; None when the picture is small already or cannot be read: cards then show it as it is."""
        if image.width < WORTH_IT or image.content_type == "image/svg+xml":
            return None
        is_known, thumb = await self._known.thumb(image.key)
        if is_known:
            return thumb
        thumb = await self._make(image)
        await self._known.keep_thumb(image.key, thumb)
        return thumb

    async def _make(self, image: StoredImage) -> Thumb | None:
        try:
            body = await self._pages.get(image.key)
            async with self._slots:
                small, height = await asyncio.to_thread(shrink, body)
        except (PageMissing, *_BROKEN) as error:
            log.warning("picture cannot be made smaller", image=image.key, error=str(error))
            return None
        key = f"{image.key.rpartition('.')[0]}-{WIDTH}.webp"
        await self._pages.put(key, small)
        return Thumb(f"/{key}", WIDTH, height)


def shrink(body: bytes) -> tuple[bytes, int]:
    """A picture as WebP, WIDTH pixels wide, and its height. The same picture gives the same bytes."""
    with Image.open(BytesIO(body)) as picture:
        if picture.width * picture.height > MOST_PIXELS:
            raise ValueError(f"{picture.width} by {picture.height} pixels are too many")
        turned = picture.getexif().get(_ORIENTATION) in _TURNED
        across, down = (picture.height, picture.width) if turned else (picture.width, picture.height)
        height = max(1, round(down * WIDTH / across))
        # JPEG can be decoded at an eighth, a quarter or half its size: a third of the time.
        picture.draft("RGB", (height, WIDTH) if turned else (WIDTH, height))
        # A WebP says nothing of how the camera was held.
        ImageOps.exif_transpose(picture, in_place=True)
        colours = picture.info.get("icc_profile") if picture.mode in _PROFILED else None
        small = picture.convert("RGBA" if "A" in picture.getbands() else "RGB").resize((WIDTH, height))
        made = BytesIO()
        small.save(made, "WEBP", quality=QUALITY, method=2, icc_profile=colours)
        return made.getvalue(), height
