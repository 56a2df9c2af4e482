"""Notify with its readers and partners, driven by hand: what it hears, and a worker anywhere in its work."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import select

from services.notify.adapters import tables
from services.notify.adapters.changes import SqlChanges
from services.notify.adapters.endpoints import SqlEndpoints
from services.notify.adapters.ledger import SqlLedger
from services.notify.adapters.planning import SqlPlans
from services.notify.adapters.reports import SqlReports
from services.notify.adapters.subscribers import SqlSubscribers
from services.notify.adapters.tables import deliveries, notices, stories
from services.notify.domain.outcomes import Bounced, Delivered, Outcome, Retry, Uncertain
from services.notify.domain.people import Wish
from services.notify.domain.rows import DueMail, DueWebhook, Finished
from services.notify.domain.topics import parse_topic
from services.notify.handlers.events import NotifyHandlers
from shared.events import Article, StoryHead, StoryKilled, StoryLive, StoryReceived
from shared.runtime.directory import DirectoryCopy
from tests.integration.fence.chance import Chance
from tests.integration.fence.grounds import Ground
from tests.integration.fence.newsroom import PUBLIC, ZONE, Emitted

#: Readers: one of everything, one of a section, one who gets a digest.
PEOPLE: Final = (("all", "instant"), ("section:town", "instant"), ("tag:sea", "daily"))
OUTCOMES: Final[tuple[Outcome | None, ...]] = (
    Delivered(), Delivered(), Delivered(), Uncertain("lost"), Retry("later"), Bounced("no such box"), None,
)  # fmt: skip
#: What a worker has in hand is its own for so long.
SENDING: Final = timedelta(minutes=2)
Heard = StoryLive | StoryKilled


class Sent(NamedTuple):
    """Bytes that left: to whom, of what. `outcome` is how that went, None when the worker died."""

    channel: str
    recipient: int
    story: str
    revision: int
    outcome: Outcome | None

    @property
    def may_be_there(self) -> bool:
        """May it have been read? Not what was refused, unless by a web server, which may have kept it all the same."""
        refused = isinstance(self.outcome, Bounced) or (self.channel == "email" and isinstance(self.outcome, Retry))
        return not refused


def heard_by_notify(emitted: Sequence[Emitted]) -> list[Heard]:
    """What notify hears of these revisions: each live; the kills also ahead of that."""
    found: list[Heard] = []
    for one in emitted:
        if isinstance(one, StoryKilled):
            found += [one, _live(one.head, None)]
        elif isinstance(one, StoryReceived):
            found.append(_live(one.head, one))
    return found


def _live(head: StoryHead, received: StoryReceived | None) -> StoryLive:
    story = received.story if received else None
    article = None
    if story is not None:
        named = {name: getattr(story, name) for name in ("headline", "authors", "sections", "tags", "priority")}
        told = {"dek": "", "body": (), "text": "x", "word_count": 1, "reading_minutes": 1, "language": "en"}
        article = Article.model_validate({**told, **named})
    return StoryLive(at=head.accepted_at, head=head, article=article, url=PUBLIC + head.path, live_at=head.accepted_at)


@dataclass
class Notify:
    """Notify on a ground of its own."""

    ground: Ground
    sent: list[Sent] = field(default_factory=list)
    killed: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.database = self.ground.database("notify")
        self.ledger = SqlLedger(self.database, resend=True)
        self.reports = SqlReports(self.database)
        directory = DirectoryCopy(self.database, tables.directory)
        plans = SqlPlans(self.database, ZONE)
        self.handlers = NotifyHandlers(plans, SqlChanges(self.database), directory, _nothing)
        self._held: tuple[str, list[DueMail], list[DueWebhook]] | None = None
        self._tokens = 0

    async def begin(self) -> None:
        """Readers and partners."""
        people = [(f"{place}@readers.example", topic, cadence) for place, (topic, cadence) in enumerate(PEOPLE)]
        wishes = [(email, Wish((parse_topic(topic),), cadence)) for email, topic, cadence in people]  # type: ignore[arg-type]  # a Literal
        await SqlSubscribers(self.database, PUBLIC, _nothing).add(wishes)
        endpoints = SqlEndpoints(self.database)
        every = ("story.live", "story.updated", "story.corrected", "story.killed", "story.revived", "story.expired")
        await endpoints.create("", "https://a.example/", every, ("all",))
        await endpoints.create("", "https://b.example/", ("story.live",), ("section:town",))

    async def hear(self, batch: Sequence[Heard]) -> None:
        """A batch of one kind or the other, or of both."""
        killed = [one for one in batch if isinstance(one, StoryKilled)]
        live = [one for one in batch if isinstance(one, StoryLive)]
        if killed:
            await self.handlers.killed(killed)
        if live:
            await self.handlers.live(live)
        for event in batch:
            if event.head.action == "kill":
                self.killed[event.subject[0]] = max(event.head.revision, self.killed.get(event.subject[0], 0))

    async def work(self, chance: Chance) -> None:
        """The worker goes one step on: it leases, it sends and says how that went; or it died, and is swept."""
        if chance.below(8) == 7:
            self.ground.clock.now += 2 * SENDING
            await self.ledger.sweep()
        if self._held is None:
            self._tokens += 1
            token = f"t{self._tokens}"
            mails = await self.ledger.lease_mail(token, 10)
            hooks = await self.ledger.lease_webhooks(token, 10, ())
            self._held = token, mails, hooks
            self._hooks = await self._begun([one.id for one in hooks])
            return
        token, mails, _ = self._held
        self._held = None
        started = await self.ledger.begin(token, [one.id for one in mails])
        rows = [*await self._begun(sorted(started or ())), *self._hooks]
        done = []
        for row in rows:
            outcome = chance.one_of(OUTCOMES)
            self.sent.append(Sent(row.channel, row.recipient, row.story_id, row.revision, outcome))
            if outcome is not None:
                done.append(Finished(row.id, row.attempts, outcome))
        await self.ledger.finish(token, done)

    async def _begun(self, ids: Sequence[int]) -> Sequence[Any]:
        """What may be sent now, with the names of stories: nothing that is older than a kill of its story."""
        query = select(deliveries, stories.c.story_id).join(stories, stories.c.id == deliveries.c.story)
        chosen = query.where(deliveries.c.id.in_(ids)).order_by(deliveries.c.id)
        rows = await self.database.read(lambda connection: connection.execute(chosen).all())
        assert [row for row in rows if row.revision < self.killed.get(row.story_id, 0)] == []
        return rows

    async def rows(self) -> Sequence[Any]:
        """The ledger, with the names of stories and the actions of notices."""
        query = (
            select(deliveries, stories.c.story_id, notices.c.action)
            .join(stories, stories.c.id == deliveries.c.story)
            .join(notices, notices.c.id == deliveries.c.notice_id)
        )
        return await self.database.read(lambda connection: connection.execute(query).all())

    async def noticed(self) -> dict[str, dict[int, str]]:
        """Story → revision → the action that it was told as."""
        query = select(stories.c.story_id, notices.c.revision, notices.c.action).select_from(
            notices.join(stories, stories.c.id == notices.c.story)
        )
        found: dict[str, dict[int, str]] = {}
        rows = await self.database.read(lambda connection: connection.execute(query).all())
        for story_id, revision, action in rows:
            assert revision not in found.setdefault(story_id, {}), "a notice twice"
            found[story_id][revision] = action
        return found


async def _nothing() -> None:
    return None
