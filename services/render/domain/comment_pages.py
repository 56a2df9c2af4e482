"""How are a story's comments dealt out to their pages?"""

from collections.abc import Sequence

from shared.events import ApprovedComment
from shared.events.comment_pages import PER_PAGE, pages_of


def split(comments: Sequence[ApprovedComment]) -> list[list[ApprovedComment]]:
    """Comments by page; a story without any has one page, too."""
    if len(comments) <= PER_PAGE:
        return [list(comments)]
    places = pages_of((one.id, one.parent) for one in comments)
    found: list[list[ApprovedComment]] = [[] for _ in range(max(places.values()))]
    for one in comments:
        found[places[one.id] - 1].append(one)
    return found
