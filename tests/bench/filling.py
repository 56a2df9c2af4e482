"""How does a site get 100,000 stories in a minute? Past the line: its own step enters them, each shows one page.

What serving stands on is the route table, the page store and the memory before them. Whether a page was made a
hundred thousand times or once, the table, the search index and the changes that the site follows are as long.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import select

from services.site.adapters.sql_addresses import SqlAddresses
from services.site.adapters.tables import routes
from services.site.handlers.replaying import Replay
from shared.database import Database
from shared.events import Article, Fragment, HistoryEntry, Person, Route, StoryHead, StoryRendered, Term
from tests.bench.stories import story

BATCH: Final = 1_000
_AT: Final = datetime(2026, 1, 1, tzinfo=UTC)


async def lengthen(url: str, like: str, start: int, stop: int) -> list[str]:
    """Enter stories `start` to `stop` on the site's database at `url`; each shows the page of `like`. Their paths."""
    database = Database(url, "site")
    try:
        replay = Replay(SqlAddresses(database))
        of = select(routes.c.key).where(routes.c.path == like)
        key = str(await database.read(lambda connection: connection.scalar(of)))
        numbers: Sequence[int] = range(start, stop)
        for first in range(0, len(numbers), BATCH):
            await replay.rendered([_rendered(number, key) for number in numbers[first : first + BATCH]])
    finally:
        await database.close()
    return [_path(number) for number in numbers]


def _path(number: int) -> str:
    return f"/2026/01/01/filler-{number}/"


def _rendered(number: int, key: str) -> StoryRendered:
    told = story(number, size=500)
    head = StoryHead(
        story_id=uuid5(NAMESPACE_URL, f"newswire:filler/{number}"),
        publisher="filler",
        publisher_name="Filler",
        external_id=str(number),
        revision=1,
        action="publish",
        ordinal=1_000_000 + number,
        accepted_at=_AT,
        published_at=_AT,
        path=_path(number),
        history=(HistoryEntry(revision=1, action="publish", at=_AT, note=None),),
    )
    article = Article(
        headline=told["headline"],
        dek=told["dek"],
        body=(Fragment(html=told["body_html"]),),
        text=told["body_html"],
        word_count=70,
        reading_minutes=1,
        language="en",
        sections=tuple(Term(slug=one.lower(), name=one) for one in told["sections"]),
        tags=tuple(Term(slug=one, name=one) for one in told["tags"]),
        authors=tuple(Person(slug=one["name"].lower().replace(" ", "-"), name=one["name"]) for one in told["authors"]),
    )
    route = Route(path=head.path, key=key, version=1, kind="story")
    return StoryRendered(at=_AT, head=head, article=article, routes=(route,), comments_version=0)
