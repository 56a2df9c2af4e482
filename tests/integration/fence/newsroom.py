"""What do newsrooms do to their stories? Moves drawn by hypothesis, judged by ingest's own log: its events are real."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from services.ingest.adapters.context import Names
from services.ingest.adapters.due import SqlDue
from services.ingest.adapters.judging import Asked, judge
from services.ingest.adapters.outbox import SqlOutbox
from services.ingest.domain.commands import Command, Correct, Expire, Kill, Put, Revive
from services.ingest.domain.fields import pushed
from services.ingest.domain.identity import Identity
from services.ingest.domain.standing import Accepted
from services.ingest.domain.telling import Told, event
from shared.database import Database
from shared.events import ApprovedComment, CommentsChanged, StoryKilled, StoryReceived

Verb = Literal["put", "correct", "kill", "revive", "expire", "embargo", "comment"]
Emitted = StoryReceived | StoryKilled | CommentsChanged

PUBLIC: Final = "http://site.example"
NOON: Final = datetime(2026, 11, 23, 12, tzinfo=UTC)
ZONE: Final = ZoneInfo("UTC")
MINUTE: Final = timedelta(minutes=1)
#: When the stories were published; what is old is backfill and changes its month.
MONTHS: Final = (None, NOON - timedelta(days=40), NOON - timedelta(days=70))
#: Two words that are shared, each said twice, make two stories related.
TOPICS: Final = ("The ferry left the pier. A ferry needs a pier.", "Owls hunt moths. Where owls are, moths are few.")
#: The same names in both places: a term that moves from one to the other keeps its name.
TERMS: Final = ("Town", "Sea")
VOCABULARY: Final = ("ferry", "owls", "town", "sea", "ada", "north", "south")
STORIES: Final = 4


@dataclass(frozen=True, slots=True)
class Content:
    """What a push says. `refers` is another story, `by` how it is named."""

    headline: int = 0
    topic: int = 0
    sections: frozenset[int] = frozenset({0})
    tags: frozenset[int] = frozenset()
    author: bool = False
    slug: int | None = None
    aliased: bool = False
    canonical: bool = False
    month: int = 0
    refers: int | None = None
    by: int = 0
    picture: int | None = None
    breaking: bool = False
    notify: bool = True

    def fields(self, story: int) -> dict[str, Any]:
        """As a publisher pushes it."""
        body = f"<p>{TOPICS[self.topic]}</p>"
        if self.refers is not None and self.refers != story:
            names = (f"newswire:s{self.refers}", f"https://elsewhere.example/s{self.refers}", f"/old/s{self.refers}/")
            body += f'<p>READ ALSO: <a href="{names[self.by]}">what number {self.refers} said</a></p>'
        told = {
            "headline": f"Story {story} {('north', 'south')[self.headline]}",
            "body_html": body,
            "sections": [TERMS[one] for one in sorted(self.sections)],
            "tags": [TERMS[one] for one in sorted(self.tags)],
            "authors": [{"name": "Ada Penn"}] if self.author else [],
            "slug": None if self.slug is None else f"s{story}-{self.slug}",
            "aliases": [f"/old/s{story}/"] if self.aliased else [],
            "canonical_url": f"https://elsewhere.example/s{story}" if self.canonical else None,
            "published_at": MONTHS[self.month].isoformat() if MONTHS[self.month] else None,  # type: ignore[union-attr]
            "image": None if self.picture is None else {"url": f"{PUBLIC}/media/p{self.picture}.png", "alt": "x"},
            "priority": "breaking" if self.breaking else "routine",
            "notify": self.notify,
            "language": "en",
        }
        return {name: value for name, value in told.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Move:
    """Something that is done to a story."""

    story: int
    verb: Verb = "put"
    content: Content = Content()


_BITS: Final = st.frozensets(st.sampled_from((0, 1)), max_size=2)
_CONTENT: Final = st.builds(
    Content,
    headline=st.integers(0, 1),
    topic=st.integers(0, 1),
    sections=_BITS,
    tags=_BITS,
    author=st.booleans(),
    slug=st.sampled_from((None, None, 1, 2)),
    aliased=st.booleans(),
    canonical=st.booleans(),
    month=st.sampled_from((0, 0, 1, 2)),
    refers=st.none() | st.integers(0, STORIES - 1),
    by=st.integers(0, 2),
    picture=st.sampled_from((None, None, 0, 1)),
    breaking=st.booleans(),
    notify=st.booleans(),
)
_VERBS: Final[tuple[Verb, ...]] = (
    *("put", "put", "put", "put", "correct", "correct", "kill", "kill", "kill", "revive", "revive"),
    *("expire", "embargo", "comment", "comment"),
)
MOVES: Final = st.lists(
    st.builds(Move, story=st.integers(0, STORIES - 1), verb=st.sampled_from(_VERBS), content=_CONTENT),
    min_size=6,
    max_size=14,
)
#: News of today, much of it to be told: what is done to two stories that people follow.
NEWS: Final = st.lists(
    st.builds(
        Move,
        story=st.integers(0, 1),
        verb=st.sampled_from(_VERBS[:-2]),
        content=st.builds(Content, headline=st.integers(0, 1), tags=_BITS, notify=st.sampled_from((True, True, False))),
    ),
    min_size=5,
    max_size=10,
)


class Clocked(Database):
    """A database whose clock is the test's: it goes on a little whenever it is asked."""

    def __init__(self, url: str, service: str, clock: "Clock") -> None:
        super().__init__(url, service)
        self.clock = clock

    async def now(self) -> datetime:
        return self.clock.tick()


