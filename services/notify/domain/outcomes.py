"""What did a channel answer, and what becomes of the delivery?"""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal

State = Literal["pending", "sending", "delivered", "bounced", "failed", "suppressed", "uncertain"]

#: States from which a delivery may already be with its reader.
HAD: Final = ("delivered", "sending", "uncertain")
SETTLED: Final = frozenset({"delivered", "bounced", "failed", "suppressed", "uncertain"})

#: Waits in seconds; after the last attempt a delivery has failed. Eleven attempts span about two days, as relays do.
BACKOFF: Final = (5, 30, 120, 600, 1800, 7200, 14400, 28800, 43200, 86400)


@dataclass(frozen=True, slots=True)
class Delivered:
    """The other side took it."""

    detail: str = ""


@dataclass(frozen=True, slots=True)
class Retry:
    """Not now; `after` (s) is what the other side asked for."""

    detail: str
    after: float | None = None


@dataclass(frozen=True, slots=True)
class Bounced:
    """This recipient does not take it, ever."""

    detail: str


@dataclass(frozen=True, slots=True)
class Failed:
    """It cannot be sent as it is."""

    detail: str


@dataclass(frozen=True, slots=True)
class Uncertain:
    """The connection was lost when the other side may have had it already."""

    detail: str


@dataclass(frozen=True, slots=True)
class Unsent:
    """No byte of it left: the channel is away. Costs no attempt."""

    detail: str


@dataclass(frozen=True, slots=True)
class Moot:
    """Nothing is left to say, or nobody to say it to."""

    detail: str


Outcome = Delivered | Retry | Bounced | Failed | Uncertain | Unsent | Moot


@dataclass(frozen=True, slots=True)
class Settled:
    """What a ledger row becomes; `attempts` counts up by `tried`."""

    state: State
    detail: str
    due_at: datetime
    tried: int = 1
    doubtful: bool = False


def settle(  # noqa: C901, PLR0911 - one line a case
    outcome: Outcome, attempts: int, now: datetime, *, resend: bool
) -> Settled:
    """The ledger row after an attempt. `attempts` were made before it; `resend`: the policy for uncertain ones."""
    match outcome:
        case Delivered(detail):
            return Settled("delivered", detail, now)
        case Bounced(detail):
            return Settled("bounced", detail, now)
        case Failed(detail):
            return Settled("failed", detail, now)
        case Moot(detail):
            return Settled("suppressed", detail, now, tried=0)
        case Unsent(detail):
            return Settled("pending", detail, now + timedelta(seconds=BACKOFF[0]), tried=0)
        case Uncertain(detail):
            state: State = "pending" if resend else "uncertain"
            return Settled(state, detail, now + timedelta(seconds=BACKOFF[0]), doubtful=True)
        case Retry(detail, after):
            if attempts >= len(BACKOFF):
                return Settled("failed", f"given up after {attempts + 1} attempts: {detail}", now)
            wait = max(BACKOFF[attempts], min(after or 0, BACKOFF[-1]))
            return Settled("pending", detail, now + timedelta(seconds=wait))


def nameless(outcome: Outcome, address: str) -> Outcome:
    """The outcome without the address that relays like to repeat: in the ledger people are numbers."""
    if address.lower() not in outcome.detail.lower():
        return outcome
    return replace(outcome, detail=re.sub(re.escape(address), "(address)", outcome.detail, flags=re.IGNORECASE))


def kill_outcome(counts: dict[str, int]) -> tuple[Literal["confirmed", "failed", "unreachable"], str]:
    """What a receipt says of one channel when every delivery of a kill is settled."""
    told = ", ".join(f"{count} {state}" for state, count in sorted(counts.items()) if count) or "nobody had it"
    if counts.get("failed"):
        return "failed", told
    if counts.get("bounced") or counts.get("uncertain"):
        return "unreachable", told
    return "confirmed", told
