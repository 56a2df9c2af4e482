"""In which cuts does a search engine, or a site where a story is shared, get its picture?

Google asks for three ratios (https://developers.google.com/search/docs/appearance/structured-data/article). The site
cuts them out when somebody asks for one (services/site/domain/cuts.py has the same measures): most are never asked for,
and nobody waits for them before a story is live.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from shared.events import StoredImage

RATIOS: Final[Mapping[str, tuple[int, int]]] = {"16x9": (16, 9), "4x3": (4, 3), "1x1": (1, 1)}
WIDEST: Final = 1200
#: Google's least: smaller ones are not shown.
LEAST_PIXELS: Final = 50_000
#: Kinds that are cut as they are; a drawing (SVG) has no pixels.
CUTTABLE: Final = frozenset({"image/jpeg", "image/png", "image/webp", "image/avif", "image/gif"})


@dataclass(frozen=True, slots=True)
class Cut:
    """A picture in one ratio, a JPEG."""

    path: str
    width: int
    height: int


def cuts(image: StoredImage) -> tuple[Cut, ...]:
    """The picture in every ratio for which it is large enough, widest first."""
    return _cuts(image.key, image.width, image.height) if image.content_type in CUTTABLE else ()


@lru_cache(1024)
def _cuts(key: str, width: int, height: int) -> tuple[Cut, ...]:
    stem = key.rpartition(".")[0]
    sizes = ((ratio, measure(width, height, *parts)) for ratio, parts in RATIOS.items())
    return tuple(Cut(f"/{stem}-{ratio}.jpg", *size) for ratio, size in sizes if size[0] * size[1] >= LEAST_PIXELS)


def measure(width: int, height: int, across: int, down: int) -> tuple[int, int]:
    """The largest size in a ratio that fits into a picture, at most WIDEST wide; never larger than the picture."""
    wide = min(width, height * across // down, WIDEST)
    return wide, wide * down // across
