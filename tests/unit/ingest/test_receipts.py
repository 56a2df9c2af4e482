"""When is a kill done, and when is it said again?"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from services.ingest.domain.receipts import (
    DRIVEN,
    END,
    PROMPT,
    Ask,
    Complete,
    GivenUp,
    Look,
    Open,
    Overtaken,
    Wait,
    WaitsFor,
    expected,
    look,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
WANTED = expected(has_cdn=True)
ALL: Mapping[str, bool] = dict.fromkeys((*DRIVEN, *WANTED), True)
OURS: Mapping[str, bool] = dict.fromkeys((*DRIVEN, *PROMPT), True)


def without(*channels: str) -> Mapping[str, bool]:
    return {channel: final for channel, final in ALL.items() if channel not in channels}


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


@pytest.mark.parametrize(
    ("receipt", "found"),
    [
        (Open(NOON, "ourselves", 0, ALL), Complete()),
        (Open(NOON, "others", 3, ALL), Complete()),
        (Open(NOON, "ourselves", 0, {}, overtaken=True), Overtaken()),
        (Open(NOON, "ourselves", 0, without("lists")), Ask("ourselves", 1, NOON + seconds(4), ("lists",))),
        (Open(NOON, "ourselves", 2, without("planned")), Ask("ourselves", 3, NOON + seconds(16), ("planned",))),
        # A word that is not the last one is missing.
        (Open(NOON, "ourselves", 0, {**ALL, "page": False}), Ask("ourselves", 1, NOON + seconds(4), ("page",))),
        # A relay that does not answer is not asked every few seconds: first it gets a minute.
        (Open(NOON, "ourselves", 0, without("email")), Wait("others", 0, NOON + seconds(60))),
        (Open(NOON, "ourselves", 9, OURS), Wait("others", 0, NOON + seconds(60))),
        (Open(NOON, "others", 0, without("email")), Ask("others", 1, NOON + seconds(120), ("email",))),
        (Open(NOON, "others", 50, without("cdn")), Ask("others", 51, NOON + timedelta(hours=6), ("cdn",))),
        (Open(NOON, "ourselves", 50, without("page")), Ask("ourselves", 51, NOON + timedelta(hours=1), ("page",))),
        # What we do ourselves was lost after all (a database restored, say): then it is asked for again soon.
        (Open(NOON, "others", 7, without("page", "email")), Wait("ourselves", 0, NOON + seconds(2))),
        (
            Open(NOON - END, "others", 30, {**without("email"), "webhook": False}),
            GivenUp(("email", "webhook"), ("email",)),
        ),
        (Open(NOON - END, "ourselves", 30, without("live", "page")), GivenUp(("live", "page"), ("page",))),
    ],
)
def test_what_follows_from_what_was_said(receipt: Open, found: Look) -> None:
    assert look(receipt, WANTED, NOON) == found


@pytest.mark.parametrize(("waits_for", "most"), [("ourselves", 140), ("others", 30)])
def test_a_kill_that_nobody_answers_is_said_a_bounded_number_of_times(waits_for: WaitsFor, most: int) -> None:
    said = {} if waits_for == "ourselves" else OURS
    now, asked, times = NOON, 0, 0
    while isinstance(decided := look(Open(NOON, waits_for, asked, said), WANTED, now), Ask):
        assert decided.due_at - now > timedelta(0)
        now, asked, times = decided.due_at, decided.asked, times + 1
    assert isinstance(decided, GivenUp)
    assert 10 < times < most


def test_a_cdn_is_waited_for_only_where_there_is_one() -> None:
    assert set(expected(has_cdn=True)) - set(expected(has_cdn=False)) == {"cdn"}
