"""How does the site enter what a rebuild makes? Into a route table that nobody reads, and without a word to anybody.

No proof, no purge, no event: there is nothing here that could send one.
"""

from collections.abc import Sequence
from itertools import chain

from services.site.domain.changes import PageRoute, from_kill, from_rendered, newest_changes, shared_routes
from services.site.handlers.ports import Routes
from shared.events import ListsRendered, StoryKilled, StoryRendered


class Replay:
    """The site's three steps, as far as they change its tables."""

    def __init__(self, routes: Routes) -> None:
        """`routes`: the table beside the one that is read."""
        self._routes = routes

    async def rendered(self, batch: Sequence[StoryRendered]) -> None:
        """Pages of stories."""
        if batch:
            changes = newest_changes([from_rendered(event) for event in batch])
            await self._routes.apply(list(changes.values()), shared_routes(batch), max(one.at for one in batch))

    async def lists(self, batch: Sequence[ListsRendered]) -> None:
        """Pages without a story."""
        if batch:
            shared = chain.from_iterable(map(PageRoute.of, event.routes) for event in batch)
            await self._routes.apply([], shared, max(one.at for one in batch))

    async def killed(self, batch: Sequence[StoryKilled]) -> None:
        """Withdrawn stories."""
        if batch:
            changes = newest_changes([from_kill(event) for event in batch])
            await self._routes.apply(list(changes.values()), (), max(one.at for one in batch))
