"""Who hears of what? One table of histories."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from services.notify.domain.audience import Endpoint, Plan, Standing, decide, endpoints_for
from services.notify.domain.topics import Topic
from shared.events import Action, HistoryEntry, StoryHead

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def head(*actions: str, notify: bool = True, until: timedelta | None = timedelta(hours=1)) -> StoryHead:
    history = tuple(
        HistoryEntry(revision=number, action=action, notify=notify, note=f"note {number}", at=NOW)
        for number, action in enumerate(actions, 1)
    )
    return StoryHead(
        story_id=uuid4(),
        publisher="p",
        publisher_name="P",
        external_id="x",
        revision=len(actions),
        action=actions[-1],
        ordinal=1,
        accepted_at=NOW,
        published_at=NOW,
        path="/x/",
        history=history,
        announce_until=None if until is None else NOW + until,
    )


@pytest.mark.parametrize(
    ("actions", "planned", "action", "mail", "webhook"),
    [
        (["publish"], [], "publish", "matching", "matching"),
        (["publish", "update"], [], "publish", "matching", "matching"),
        (["publish", "correct"], [], "publish", "matching", "matching"),
        (["publish", "update"], [1], "update", "nobody", "matching"),
        (["publish", "correct"], [1], "correct", "had_or_waiting", "matching"),
        (["publish", "correct", "update"], [1], "correct", "had_or_waiting", "matching"),
        (["publish", "kill"], [1], "kill", "had", "matching"),
        (["publish", "kill"], [], "kill", "had", "matching"),
        (["publish", "kill", "revive"], [1, 2], "revive", "told_of_kill", "matching"),
        (["publish", "kill", "revive"], [1], "revive", "matching", "matching"),
        (["publish", "kill", "revive", "update"], [1, 2], "revive", "told_of_kill", "matching"),
        (["publish", "kill", "revive", "correct"], [1, 2], "revive", "had_or_waiting", "matching"),
        (["publish", "kill", "revive", "correct"], [1], "revive", "had_or_waiting", "matching"),
        (["publish", "expire"], [1], "expire", "nobody", "had"),
    ],
)
def test_each_history_is_told_once_and_as_what_it_amounts_to(
    actions: list[str], planned: list[int], action: str, mail: str, webhook: str
) -> None:
    plan = decide(head(*actions), Standing(frozenset(planned)), NOW)
    assert plan is not None
    assert (plan.action, plan.mail, plan.webhook, plan.mute) == (action, mail, webhook, None)
    assert set(plan.covers) == set(range(1, len(actions) + 1)) - set(planned)


def test_a_revival_cancels_what_has_not_left_of_the_kill_and_brings_its_correction_along() -> None:
    plan = decide(head("publish", "kill", "revive", "correct"), Standing({1, 2}), NOW)
    assert plan is not None
    assert (plan.cancels, plan.note) == ("replaced", "note 3 note 4")


def test_what_is_planned_is_not_planned_again() -> None:
    assert decide(head("publish", "correct"), Standing({1, 2}), NOW) is None


@pytest.mark.parametrize("action", ["publish", "update"])
def test_notify_false_mutes_a_publish_and_an_update(action: str) -> None:
    actions, planned = (["publish"], []) if action == "publish" else (["publish", "update"], [1])
    plan = decide(head(*actions, notify=False), Standing(planned), NOW)
    assert plan is not None
    assert (plan.mail, plan.webhook) == ("nobody", "nobody")


@pytest.mark.parametrize("action", ["correct", "kill"])
def test_notify_false_never_mutes_a_correction_or_a_kill(action: str) -> None:
    plan = decide(head("publish", action, notify=False), Standing({1}), NOW)
    assert plan is not None
    assert plan.mail in {"had", "had_or_waiting"}
    assert plan.cancels


def test_what_becomes_live_after_its_time_is_owed_but_suppressed() -> None:
    plan = decide(head("publish", until=timedelta(seconds=-1)), Standing(), NOW)
    assert plan is not None
    assert (plan.mail, plan.mute) == ("matching", "late")


def test_a_kill_never_comes_too_late() -> None:
    plan = decide(head("publish", "kill", until=timedelta(seconds=-1)), Standing({1}), NOW)
    assert plan is not None
    assert (plan.mail, plan.mute) == ("had", None)


@pytest.mark.parametrize("standing", [Standing(), Standing(cancelled_below=2)])
def test_silent_backfill_and_what_a_kill_has_overtaken_tell_nobody(standing: Standing) -> None:
    plan = decide(head("publish", until=None if not standing.cancelled_below else timedelta(1)), standing, NOW)
    assert plan is not None
    assert (plan.mail, plan.webhook) == ("nobody", "nobody")


@pytest.mark.parametrize("actions", [("publish", "kill"), ("publish", "expire")])
def test_an_end_that_a_later_kill_has_overtaken_is_planned_and_told_to_nobody(actions: tuple[str, ...]) -> None:
    plan = decide(head(*actions), Standing(frozenset({1}), cancelled_below=4), NOW)
    assert plan is not None
    assert (plan.action, plan.covers, plan.mute) == (actions[-1], (2,), "withdrawn")


def test_endpoints_hear_what_they_ask_for_about_what_concerns_them() -> None:
    def endpoint(number: int, event: str, topic: str = "all", **fields: Any) -> Endpoint:
        return Endpoint(number, frozenset({event}), frozenset({Topic(topic)}), **fields)

    partners = [
        endpoint(1, "story.killed"),
        endpoint(2, "story.live"),
        endpoint(3, "story.killed", "breaking"),
        endpoint(4, "story.killed", "breaking"),
        endpoint(5, "story.killed", enabled=False),
    ]
    plan = Plan(2, "kill", (2,), "had", "matching")
    assert endpoints_for(plan, partners, {4, 5}, frozenset({Topic("all")})) == [1, 4]
    only = Plan(2, "kill", (2,), "had", "had")
    assert endpoints_for(only, partners, {4}, frozenset({Topic("all")})) == [4]


@pytest.mark.parametrize(("action", "owed"), [("kill", [1]), ("correct", [1]), ("update", []), ("expire", [])])
def test_who_had_a_story_hears_its_correction_and_its_kill_unasked(action: Action, owed: list[int]) -> None:
    partner = Endpoint(1, frozenset({"story.live"}), frozenset({Topic("all")}))
    plan = Plan(2, action, (2,), "had", "matching")
    assert endpoints_for(plan, [partner], {1}, frozenset({Topic("all")})) == owed
    assert endpoints_for(plan, [partner], set(), frozenset({Topic("all")})) == []
