"""On which page of a story's comments does each stand?

A thread stays whole. A page begins where fifty comments more have been written, so that what is written later moves
nothing: the address of a comment is good as long as those before it stay. Render makes these pages; site's mails lead
to them.
"""

from collections.abc import Iterable
from operator import itemgetter
from typing import Final

#: As in WordPress. A page of them is 9 KB, compressed; a thread that does not end makes its own page longer.
PER_PAGE: Final = 50


def pages_of(comments: Iterable[tuple[int, int | None]]) -> dict[int, int]:
    """(id, id of what it answers) of approved comments → the page of each; 1 is the story's own."""
    found: dict[int, int] = {}
    begun, page = -1, 0
    for index, (comment, parent) in enumerate(sorted(comments, key=itemgetter(0))):
        # Answers have higher numbers than what they answer, and no share in where pages begin.
        if parent is not None and parent in found:
            found[comment] = found[parent]
            continue
        if index // PER_PAGE > begun:
            begun, page = index // PER_PAGE, page + 1
        found[comment] = page
    return found


def page_path(story_path: str, page: int) -> str:
    """The address of a page of comments."""
    return story_path if page == 1 else f"{story_path}comment-page-{page}/"
