"""How are approved comments shown: as a thread under a story, and as feeds?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from services.render.domain.entry import Dates
from services.render.domain.feed import FeedHead
from services.render.domain.instants import micros, rfc822
from services.render.domain.markup import clean, element, escape, uri
from services.render.domain.rss import TYPE, cdata, channel, described, links, prologue
from services.render.domain.site import Site
from services.render.domain.story_text import beginning, text_of
from shared.events import ApprovedComment
from shared.events.comment_pages import page_path

DEEPEST = 5


@dataclass(frozen=True, slots=True)
class StoryComment:
    """A comment and the story under which it stands."""

    story_id: UUID
    path: str
    headline: str
    comment: ApprovedComment
    page: int = 1


def thread(comments: Sequence[ApprovedComment], dates: Dates) -> list[dict[str, Any]]:
    """Comments as templates show them: each after its parent, oldest first, indented at most DEEPEST times."""
    known = {one.id for one in comments}
    below: dict[int | None, list[ApprovedComment]] = {}
    for one in sorted(comments, key=lambda comment: (comment.at, comment.id)):
        # A parent that is not approved, or not older, cannot hold its answers: they stand by themselves.
        parent = one.parent if one.parent is not None and one.parent in known and one.parent < one.id else None
        below.setdefault(parent, []).append(one)
    shown: list[dict[str, Any]] = []
    waiting = [(one, 0) for one in reversed(below.get(None, []))]
    while waiting:
        one, depth = waiting.pop()
        shown.append(_shown(one, depth, dates))
        waiting += [(answer, min(depth + 1, DEEPEST)) for answer in reversed(below.get(one.id, []))]
    return shown


def _shown(one: ApprovedComment, depth: int, dates: Dates) -> dict[str, Any]:
    return {
        "id": one.id,
        "parent": one.parent,
        "depth": depth,
        "name": one.name,
        "website": one.website,
        "html": one.html,
        "date": dict(dates(one.at)),
    }


def feed(head: FeedHead, comments: Sequence[StoryComment], site: Site) -> bytes:
    """A feed of comments (RSS 2.0), newest first. Ids stay when a story moves to another address."""
    opening = (
        f'{prologue(site)}<rss version="2.0" xml:lang="{escape(head.language)}" '
        'xmlns:atom="http://www.w3.org/2005/Atom" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">\n<channel>'
        f"{channel(head)}{links(head, site, 'atom:link', TYPE)}"
    )
    items = "".join(_item(one, site) for one in comments)
    return f"{opening}\n{items}</channel>\n</rss>\n".encode()


def _item(one: StoryComment, site: Site) -> str:
    address = f"{page_path(uri(site.url + one.path), one.page)}#comment-{one.comment.id}"
    title = f"{one.comment.name}: {one.headline}"
    own = uuid5(one.story_id, f"comment/{one.comment.id}")
    return (
        f"<item>{element('title', title)}{element('link', address)}"
        f'<guid isPermaLink="false">urn:uuid:{own}</guid><pubDate>{rfc822(micros(one.comment.at))}</pubDate>'
        f"{element('dc:creator', one.comment.name)}"
        f"{described(beginning(text_of(one.comment.html)))}"
        f"<content:encoded>{cdata(clean(one.comment.html))}</content:encoded></item>\n"
    )
