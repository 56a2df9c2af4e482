"""How do rows of the index and values of the domain become each other?"""

import threading
from collections.abc import Sequence
from typing import Any

import orjson
import zstandard

from services.render.domain.entry import Thumb
from services.render.domain.snapshot import Stored
from shared.events import ApprovedComment, StoryEnriched

#: Level 1: half the time of 3 for a twentieth more bytes, and the index is read far less than it is written.
LEVEL = 1
_here = threading.local()


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


def pack_event(event: StoryEnriched) -> bytes:
    """A story's event, compressed."""
    return _compressor().compress(event.__pydantic_serializer__.to_json(event))


def pack_comments(comments: Sequence[ApprovedComment]) -> bytes:
    """Approved comments, compressed."""
    return _compressor().compress(orjson.dumps([one.model_dump(mode="json") for one in comments]))


def _compressor() -> zstandard.ZstdCompressor:
    """This thread's own: to make one costs as much as to compress a story."""
    if not hasattr(_here, "compressor"):
        _here.compressor = zstandard.ZstdCompressor(LEVEL)
    found: zstandard.ZstdCompressor = _here.compressor
    return found
