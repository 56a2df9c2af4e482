"""In which form does a story lie in the index? As compressed JSON of its event, a third of the size."""

import threading
from collections.abc import Sequence

import orjson
import zstandard

from shared.events import ApprovedComment, StoryEnriched

#: Level 1: half the time of 3 for a twentieth more bytes, and the index is read far less than it is written.
LEVEL = 1
_here = threading.local()


def pack_event(event: StoryEnriched) -> bytes:
    """A story's event, compressed."""
    return _compressor().compress(event.__pydantic_serializer__.to_json(event))


def pack_comments(comments: Sequence[ApprovedComment]) -> bytes:
    """Approved comments, compressed."""
    return _compressor().compress(orjson.dumps([one.model_dump(mode="json") for one in comments]))


def unpack_event(doc: bytes) -> StoryEnriched:
    """The inverse of `pack_event`."""
    return StoryEnriched.model_validate_json(zstandard.decompress(doc))


def unpack_comments(packed: bytes | None) -> tuple[ApprovedComment, ...]:
    """The inverse of `pack_comments`; nothing for None."""
    if packed is None:
        return ()
    return tuple(ApprovedComment.model_validate(one) for one in orjson.loads(zstandard.decompress(packed)))


def _compressor() -> zstandard.ZstdCompressor:
    """This thread's own: to make one costs as much as to compress a story."""
    if not hasattr(_here, "compressor"):
        _here.compressor = zstandard.ZstdCompressor(LEVEL)
    found: zstandard.ZstdCompressor = _here.compressor
    return found
