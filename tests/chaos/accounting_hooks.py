"""Did partners hear of everything under one stable id? Pure; a line a fault."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from tests.chaos.partners import Heard
from tests.chaos.truth import Story, Truth


def webhooks(rows: Iterable[Mapping[str, Any]], heard: Iterable[Heard]) -> Iterator[str]:
    """Row by row: delivered means answered with 2xx; at least once, always with the same content."""
    came: dict[str, list[Heard]] = defaultdict(list)
    for one in heard:
        came[one.webhook_id].append(one)
    for row in rows:
        if row["channel"] == "webhook":
            webhook_id = f"msg_{row['story_id']}_{row['revision']}_{row['id']}"
            yield from _row(webhook_id, row, came.pop(webhook_id, []))
    yield from (f"{webhook_id} came and is in no ledger" for webhook_id in sorted(came))


def _row(webhook_id: str, row: Mapping[str, Any], came: Sequence[Heard]) -> Iterator[str]:
    if row["state"] == "delivered" and not any(200 <= one.status < 300 for one in came):
        yield f"{webhook_id} is delivered and nobody took it: lost"
    if row["state"] in {"bounced", "uncertain"} or (row["state"] == "failed" and "410" not in row["detail"]):
        yield f"{webhook_id} is {row['state']}: {row['detail']}"
    contents = {one.content for one in came}
    if len(contents) > 1:
        yield f"{webhook_id} came with {len(contents)} different contents"


def followed(truth: Truth, heard: Iterable[Heard], endpoint: int) -> Iterator[str]:
    """A partner who asked for everything has heard of the newest revision of every story, each under one id."""
    ids: dict[tuple[str, int], set[str]] = defaultdict(set)
    first: dict[str, float] = {}
    for one in heard:
        if one.endpoint == endpoint:
            ids[one.story_id, one.revision].add(one.webhook_id)
            first[one.story_id] = min(one.at, first.get(one.story_id, one.at))
    for subject, several in ids.items():
        if len(several) > 1:
            yield f"partner {endpoint} heard of revision {subject[1]} of {subject[0]} under {len(several)} ids"
    for story in truth.stories.values():
        if (story.story_id, story.newest.revision) not in ids and not story.never_seen:
            yield f"partner {endpoint} never heard of {story.external_id} revision {story.newest.revision}: lost"
        yield from _in_time(story, first.get(story.story_id))


def _in_time(story: Story, first: float | None) -> Iterator[str]:
    until = story.accepted[0].embargo_until
    # A later push without an embargo ends it.
    alone = all(one.operation.verb == "correct" for one in story.accepted[1:])
    if until and first is not None and alone and first < until.timestamp():
        yield f"a partner heard of {story.external_id} {until.timestamp() - first:.1f} s too early"
