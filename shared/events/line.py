"""Which events carry a story along the line: received → enriched → rendered → live?"""

from typing import ClassVar, Literal

from pydantic import AwareDatetime

from shared.events.article import Article
from shared.events.base import Fact, Frozen
from shared.events.story import Story, StoryHead


class OnTheLine(Fact):
    """An event of the line: the head travels unchanged, the content grows."""

    head: StoryHead

    @property
    def subject(self) -> tuple[str, int]:
        """(story id, revision)."""
        return str(self.head.story_id), self.head.revision


class StoryReceived(OnTheLine):
    """Ingest let a revision go. `story` is None for the action `expire`. Kills travel as `StoryKilled` instead.

    `headline` is that of a story which expires, for the desk's trace only; no public output may show it.
    """

    stream: ClassVar[str] = "story.received.v1"

    story: Story | None
    headline: str = ""


class StoryEnriched(OnTheLine):
    """Enrich cleaned, understood and linked a revision. `article` is None for `expire`."""

    stream: ClassVar[str] = "story.enriched.v1"

    article: Article | None


class Route(Frozen):
    """What a path answers from now on: the page object `key`, unless the site holds a higher `version` for it.

    An empty `key`: nothing is there any more (a page beyond the last one of a list that shrank).
    """

    path: str
    key: str
    version: int
    kind: Literal["story", "list", "feed", "sitemap", "comments"]


class StoryRendered(OnTheLine):
    """Render wrote a revision's pages: `routes` are the story's own page and every list and feed that it touched.

    `comments_version` is the version of the comments that the page shows. For `expire` there is no story route.
    """

    stream: ClassVar[str] = "story.rendered.v1"

    article: Article | None
    routes: tuple[Route, ...]
    comments_version: int = 0


class StoryLive(OnTheLine):
    """Site proved that the story's address answers with this revision (kill, expire: with 410).

    `url` is the absolute address of the page. `article` is None for kill and expire.
    """

    stream: ClassVar[str] = "story.live.v1"

    article: Article | None
    url: str
    live_at: AwareDatetime
