"""Is the trace right? Tables, no await."""

from datetime import UTC, datetime, timedelta

import pytest

from services.desk.domain.trace import COUNTS, HeardRevision, HeardStage, HeardStory, Stage, state, trace
from shared.runtime.directory import Caller

T0 = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def at(ms: int) -> datetime:
    return T0 + timedelta(milliseconds=ms)


def revision(number: int, *reached: Stage, release: datetime | None = None, halted: str | None = None) -> HeardRevision:
    stages = [HeardStage(stage, at(10 * index), 1) for index, stage in enumerate(reached, start=1)]
    return HeardRevision(number, "publish" if number == 1 else "update", T0, stages, release, halted)


LINE: tuple[Stage, ...] = ("received", "enriched", "rendered", "live")


@pytest.mark.parametrize(
    ("heard", "live", "expected"),
    [
        (revision(1), 0, "moving"),
        (revision(1, "received"), 0, "moving"),
        (revision(1, release=at(99)), 0, "embargoed"),
        (revision(1, "received", release=at(99)), 0, "moving"),
        (revision(1, *LINE), 1, "live"),
        (revision(1), 2, "superseded"),
        (revision(1, *LINE), 2, "superseded"),
        (revision(2, "received", halted="render: no"), 1, "halted"),
        (revision(2, *LINE, halted="render: no"), 2, "live"),
    ],
)
def test_a_revision_is_in_exactly_one_state(heard: HeardRevision, live: int, expected: str) -> None:
    assert state(heard, live, max(live, heard.revision)) == expected


def test_an_embargoed_revision_that_another_overtook_is_superseded() -> None:
    story = HeardStory("id", "pub", "ext", "H", [revision(1, release=at(99)), revision(2, release=at(99))], {})
    assert [one["state"] for one in trace(story)["revisions"]] == ["superseded", "embargoed"]


def test_a_stage_tells_the_milliseconds_since_the_stage_before() -> None:
    story = HeardStory("id", "pub", "ext", "Headline", [revision(1, *LINE)], {})
    stages = trace(story)["revisions"][0]["stages"]
    assert [(one["stage"], one["ms"]) for one in stages] == [(stage, 10) for stage in LINE]


def test_all_channels_and_all_counts_are_always_present() -> None:
    story = HeardStory("id", "pub", "ext", "Headline", [revision(1)], {1: {"email": {"planned": 3, "delivered": 3}}})
    told = trace(story)["revisions"][0]["deliveries"]
    assert set(told) == {"email", "webhook", "websub"}
    assert all(set(counts) == set(COUNTS) for counts in told.values())
    assert told["email"]["delivered"] == 3
    assert told["webhook"]["planned"] == 0


def test_a_note_alone_is_not_an_arrival() -> None:
    waiting = HeardRevision(1, "publish", T0, [HeardStage("live", at(5), 0, "waiting for proof: connection refused")])
    told = trace(HeardStory("id", "pub", "ext", "Headline", [waiting], {}))["revisions"][0]
    assert told["state"] == "moving"
    assert told["stages"][0]["note"] == "waiting for proof: connection refused"


def test_revisions_come_in_order() -> None:
    story = HeardStory("id", "pub", "ext", "Headline", [revision(2, *LINE), revision(1, *LINE)], {})
    assert [(one["revision"], one["state"]) for one in trace(story)["revisions"]] == [(1, "superseded"), (2, "live")]


@pytest.mark.parametrize(
    ("caller", "sees"),
    [(Caller.admin(), True), (Caller("pub", frozenset()), True), (Caller("else", frozenset({"read"})), False)],
)
def test_a_caller_sees_own_stories_and_the_admin_all(caller: Caller, sees: bool) -> None:
    assert caller.may_see("pub") is sees
