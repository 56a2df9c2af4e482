"""Does an event that failed get another try, or a dead letter that says all?"""

import base64
from datetime import UTC, datetime
from uuid import UUID

import pytest

from shared.bus import Reject
from shared.bus.envelope import Letter
from shared.bus.outcomes import Again, Dead, Entry, Patience, obituary
from shared.events import CommentsChanged, Event, EventDied, NoticesPlanned, StoryHalted

NOW = datetime(2026, 11, 23, tzinfo=UTC)
STORY = UUID(int=7)
PATIENCE = Patience(4, (0.5, 2, 8))
LOST = Dead("boom", "Traceback …", 4)


@pytest.mark.parametrize(("attempts", "delay_ms"), [(1, 500), (2, 2000), (3, 8000)])
def test_delays_grow_until_the_tries_are_used_up(attempts: int, delay_ms: int) -> None:
    assert PATIENCE.judge(ValueError("boom"), attempts) == Again(delay_ms, "ValueError: boom")


def test_the_last_try_is_the_last() -> None:
    verdict = PATIENCE.judge(ValueError("boom"), 4)
    assert isinstance(verdict, Dead)
    assert (verdict.error, verdict.tries) == ("ValueError: boom", 4)


def test_the_last_delay_repeats() -> None:
    assert Patience(99, (0.5, 2)).judge(ValueError(), 50) == Again(2000, "ValueError: ")


def test_a_rejected_event_has_no_second_try() -> None:
    assert PATIENCE.judge(Reject("no such thing"), 1) == Dead("no such thing", verdict_trace(), 1)


def verdict_trace() -> str:
    """What Python prints of an exception that was never raised."""
    return "shared.bus.errors.Reject: no such thing\n"


def test_what_may_not_die_is_tried_for_ever() -> None:
    assert isinstance(PATIENCE.judge(Reject("x"), 1000, immortal=True), Again)


def test_an_endless_error_is_cut() -> None:
    verdict = PATIENCE.judge(ValueError("x" * 1_000_000), 4)
    assert isinstance(verdict, Dead)
    assert len(verdict.error) + len(verdict.traceback) < 25_000


def entry(body: bytes, event: Event | None = None) -> Entry:
    """An entry with this body."""
    return Entry(b"1795460000000-3", Letter("id", body), event)


def test_the_dead_letter_of_a_fact_comes_with_the_word_to_stop_driving_it() -> None:
    planned = NoticesPlanned(at=NOW, story_id=STORY, revision=3)
    died, halted = obituary(entry(b"{}", planned), NoticesPlanned.stream, "ingest", LOST, NOW)
    assert isinstance(died, EventDied)
    assert (died.story_id, died.revision, died.entry_id) == (str(STORY), 3, "1795460000000-3")
    assert (died.error, died.traceback, died.tries) == ("boom", "Traceback …", 4)
    assert halted == StoryHalted(at=NOW, story_id=STORY, revision=3, step="ingest", error="boom")


def test_the_dead_letter_of_another_event_comes_alone() -> None:
    changed = CommentsChanged(at=NOW, story_id=STORY, version=1, comments=())
    (died,) = obituary(entry(b"{}", changed), CommentsChanged.stream, "render", LOST, NOW)
    assert isinstance(died, EventDied)
    assert died.story_id is None


@pytest.mark.parametrize("stream", [StoryHalted.stream, EventDied.stream])
def test_a_dead_letter_about_a_dead_letter_does_not_breed(stream: str) -> None:
    halted = StoryHalted(at=NOW, story_id=STORY, revision=3, step="site", error="x")
    (died,) = obituary(entry(b"{}", halted), stream, "ingest", LOST, NOW)
    assert isinstance(died, EventDied)


@pytest.mark.parametrize(
    ("body", "subject"),
    [
        (f'{{"story_id": "{STORY}", "revision": 3}}', (str(STORY), 3)),
        (f'{{"head": {{"story_id": "{STORY}", "revision": 4}}, "at": 1}}', (str(STORY), 4)),
        ('{"head": {"story_id": "nonsense", "revision": 4}}', None),
        ('{"head": null}', None),
        ("[]", None),
        ("7", None),
        ("", None),
        ('{"cut', None),
    ],
)
def test_the_story_of_a_payload_that_was_not_understood_is_named_if_it_can_be(
    body: str, subject: tuple[str, int] | None
) -> None:
    died, *halted = obituary(entry(body.encode()), NoticesPlanned.stream, "ingest", LOST, NOW)
    assert isinstance(died, EventDied)
    assert ((died.story_id, died.revision) if died.story_id else None) == subject
    assert [event.subject for event in halted if isinstance(event, StoryHalted)] == ([subject] if subject else [])


@pytest.mark.parametrize(
    ("body", "payload", "encoding"),
    [
        (b'{"a": "\xc3\xa9"}', '{"a": "é"}', "utf-8"),
        (b"\xff\x00", base64.b64encode(b"\xff\x00").decode(), "base64"),
        (b"", "", "utf-8"),
    ],
)
def test_the_payload_is_kept_to_the_byte(body: bytes, payload: str, encoding: str) -> None:
    died, *_ = obituary(entry(body), NoticesPlanned.stream, "ingest", LOST, NOW)
    assert isinstance(died, EventDied)
    assert (died.payload, died.encoding) == (payload, encoding)


@pytest.mark.parametrize(("first", "ms"), [(None, 1795460000000), (5, 5)])
def test_the_time_of_an_entry_is_that_of_its_first_try(first: int | None, ms: int) -> None:
    assert Entry(b"1795460000000-3", Letter("id", b"", "ingest", 2, first)).first_ms == ms
