"""Do the log, the changes and what travels between the services add up? Pure; a line a fault."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from tests.chaos.truth import Truth

#: What a change is called where its newest operation was this (a revision that overtook others is told as both).
DONE = {"kill": "killed", "publish": "live", "update": "live", "correct": "live", "revive": "live"}
#: In which states a row may lie when nothing is left to do, by (table, column).
AT_REST: Mapping[str, frozenset[str]] = {
    "ingest revisions": frozenset({"settled", "superseded"}),
    "notify deliveries": frozenset({"delivered", "bounced", "failed", "suppressed"}),
}


class Group(NamedTuple):
    """A consumer group of a stream: entries that were delivered and not acknowledged, and those not yet delivered."""

    stream: str
    group: str
    pending: int
    oldest_idle_s: float
    lag: int


def log(truth: Truth, answers: Mapping[int, Mapping[str, Any]]) -> Iterator[str]:
    """What `GET /v1/stories/{id}` says: nothing accepted is missing, and the newest is live."""
    for number, story in truth.stories.items():
        said = answers[number]
        wanted = {
            "revision": story.newest.revision,
            "live_revision": story.newest.revision,
            "status": DONE[story.newest.operation.verb],
        }
        for key, value in wanted.items():
            if said.get(key) != value:
                yield f"{story.external_id}: {key} is {said.get(key)}, not {value}"


def traces(truth: Truth, answers: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Every accepted revision is live or superseded, and whoever asks where a story is hears just that."""
    for story in truth.stories.values():
        trace = answers.get(story.story_id)
        if trace is None:
            continue
        told = {one["revision"]: one["state"] for one in trace.get("revisions", ())}
        wanted = {one.revision: "superseded" for one in story.accepted} | {story.newest.revision: "live"}
        if told != wanted:
            yield f"the trace of {story.external_id} says {told}, not {wanted}"


def acceptance(truth: Truth) -> Iterator[str]:
    """No answer took back an earlier one: revisions of a story count up by one."""
    for story in truth.stories.values():
        revisions = [one.revision for one in story.accepted]
        if revisions != list(range(1, len(revisions) + 1)):
            yield f"{story.external_id} was told revisions {revisions}"


def changes(truth: Truth, entries: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The cursor of changes: each number once, each revision once, and it ends with what is."""
    numbers = [entry["seq"] for entry in entries]
    if any(later <= earlier for earlier, later in pairwise(numbers)):
        yield "the changes' numbers do not rise"
    told = [(entry["external_id"], entry["revision"]) for entry in entries]
    for subject in sorted({one for one in told if told.count(one) > 1} if len(set(told)) < len(told) else ()):
        yield f"{subject[0]} revision {subject[1]} is told {told.count(subject)} times among the changes"
    last = {entry["external_id"]: entry for entry in entries}
    for story in truth.stories.values():
        entry = last.get(story.external_id)
        if entry is None:
            if not story.never_seen:
                yield f"{story.external_id} is not among the changes"
        elif entry["revision"] != story.newest.revision or (entry["story"] is None) != (story.state == "killed"):
            yield f"the changes end with revision {entry['revision']} of {story.external_id}, not {story.newest}"


def receipts(truth: Truth, said: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Every channel of every receipt has answered, unless a revival has overtaken the kill."""
    for story in truth.stories.values():
        for one in story.accepted:
            if one.receipt is None:
                continue
            answer = said[one.receipt]
            if answer["state"] == "overtaken" and one is not story.newest:
                continue  # the channels that had not answered by then have nothing to answer any more
            for name, channel in answer["channels"].items():
                if channel["outcome"] not in {"confirmed", "unreachable", "failed"}:
                    yield f"receipt {one.receipt} of {story.external_id}: {name} is {channel['outcome']}"


def streams(groups: Sequence[Group], lease_s: float) -> Iterator[str]:
    """No entry is pending for longer than its lease, and at rest none at all."""
    for one in groups:
        if one.pending and one.oldest_idle_s > lease_s:
            yield f"{one.group} of {one.stream} holds an entry for {one.oldest_idle_s:.0f} s, longer than its lease"
        elif one.pending or one.lag:
            yield f"{one.group} of {one.stream} has {one.pending} pending and {one.lag} unread at rest"


def states(counts: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    """Nothing lies in a state that somebody still owes a step: (table → state → rows)."""
    for table, allowed in AT_REST.items():
        for state, rows in counts[table].items():
            if state not in allowed and rows:
                yield f"{rows} {table} are {state}"
    for what, found in counts.items():
        if what not in AT_REST:
            yield from (f"{rows} {what} are {state}" for state, rows in found.items() if rows)
