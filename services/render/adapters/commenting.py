"""How do approved comments enter the index?"""

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, delete, insert, select, update

from services.render.adapters.tables import comments, stories, tombstones
from services.render.domain.instants import micros
from services.render.domain.lists import IN_FEED
from services.render.domain.stored_form import pack_comments, unpack_comments
from shared.events import ApprovedComment, CommentsChanged
from shared.events.comment_pages import pages_of


def comment(connection: Connection, events: Sequence[CommentsChanged], version: int) -> set[str]:
    """Enter the newest lists of comments, one of a story; the live stories whose page shows them."""
    ids = [str(one.story_id) for one in events]
    columns = (stories.c.story_id, stories.c.state, stories.c.comments_version)
    known = {row.story_id: row for row in connection.execute(select(*columns).where(stories.c.story_id.in_(ids)))}
    shown: set[str] = set()
    for one in events:
        story_id = str(one.story_id)
        held = known.get(story_id)
        if held is None:
            connection.execute(insert(stories), _waiting_row(one, version))
        elif held.comments_version <= one.version:
            connection.execute(
                update(stories)
                .where(stories.c.story_id == story_id)
                .values(comments_version=one.version, comments=pack_comments(one.comments))
            )
            if held.state == "live":
                enter_comments(connection, story_id, one.comments)
                shown.add(story_id)
    return shown


def restore(connection: Connection, rows: Sequence[Any]) -> set[str]:
    """Show the comments of stories that come (back) to life and take their tombstones away; the lists that had one.

    `rows` hold what was kept of the stories.
    """
    for row in rows:
        if row.comments is not None:
            enter_comments(connection, row.story_id, unpack_comments(row.comments))
    theirs = tombstones.c.story_id.in_([row.story_id for row in rows])
    carried = set(connection.execute(select(tombstones.c.list_key).where(theirs)).scalars())
    connection.execute(delete(tombstones).where(theirs))
    return carried


def enter_comments(connection: Connection, story_id: str, approved: Sequence[ApprovedComment]) -> None:
    """Replace a story's comments in the site's feed: no more of them than could ever be in it."""
    connection.execute(delete(comments).where(comments.c.story_id == story_id))
    pages = pages_of((one.id, one.parent) for one in approved)
    rows = [
        {
            "story_id": story_id,
            "comment_id": one.id,
            "at": micros(one.at),
            "body": orjson.dumps(one.model_dump(mode="json")),
            "page": pages[one.id],
        }
        for one in sorted(approved, key=lambda one: (one.at, one.id))[-IN_FEED:]
    ]
    if rows:
        connection.execute(insert(comments), rows)


def _waiting_row(one: CommentsChanged, version: int) -> dict[str, Any]:
    """Comments that came before their story: kept until it arrives."""
    return {
        "story_id": str(one.story_id),
        "state": "waiting",
        "revision": 0,
        "comments_version": one.version,
        "version": version,
        "ordinal": 0,
        "path": "",
        "published_at": 0,
        "accepted_at": 0,
        "updated_at": 0,
        "headline": "",
        "priority": "routine",
        "language": "",
        "sponsored": False,
        "comments": pack_comments(one.comments),
    }
