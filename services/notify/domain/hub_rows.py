"""What does the hub owe a subscriber, what of it does a feed tell, and what becomes of it?"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from services.notify.domain.feeds import GONE, Feed
from services.notify.domain.outcomes import BACKOFF, Delivered, Failed, Moot, Outcome, Retry, Unsent
from services.notify.domain.webhooks import ends_endpoint
from services.notify.domain.webhooks import judge as judge_webhook

#: A subscriber is told of what is no correction and no kill at most this often: one content tells of many stories.
GATHER: Final = timedelta(seconds=2)
#: A story's row is tried for so long, in pauses that grow with the subscriber's failures, and a last time after that.
TRIED_FOR: Final = timedelta(days=2)
#: The longest of these pauses is four hours, so that what comes late has its tries, too.
PAUSES: Final = BACKOFF[:7]


@dataclass(frozen=True, slots=True)
class DueHub:
    """A story that a subscriber is owed; it is `sending`. `fresh`: the subscriber never had anything of the story."""

    id: int
    story_id: str
    action: str
    fresh: bool
    planned_at: datetime

    @property
    def is_kill(self) -> bool:
        """Must the feed not show the story any more?"""
        return self.action == "kill"

    @property
    def is_shown(self) -> bool:
        """Is it told by the feed showing it, rather than by the feed not showing it any more?"""
        return self.action not in GONE


@dataclass(frozen=True, slots=True)
class Errand:
    """A subscription, and all that waits for it: one content tells all of it. `failures`: in a row, before this."""

    number: int
    callback: str
    feed: Feed
    secret: str | None
    failures: int
    rows: tuple[DueHub, ...]


@dataclass(frozen=True, slots=True)
class Parted:
    """`told` are told by the content; `moot` are not in it, and never were for this subscriber."""

    told: tuple[DueHub, ...]
    moot: tuple[DueHub, ...]


def part(rows: Sequence[DueHub], present: Collection[str]) -> Parted:
    """Which rows does a content tell? `present`: stories that stand in it.

    An old story is not among a feed's newest. Who had it hears that it is gone from there, others hear nothing.
    """
    moot = tuple(one for one in rows if one.is_shown and one.fresh and one.story_id not in present)
    return Parted(tuple(one for one in rows if one not in moot), moot)


def judge(status: int, answer: Mapping[str, str], now: datetime) -> Outcome:
    """What an answer means: as for a webhook, but whoever answers 410 has left (§7)."""
    return (
        Moot(f"HTTP {status}: the subscriber has left") if ends_endpoint(status) else judge_webhook(status, answer, now)
    )


def settled(outcome: Outcome, row: DueHub, together: int, now: datetime) -> Outcome:
    """The outcome of one of `together` rows that one content told: what was tried for two days has failed."""
    match outcome:
        case Delivered(detail) if together > 1:
            return Delivered(f"{detail}; one content told of {together} stories")
        case Retry(detail) | Unsent(detail) if now - row.planned_at > TRIED_FOR:
            return Failed(f"given up after two days: {detail}")
        case _:
            return outcome


def rest(outcome: Outcome, failures: int) -> tuple[int, timedelta]:
    """Failures in a row after an outcome, and how long a subscriber is left alone then (by all but kills)."""
    match outcome:
        case Retry(_, after):
            wait = PAUSES[min(failures, len(PAUSES) - 1)]
            return failures + 1, timedelta(seconds=max(wait, min(after or 0, BACKOFF[-1])))
        case Unsent():
            return failures, timedelta(0)
        case _:
            return 0, GATHER


def grown(failures: int) -> int:
    """The place of the next pause, in `outcomes.BACKOFF`: rows of one subscriber wait for each other."""
    return min(failures, len(PAUSES) - 1)
