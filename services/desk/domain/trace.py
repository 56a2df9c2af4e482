"""Where is my story? From what the desk has heard, the exact answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from shared.events import rfc3339

Stage = Literal["received", "enriched", "rendered", "live"]
State = Literal["embargoed", "moving", "live", "superseded", "halted"]

STAGES: Final[tuple[Stage, ...]] = ("received", "enriched", "rendered", "live")
CHANNELS: Final = ("email", "webhook", "websub")
COUNTS: Final = ("planned", "delivered", "bounced", "failed", "suppressed", "uncertain", "pending", "maybe_duplicate")


@dataclass(frozen=True, slots=True)
class HeardStage:
    """A revision reached a stage at `at`; `attempts` is how often the step had to try.

    No attempt: it has not been reached, `note` says what it waits for.
    """

    stage: Stage
    at: datetime
    attempts: int = 1
    note: str = ""


@dataclass(frozen=True, slots=True)
class HeardRevision:
    """All that is known of one revision. `release_at`: its embargo; `halted`: the error that stopped it."""

    revision: int
    action: str
    accepted_at: datetime
    stages: Sequence[HeardStage] = ()
    release_at: datetime | None = None
    halted: str | None = None


@dataclass(frozen=True, slots=True)
class HeardStory:
    """All that is known of one story; `deliveries` is revision → channel → counts."""

    story_id: str
    publisher: str
    external_id: str
    headline: str
    revisions: Sequence[HeardRevision]
    deliveries: Mapping[int, Mapping[str, Mapping[str, int]]]


def trace(story: HeardStory) -> dict[str, Any]:
    """The answer of `GET /v1/traces/{story_id}`, as plain JSON values."""
    live = max((one.revision for one in story.revisions if _reached(one, "live")), default=0)
    newest = max((one.revision for one in story.revisions), default=0)
    return {
        "story_id": story.story_id,
        "external_id": story.external_id,
        "publisher": story.publisher,
        "headline": story.headline,
        "revisions": [
            {
                "revision": one.revision,
                "action": one.action,
                "accepted_at": rfc3339(one.accepted_at),
                "stages": _stages(one, live),
                "deliveries": _deliveries(story.deliveries.get(one.revision, {})),
                "state": state(one, live, newest),
            }
            for one in sorted(story.revisions, key=lambda each: each.revision)
        ],
    }


def state(revision: HeardRevision, live: int, newest: int) -> State:
    """What a revision's state is when `live` is the highest one that was proven live (0: none), `newest` the last."""
    if revision.revision < live:
        return "superseded"
    if revision.revision == live:
        return "live"
    if revision.halted is not None:
        return "halted"
    if revision.release_at is None or revision.stages:
        return "moving"
    # Of several that wait, only the last is released; it overtook the others when it was accepted.
    return "embargoed" if revision.revision == newest else "superseded"


def _reached(revision: HeardRevision, stage: Stage) -> bool:
    return any(one.stage == stage and one.attempts for one in revision.stages)


def _stages(revision: HeardRevision, live: int) -> list[dict[str, Any]]:
    """Stages in the order of the line, each with the ms since the one before (the first: since acceptance)."""
    told = []
    # What was halted once and is live (or overtaken) all the same is not halted now.
    halted = revision.halted if revision.revision > live else None
    before = revision.accepted_at
    for heard in sorted(revision.stages, key=lambda one: STAGES.index(one.stage)):
        passed = max(0, round((heard.at - before).total_seconds() * 1000))
        note = heard.note or (f"halted: {halted}" if halted and heard is revision.stages[-1] else "")
        told.append(
            {
                "stage": heard.stage,
                "at": rfc3339(heard.at),
                "ms": passed,
                "attempts": max(1, heard.attempts),
                "note": note,
            }
        )
        before = heard.at
    return told


def _deliveries(known: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, int]]:
    """All channels with all counts; what was never heard of is zero."""
    return {channel: {count: known.get(channel, {}).get(count, 0) for count in COUNTS} for channel in CHANNELS}
