"""What follows from a story, a kill, new comments?"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, TypeVar

from services.render.domain.instants import micros
from services.render.domain.lists import former_memberships
from services.render.domain.snapshot import Applied, Change, Killed
from services.render.handlers.ports import Index, Thumbnails
from services.render.handlers.press import Press
from shared.events import CommentsChanged, Event, ListsRendered, Route, StoryEnriched, StoryKilled, StoryRendered
from shared.events.stored import unpack_event

Answers = Sequence[Sequence[Event]]
E = TypeVar("E", StoryEnriched, StoryKilled, CommentsChanged)


class RenderSteps:
    """One method an event; each takes a batch and answers, event by event, with what follows."""

    def __init__(self, index: Index, press: Press, thumbnails: Thumbnails, wake: Callable[[], None]) -> None:
        """`wake` tells the sweep that something may be due."""
        self._index = index
        self._press = press
        self._thumbnails = thumbnails
        self._wake = wake
        self._painting = asyncio.Lock()

    async def enriched(self, batch: Sequence[StoryEnriched]) -> Answers:
        """Revisions: pages of the stories and of every list that they touch, each list once."""
        newest = _newest(batch, lambda one: (str(one.head.story_id), (one.head.revision, one.at)))
        changes = await asyncio.gather(*(self._change(batch[place]) for place in newest.values()))
        # One batch is compressed and written while the next is entered and painted; not more at once, since its lists
        # show the cards that this one has made.
        async with self._painting:
            applied = await self._index.apply(changes, await self._index.now())
            painted = await self._press.paint(applied.snapshot)
        routes = await self._press.keep(painted, applied.snapshot.version)
        self._wake()
        now = await self._index.now()
        comments = {shot.stored.story_id: shot.stored.comments_version for shot in applied.snapshot.stories}
        answers: list[list[Event]] = [[] for _ in batch]
        for story_id, place in newest.items():
            if story_id in applied.accepted:
                event = applied.snapshot.events.get(story_id, batch[place])
                answers[place].append(
                    StoryRendered(
                        at=now,
                        head=event.head,
                        article=event.article,
                        routes=_routes(story_id, applied, routes),
                        comments_version=comments.get(story_id, 0),
                    )
                )
        return answers

    async def killed(self, batch: Sequence[StoryKilled]) -> Answers:
        """Kills: every list, feed, sitemap and page that showed the story, without it."""
        newest = _newest(batch, lambda one: (str(one.head.story_id), one.head.revision))
        kills = [_kill(batch[place]) for place in newest.values()]
        applied = await self._index.kill(kills, await self._index.now())
        routes = tuple(chain.from_iterable((await self._press.print(applied.snapshot)).values()))
        self._wake()
        now = await self._index.now()
        answers: list[list[Event]] = [[] for _ in batch]
        for story_id, place in newest.items():
            if story_id in applied.accepted:
                event = batch[place]
                told = (event.head.story_id, event.head.revision, event.receipt)
                answers[place].append(ListsRendered(at=now, routes=routes, killed=(told,)))
        return answers

    async def commented(self, batch: Sequence[CommentsChanged]) -> Answers:
        """Comments: the page of the story once more, and the feed of comments."""
        newest = _newest(batch, lambda one: (str(one.story_id), one.version))
        applied = await self._index.comment([batch[place] for place in newest.values()], await self._index.now())
        routes = await self._press.print(applied.snapshot)
        now = await self._index.now()
        answers: list[list[Event]] = [[] for _ in batch]
        for shot in applied.snapshot.stories:
            stored = shot.stored
            event = unpack_event(stored.doc)
            answers[newest[stored.story_id]].append(
                StoryRendered(
                    at=now,
                    head=event.head,
                    article=event.article,
                    routes=(*routes.get(f"story:{stored.story_id}", ()), *routes.get("", ())),
                    comments_version=stored.comments_version,
                )
            )
        return answers

    async def _change(self, event: StoryEnriched) -> Change:
        image = event.article.image if event.article else None
        return Change(event, await self._thumbnails.of(image) if image else None)


def _newest(batch: Sequence[E], name: Callable[[E], tuple[str, Any]]) -> Mapping[str, int]:
    """Story → place of its newest event in the batch; the last of equals. `name`: (story, what orders its events)."""
    found: dict[str, tuple[Any, int]] = {}
    for place, one in enumerate(batch):
        story_id, version = name(one)
        found[story_id] = max(found.get(story_id, (version, place)), (version, place))
    return {story_id: place for story_id, (_, place) in found.items()}


def _routes(story_id: str, applied: Applied, routes: Mapping[str, Sequence[Route]]) -> tuple[Route, ...]:
    made_for: Iterable[str] = (f"story:{story_id}", *(f"list:{key}" for key in applied.accepted[story_id]), "")
    return tuple(chain.from_iterable(routes.get(one, ()) for one in made_for))


def _kill(event: StoryKilled) -> Killed:
    head = event.head
    return Killed(
        story_id=head.story_id,
        revision=head.revision,
        path=head.path,
        ordinal=head.ordinal,
        note=event.public_note,
        at=micros(head.history[-1].at),
        published=micros(head.published_at),
        stood_in=() if head.hidden else former_memberships(head),
    )
