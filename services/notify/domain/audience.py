"""Who hears of what became live, and as what?

A revision that was overtaken before it was live is told with the one that overtook it: `decide` folds every line of the
history that has no notice yet into one plan for the newest revision, with its content.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from services.notify.domain.topics import Topic
from shared.events import Action, HistoryEntry, StoryHead

#: nobody · who subscribes to a topic · who had it · who had it or was about to get it · who was told of the kill
MailAudience = Literal["nobody", "matching", "had", "had_or_waiting", "told_of_kill"]
WebhookAudience = Literal["nobody", "matching", "had"]

EVENTS: Final[Mapping[Action, str]] = {
    "publish": "story.live",
    "update": "story.updated",
    "correct": "story.corrected",
    "kill": "story.killed",
    "revive": "story.revived",
    "expire": "story.expired",
}

#: What reaches everybody who had the story.
OWED: Final = frozenset({"correct", "kill"})


@dataclass(frozen=True, slots=True)
class Plan:
    """One notice: `covers` are the revisions that it settles, `mute` says why its rows are suppressed at once.

    `cancels` says why older pending rows of the story are suppressed in the same transaction (None: they stay).
    """

    revision: int
    action: Action
    covers: tuple[int, ...]
    mail: MailAudience = "nobody"
    webhook: WebhookAudience = "nobody"
    mute: str | None = None
    cancels: str | None = None
    note: str | None = None
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What decides whether a partner's endpoint hears of something."""

    id: int
    events: frozenset[str]
    topics: frozenset[Topic]
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a story before a plan: revisions with a notice, and below which revision nothing may be sent."""

    planned: Collection[int] = field(default_factory=frozenset)
    cancelled_below: int = 0


def decide(head: StoryHead, standing: Standing, now: datetime) -> Plan | None:
    """The plan for a revision that became live; None when everything up to it is planned."""
    open_entries = [
        entry for entry in head.history if entry.revision <= head.revision and entry.revision not in standing.planned
    ]
    if not open_entries:
        return None
    covers = tuple(entry.revision for entry in open_entries)
    last = open_entries[-1]
    # A later kill has been heard of: whom this would concern, that one concerns.
    overtaken = "withdrawn" if head.revision < standing.cancelled_below else None
    if head.action == "kill":
        # Of a story that nobody has seen nobody learns that there was one.
        partners: WebhookAudience = "nobody" if head.hidden else "matching"
        return Plan(head.revision, "kill", covers, "had", partners, overtaken, cancels="withdrawn", note=last.note)
    if head.action == "expire":
        return Plan(head.revision, "expire", covers, "nobody", "had", overtaken, cancels="expired")
    if overtaken or head.announce_until is None:
        return Plan(head.revision, head.action, covers)
    mute = "late" if now > head.announce_until else None
    return _told(head.revision, covers, open_entries, mute)


def _told(revision: int, covers: tuple[int, ...], entries: list[HistoryEntry], mute: str | None) -> Plan:
    """What several lines of history amount to for somebody who has heard of none of them."""
    of = {entry.action: entry for entry in entries}
    corrected = of.get("correct")
    note, kind = (corrected.note, corrected.kind) if corrected else (None, None)
    first = of.get("publish")
    if first is not None and first.notify:
        return Plan(revision, "publish", covers, "matching", "matching", mute, note=note, kind=kind)
    if "revive" in of:
        notes = " ".join(entry.note for entry in (of["revive"], corrected) if entry and entry.note)
        # What has not left yet of the kill is no longer true. It must not come after this.
        return Plan(revision, "revive", covers, _revived(of), "matching", mute, "replaced", notes or None, kind)
    if corrected is not None:
        cancels = "replaced" if mute is None else None
        return Plan(revision, "correct", covers, "had_or_waiting", "matching", mute, cancels, note, kind)
    if first is not None or not entries[-1].notify:
        return Plan(revision, entries[-1].action, covers)
    return Plan(revision, "update", covers, "nobody", "matching", mute)


def _revived(of: Mapping[Action, HistoryEntry]) -> MailAudience:
    """Whom a revival concerns. A kill that nobody was told of leaves those who had the story undisturbed."""
    if "correct" in of:
        return "had_or_waiting"
    return "matching" if "kill" in of else "told_of_kill"


def endpoints_for(
    plan: Plan, endpoints: Collection[Endpoint], had: Collection[int], topics: frozenset[Topic]
) -> list[int]:
    """The endpoints that are owed this notice: enabled and concerned."""
    if plan.webhook == "nobody":
        return []
    return [
        one.id
        for one in endpoints
        if one.enabled and concerns(one, plan.action, plan.webhook, topics, had=one.id in had)
    ]


def concerns(one: Endpoint, action: Action, audience: WebhookAudience, topics: frozenset[Topic], *, had: bool) -> bool:
    """Is this endpoint owed a story's notice? `had`: it has had something of the story.

    Who had a story hears its correction and its kill even without asking for those events: that is promised.
    """
    if had and action in OWED:
        return True
    return EVENTS[action] in one.events and (had or (audience == "matching" and bool(one.topics & topics)))
