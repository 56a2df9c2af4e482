"""Which pictures does the site draw itself when somebody asks for one, and in which size?

    /media/{hash}-16x9.jpg, -4x3.jpg, -1x1.jpg    a live story's picture in that ratio
    {story}/share.png                             a card with the headline, for where a story without one is shared

Render says these addresses (services/render/domain/pictures.py has the same measures); hardly any is ever asked for.
"""

from collections.abc import Mapping
from typing import Final

RATIOS: Final[Mapping[str, tuple[int, int]]] = {"16x9": (16, 9), "4x3": (4, 3), "1x1": (1, 1)}
WIDEST: Final = 1200
CARD: Final = "share.png"


def cut_of(name: str) -> tuple[str, tuple[int, int]] | None:
    """`3f9a…-16x9.jpg` → (`3f9a…`, (16, 9)); None for every other name."""
    stem, _, ratio = name.removesuffix(".jpg").rpartition("-")
    return (stem, RATIOS[ratio]) if stem and name.endswith(".jpg") and ratio in RATIOS else None


def measure(width: int, height: int, across: int, down: int) -> tuple[int, int]:
    """The largest size in a ratio that fits into a picture, at most WIDEST wide; never larger than the picture."""
    wide = max(1, min(width, height * across // down, WIDEST))
    return wide, max(1, wide * down // across)


def cut_names(name: str) -> list[str]:
    """The names of all cuts of a picture."""
    stem = name.partition(".")[0]
    return [f"{stem}-{ratio}.jpg" for ratio in RATIOS]
