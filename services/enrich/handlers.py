"""Events in, events out: in which order a batch of revisions is fenced, cleaned, pictured, understood and linked."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.enrich.domain import languages
from services.enrich.domain.drafts import Draft, draft, pictured
from services.enrich.domain.sanitise import Sanitiser
from shared.events import StoredImage, StoryEnriched, StoryHead, StoryKilled, StoryReceived

#: Characters of HTML that take about 5 ms; more goes to a thread, so that the loop goes on.
AT_ONCE = 20_000

Answers = Sequence[Sequence[StoryEnriched]]


class Stories(Protocol):
    """What enrich remembers of stories."""

    async def revisions(self, wanted: Collection[UUID]) -> Mapping[UUID, int]:
        """The newest settled revision of each known story."""

    async def settle(self, batch: Sequence[Draft | StoryKilled], now: datetime) -> list[list[StoryEnriched]]:
        """Take revisions in, one a story; for each, what follows from it."""

    async def repeat(self, heads: Sequence[StoryHead]) -> list[list[StoryEnriched]]:
        """What was emitted for these revisions."""


class Pictures(Protocol):
    """Who gets pictures."""

    async def find(self, batch: Sequence[StoryReceived], now: datetime) -> list[tuple[StoredImage | None, str | None]]:
        """For each revision its picture, or the reason why it has none."""


class Guesser(Protocol):
    """Who guesses languages."""

    @property
    def loaded(self) -> bool:
        """Is a guess cheap now?"""

    def guess(self, sample: str) -> tuple[str, float]:
        """(language, confidence)."""


class Enricher:
    """The two steps of enrich."""

    def __init__(
        self,
        stories: Stories,
        pictures: Pictures,
        guesser: Guesser,
        sanitiser: Sanitiser,
        *,
        site_language: str,
        now: Callable[[], Awaitable[datetime]],
    ) -> None:
        """`now`: the database's clock."""
        self._stories = stories
        self._pictures = pictures
        self._guesser = guesser
        self._sanitiser = sanitiser
        self._site_language = languages.normal(site_language) or site_language
        self._now = now

    async def received(self, batch: Sequence[StoryReceived]) -> Answers:
        """`story.received` → `story.enriched`: of each story the newest revision in the batch, and whom it changed."""
        newest = _newest(batch)
        settled = await self._stories.revisions(newest)
        fresh = [one for name, one in newest.items() if one.head.revision > settled.get(name, 0)]
        fresh_ids = {one.head.story_id for one in fresh}
        old = [one.head for name, one in newest.items() if name not in fresh_ids]
        answers: dict[UUID, Sequence[StoryEnriched]] = {}
        if old:
            repeated = await self._stories.repeat(old)
            answers |= {head.story_id: events for head, events in zip(old, repeated, strict=True)}
        if fresh:
            answers |= await self._taken_in(fresh)
        return [
            answers[one.head.story_id] if one.head.revision == newest[one.head.story_id].head.revision else ()
            for one in batch
        ]

    async def killed(self, batch: Sequence[StoryKilled]) -> Answers:
        """`story.killed`: forget the story; the events are of those that had it as related or referred to it."""
        newest: dict[UUID, StoryKilled] = {}
        for one in batch:
            held = newest.get(one.head.story_id)
            if held is None or held.head.revision < one.head.revision:
                newest[one.head.story_id] = one
        events = await self._stories.settle(list(newest.values()), await self._now())
        answers = dict(zip(newest, events, strict=True))
        return [
            answers[one.head.story_id] if one.head.revision == newest[one.head.story_id].head.revision else ()
            for one in batch
        ]

    async def _taken_in(self, fresh: Sequence[StoryReceived]) -> dict[UUID, Sequence[StoryEnriched]]:
        now = await self._now()
        found, drafts = await asyncio.gather(self._pictures.find(fresh, now), self._drafts(fresh))
        drafts = [
            one if one.article is None else replace(one, article=pictured(one.article, image, missing))
            for one, (image, missing) in zip(drafts, found, strict=True)
        ]
        events = await self._stories.settle(drafts, now)
        return {one.head.story_id: told for one, told in zip(fresh, events, strict=True)}

    async def _drafts(self, fresh: Sequence[StoryReceived]) -> list[Draft]:
        size = sum(len(one.story.body_html) for one in fresh if one.story)
        if size > AT_ONCE:
            drafts = await asyncio.to_thread(self._draft_all, fresh)
        else:
            drafts = self._draft_all(fresh)
        if not any(one.language_sample for one in drafts):
            return drafts
        if self._guesser.loaded:
            return self._guess_all(drafts)
        return await asyncio.to_thread(self._guess_all, drafts)

    def _draft_all(self, fresh: Sequence[StoryReceived]) -> list[Draft]:
        return [draft(one, self._sanitiser, self._site_language) for one in fresh]

    def _guess_all(self, drafts: Sequence[Draft]) -> list[Draft]:
        return [self._guessed(one) for one in drafts]

    def _guessed(self, one: Draft) -> Draft:
        if one.language_sample is None or one.article is None:
            return one
        language = languages.decide(self._guesser.guess(one.language_sample), self._site_language)
        return replace(one, article=one.article.model_copy(update={"language": language}))


def _newest(batch: Sequence[StoryReceived]) -> dict[UUID, StoryReceived]:
    newest: dict[UUID, StoryReceived] = {}
    for one in batch:
        held = newest.get(one.head.story_id)
        if held is None or held.head.revision < one.head.revision:
            newest[one.head.story_id] = one
    return newest
