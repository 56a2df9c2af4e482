"""What may an event still change about a story's address?

Every decision about routes is made here, from what the table holds and what an event brings.
"""

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal

#: What hangs on a story's address beside its page: its comments as a feed, and further pages of them. What follows a
#: date is a story's own name, whatever it is.
_HANGING: Final = re.compile(r"(?<=/)(?<!/\d{4}/\d\d/\d\d/)(?:feed|comment-page-[1-9]\d*)/$")
#: `hidden`: it ended before anybody had seen it; its address is like any that never was.
State = Literal["live", "killed", "expired", "hidden"]


@dataclass(frozen=True, slots=True)
class Standing:
    """What the site knows of a story; `told` is the number of the change that brought its revision."""

    story_id: str
    path: str
    revision: int
    comments_version: int
    state: State
    told: int = 0


class Fence(Enum):
    """How an event stands to what is known."""

    NEWER = "newer"
    SAME = "same"
    OLDER = "older"


def fence(known: Standing | None, revision: int, comments_version: int | None) -> Fence:
    """Compare (revision, comments version); kills have no comments version (None): the revision decides alone.

    Equal is done again, never twice; older is dropped, so that nothing comes back from the dead.
    """
    if known is None or revision > known.revision:
        return Fence.NEWER
    if revision < known.revision:
        return Fence.OLDER
    if comments_version is None or comments_version == known.comments_version:
        return Fence.SAME
    return Fence.NEWER if comments_version > known.comments_version else Fence.OLDER


def belongs_to(path: str, story_path: str) -> bool:
    """Is `path` the story's own page, or lies under it (its comment feed)?"""
    return path.startswith(story_path)


def owner_path(kind: str, path: str) -> str | None:
    """The story address that a story's page or comment feed hangs on; None for lists, which belong to nobody."""
    if kind == "story":
        return path
    if kind == "comments" and path != "/comments/feed/":
        return path.removesuffix(tail(path)) if tail(path) else None
    return None


def tail(path: str) -> str:
    """`comment-page-2/`, `feed/`: what follows a story's address in that of what hangs on it; else nothing."""
    found = _HANGING.search(path)
    return found[0] if found else ""


def is_comment_page(path: str) -> bool:
    """Is it the address of a further page of comments?"""
    return tail(path).startswith("comment-page-")


def stamp(at: int, before: int | None) -> int:
    """`Last-Modified` (Unix seconds) of a page that changed at `at`, after `before`.

    Two changes within one second must not share a date, or a reader with the first keeps it; at most a second ahead.
    """
    if before is None or at > before:
        return at
    return min(before + 1, at + 1) if before <= at else before
