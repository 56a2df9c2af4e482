"""What do the templates of a story, and of further pages of its comments, get of its comments?"""

from collections.abc import Sequence
from typing import Any, Final

from services.render.domain.comments import thread
from services.render.domain.entry import Dates, Entry
from services.render.domain.markup import uri
from shared.events import ApprovedComment
from shared.events.comment_pages import page_path

#: Most stories.
_ALONE: Final = {"page": 1, "pages": 1}


def shown(pages: Sequence[Sequence[ApprovedComment]], page: int, story_path: str, dates: Dates) -> dict[str, Any]:
    """One of these pages, and how it leads to the others."""
    return {
        "comments": thread(pages[page - 1], dates) if pages else [],
        "comment_count": sum(map(len, pages)),
        "comment_paging": _paging(page, len(pages), uri(story_path)) if len(pages) > 1 else _ALONE,
    }


def _paging(page: int, last: int, path: str) -> dict[str, Any]:
    return {
        "page": page,
        "pages": last,
        "previous_path": f"{page_path(path, page - 1)}#comments" if page > 1 else None,
        "next_path": f"{page_path(path, page + 1)}#comments" if page < last else None,
        "last_path": f"{page_path(path, last)}#comments" if page < last - 1 else None,
    }


def comments_context(
    one: Entry, language_direction: str, dates: Dates, pages: Sequence[Sequence[ApprovedComment]], page: int
) -> dict[str, Any]:
    """The `story` of `comments.html`, a further page of its comments."""
    article, head = one.article, one.head
    return {
        "revision": head.revision,
        "headline": article.headline,
        "path": uri(head.path),
        "canonical": article.canonical_url or one.url,
        "language": article.language,
        "dir": language_direction,
        "comments_open": article.comments == "open",
        "feed_path": uri(head.path) + "feed/",
        **shown(pages, page, head.path, dates),
    }
