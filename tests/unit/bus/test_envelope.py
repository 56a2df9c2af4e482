"""Does an envelope say the same to us, to FastStream, and after any number of retries?"""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from faststream.redis.parser import BinaryMessageFormatV1
from hypothesis import given
from hypothesis import strategies as st

from shared.bus.envelope import Letter, Sealer, open_letter, read_event, seal_again
from shared.events import NoticesPlanned, StoryHalted

PLANNED = NoticesPlanned(at=datetime(2026, 11, 23, tzinfo=UTC), story_id=UUID(int=7), revision=3)


def test_a_sealed_event_comes_out_as_it_went_in() -> None:
    letter = open_letter(Sealer().seal(PLANNED))
    assert read_event(NoticesPlanned, letter.body) == PLANNED
    assert (letter.group, letter.attempts, letter.first) == (None, 1, None)


def test_ids_are_unique_within_a_sealer_and_among_sealers() -> None:
    sealers = [Sealer(), Sealer()]
    assert len({sealer.new_id() for sealer in sealers for _ in range(1000)}) == 2000


def test_faststream_reads_what_we_write() -> None:
    sealed = Sealer().seal(PLANNED)
    body, headers = BinaryMessageFormatV1.parse(sealed)
    assert body == PLANNED.model_dump_json().encode()
    assert headers == {"content-type": "application/json", "correlation_id": open_letter(sealed).id}


@given(
    body=st.binary(),
    group=st.sampled_from(["ingest", "desk"]),
    attempts=st.integers(1, 99),
    first=st.integers(1, 2**45),
)
def test_a_retried_letter_keeps_body_id_and_history(body: bytes, group: str, attempts: int, first: int) -> None:
    letter = Letter(Sealer().new_id(), body, group, attempts, first)
    assert open_letter(seal_again(letter)) == letter


@given(st.binary())
def test_what_is_no_envelope_is_a_letter_all_the_same(raw: bytes) -> None:
    letter = open_letter(raw)
    assert letter.attempts == 1
    assert not isinstance(read_event(StoryHalted, letter.body), StoryHalted)


@pytest.mark.parametrize(
    "raw",
    [
        b'{"data": "x", "headers": {"attempts": 3}}',
        b'{"data": "x", "headers": []}',
        b'{"data": 7}',
        seal_again(Letter("id", b"{}", "ingest", 10**1000, 1)),
        seal_again(Letter("id", b"{}", "", 0, 0)),
    ],
)
def test_headers_made_to_hurt_do_not(raw: bytes) -> None:
    assert open_letter(raw).attempts == 1


def test_a_letter_that_was_cut_short_is_one_that_nobody_understands() -> None:
    sealed = Sealer().seal(PLANNED)
    for end in range(len(sealed)):
        assert not isinstance(read_event(NoticesPlanned, open_letter(sealed[:end]).body), NoticesPlanned)
