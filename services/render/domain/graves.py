"""On which page of a month does the tombstone of a withdrawn story stand? Where the story stood, as pages are now.

Pages are of twenty stories that are there, oldest first: when one goes, those after it move up by one place. So its
tombstone stands on the first page that goes on beyond its time, or on the last one.
"""

from collections.abc import Sequence

from services.render.domain.feed import Tombstone
from services.render.domain.snapshot import Place


def is_after(gone: Tombstone, place: Place) -> bool:
    """Did the withdrawn story stand behind another one, which came earlier?"""
    return (gone.sort_at, gone.ordinal) > (place.sort_at, place.ordinal)


def on_page(graves: Sequence[Tombstone], page: Sequence[Place], *, is_last: bool) -> list[Tombstone]:
    """Those of `graves` that stand on a page, oldest first; none of them stands on a page before it."""
    return [one for one in graves if is_last or (page and not is_after(one, page[-1]))]
