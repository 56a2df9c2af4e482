"""Is a kill done, and when is it said again?

Two kinds of channels answer a kill. What we do ourselves answers at once: a word that is missing after two seconds was
lost, so the kill is said again. Other people's machines answer when they will: mail to a relay that is away is tried
for days, and to ask every few seconds where it is would only make everybody render the same lists again.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from shared.events import KillChannel

Outcome = Literal["confirmed", "failed", "unreachable"]
#: Whose word is awaited.
WaitsFor = Literal["ourselves", "others"]

#: That the 410 is proven and that the notices are planned: both come back for every revision.
DRIVEN: Final = ("live", "planned")
#: What we do ourselves, each answered by the service that did it.
PROMPT: Final[tuple[KillChannel, ...]] = ("page", "lists", "feeds", "sitemaps", "search", "related", "media")
#: What waits for others: relays, partners, a CDN (`cdn` is asked for only where there is one).
SLOW: Final[tuple[KillChannel, ...]] = ("email", "webhook", "websub", "cdn")

#: The first patience with each kind; it doubles with every time that the kill is said again.
PATIENCE: Final[Mapping[WaitsFor, timedelta]] = {
    "ourselves": timedelta(seconds=2),
    "others": timedelta(minutes=1),
}
LONGEST: Final[Mapping[WaitsFor, timedelta]] = {"ourselves": timedelta(hours=1), "others": timedelta(hours=6)}
#: After so long nobody asks any more. Mail and webhooks are tried for two days; a late word is entered all the same.
END: Final = timedelta(days=5)


@dataclass(frozen=True, slots=True)
class Open:
    """A receipt that is looked at: since when it is open, whom it waits for, how often it asked them.

    `said` are the channels whose last word is known, `True` where it is final; `overtaken`: a newer revision exists.
    """

    opened_at: datetime
    waits_for: WaitsFor
    asked: int
    said: Mapping[str, bool]
    overtaken: bool = False


@dataclass(frozen=True, slots=True)
class Complete:
    """Everybody has said their last word."""


@dataclass(frozen=True, slots=True)
class Overtaken:
    """The story was revived: nobody must make it vanish any more."""


@dataclass(frozen=True, slots=True)
class GivenUp:
    """These never said their last word; of those in `silent` nothing was ever heard."""

    missing: tuple[str, ...]
    silent: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wait:
    """Look again then."""

    waits_for: WaitsFor
    asked: int
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Ask(Wait):
    """Say the kill again now, because of these."""

    missing: tuple[str, ...] = ()


Look = Complete | Overtaken | GivenUp | Wait | Ask


def expected(*, has_cdn: bool) -> tuple[KillChannel, ...]:
    """The channels of every receipt, in the order in which they are shown."""
    return (*PROMPT, *(channel for channel in SLOW if has_cdn or channel != "cdn"))


def look(receipt: Open, wanted: Collection[str], now: datetime) -> Look:
    """What follows from what was said so far? `wanted` are the expected channels."""
    if receipt.overtaken:
        return Overtaken()
    missing = tuple(one for one in (*DRIVEN, *wanted) if not receipt.said.get(one, False))
    if not missing:
        return Complete()
    if now - receipt.opened_at >= END:
        return GivenUp(missing, tuple(one for one in missing if one not in receipt.said and one not in DRIVEN))
    waits_for: WaitsFor = "others" if set(missing) <= set(SLOW) else "ourselves"
    if waits_for != receipt.waits_for:
        # The others are asked for the first time only when their own patience is over.
        return Wait(waits_for, 0, now + PATIENCE[waits_for])
    pause = min(LONGEST[waits_for], PATIENCE[waits_for] * 2 ** min(receipt.asked + 1, 20))
    return Ask(waits_for, receipt.asked + 1, now + pause, missing)
