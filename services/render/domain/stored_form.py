"""In which form does a story lie in the index? As compressed JSON of its event, a third of the size (see `codec`)."""

import orjson
import zstandard

from shared.events import ApprovedComment, StoryEnriched


def unpack_event(doc: bytes) -> StoryEnriched:
    """A story's event."""
    return StoryEnriched.model_validate_json(zstandard.decompress(doc))


def unpack_comments(packed: bytes | None) -> tuple[ApprovedComment, ...]:
    """Approved comments; nothing for None."""
    if packed is None:
        return ()
    return tuple(ApprovedComment.model_validate(one) for one in orjson.loads(zstandard.decompress(packed)))
