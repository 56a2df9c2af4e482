"""How do rows of the index and values of the domain become each other?"""

from typing import Any

import orjson

from services.render.domain.entry import Thumb
from services.render.domain.snapshot import Stored


def pack_thumb(thumb: Thumb | None) -> str:
    """A thumbnail as text; empty for none."""
    return orjson.dumps([thumb.path, thumb.width, thumb.height]).decode() if thumb else ""


def unpack_thumb(packed: str | None) -> Thumb | None:
    """The inverse of `pack_thumb`."""
    return Thumb(*orjson.loads(packed)) if packed else None


def stored(row: Any) -> Stored:  # noqa: ANN401 - a row of the stories table
    """A row as the painter gets it."""
    return Stored(
        story_id=row.story_id,
        version=row.version,
        revision=row.revision,
        comments_version=row.comments_version,
        state=row.state,
        doc=bytes(row.doc) if row.doc else b"",
        comments=bytes(row.comments) if row.comments else None,
        thumb=unpack_thumb(row.thumb),
    )
