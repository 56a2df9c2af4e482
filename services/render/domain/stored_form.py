"""In which form do a story's approved comments lie in the index?"""

from collections.abc import Sequence

import orjson

from shared.events import ApprovedComment
from shared.events.stored import compressed, plain


def pack_comments(comments: Sequence[ApprovedComment]) -> bytes:
    """Approved comments, compressed."""
    return compressed(orjson.dumps([one.model_dump(mode="json") for one in comments]))


def unpack_comments(packed: bytes | None) -> tuple[ApprovedComment, ...]:
    """The inverse of `pack_comments`; nothing for None."""
    if packed is None:
        return ()
    return tuple(ApprovedComment.model_validate(one) for one in orjson.loads(plain(packed)))