@dataclass
class Clock:
    """What time it is."""

    now: datetime = NOON

    def tick(self) -> datetime:
        """A millisecond later, each time."""
        self.now += timedelta(milliseconds=1)
        return self.now


@dataclass
class Newsroom:
    """A log, and what it has emitted so far, in order."""

    database: Database
    clock: Clock
    emitted: list[Emitted] = field(default_factory=list)
    comments: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._names, self._pushed = Names(), set[int]()
        self._outbox = SqlOutbox(self.database, self._names)
        self._due = SqlDue(self.database)

    async def make(self, moves: Sequence[Move], crowd: int = 0) -> list[Emitted]:
        """Do all of it, minutes apart; wait until embargoes are over. Every event that follows, in order.

        `crowd`: so many stories are there before, enough for lists to have a second page.
        """
        for number in range(crowd):
            await self._ask(STORIES + number, Put(pushed(Content().fields(STORIES + number))))
        for number, move in enumerate(moves):
            await self._until(NOON + number * 3 * MINUTE)
            await self._do(move)
        await self._until(NOON + (len(moves) * 3 + 10) * MINUTE)
        return self.emitted

    async def _until(self, when: datetime) -> None:
        self.clock.now = max(when, self.clock.now)
        if await self._due.release():
            self._tell((await self._outbox.claim())[0])

    async def _do(self, move: Move) -> None:
        """A story that does not exist is pushed first, whatever was to be done to it."""
        content = move.content.fields(move.story)
        is_new = move.story not in self._pushed and move.verb not in {"embargo", "expire"}
        self._pushed.add(move.story)
        match "put" if is_new else move.verb:
            case "put":
                await self._ask(move.story, Put(pushed(content)))
            case "embargo":
                until = (self.clock.now + 5 * MINUTE).isoformat()
                await self._ask(move.story, Put(pushed(content | {"embargo_until": until})))
            case "expire":
                soon = (self.clock.now + MINUTE).isoformat()
                await self._ask(move.story, Put(pushed(content | {"expires_at": soon})))
                await self._until(self.clock.now + 2 * MINUTE)
                await self._ask(move.story, Expire())
            case "correct":
                patch = {"headline": content["headline"], "sections": content["sections"]}
                await self._ask(move.story, Correct(f"It was {move.content.topic}.", "correction", patch))
            case "kill":
                await self._ask(move.story, Kill("counsel said so", None))
            case "revive":
                await self._ask(move.story, Revive("It was right."))
            case "comment":
                self._comment(move.story)

    async def _ask(self, story: int, command: Command) -> None:
        now = self.clock.tick()
        asked = [Asked(Identity("desk", f"s{story}"), command)]
        judged = await self.database.write(lambda connection: judge(connection, asked, now, ZONE, self._names))
        self._tell(judged.told)
        if any(isinstance(one, Accepted) for one in judged.outcomes) and judged.queued:
            self._tell((await self._outbox.claim())[0])

    def _tell(self, told: Sequence[Told]) -> None:
        self.emitted += [event(one, self.clock.tick()) for one in told]

    def _comment(self, story: int) -> None:
        """A comment on a story that readers can see."""
        story_id = Identity("desk", f"s{story}").story_id
        seen = [one for one in self.emitted if isinstance(one, StoryReceived) and str(one.head.story_id) == story_id]
        if not seen:
            return
        version = self.comments[story_id] = self.comments.get(story_id, 0) + 1
        at = self.clock.tick()
        told = tuple(
            ApprovedComment(id=story * 100 + one, name="Bea", html=f"<p>Remark {one}</p>", at=NOON + one * MINUTE)
            for one in range(version % 3)
        )
        self.emitted.append(CommentsChanged(at=at, story_id=seen[0].head.story_id, version=version, comments=told))
