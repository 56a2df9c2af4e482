"""Is the wire the same? Committed schemas equal the code's, and every example ever published still decodes."""

from pathlib import Path

import jsonschema
import orjson
import pytest

from shared.events import ALL_EVENTS, TOPOLOGY, Event, event_for_stream

HERE = Path(__file__).parent
SCHEMAS = HERE / "schemas"
EXAMPLES = HERE / "examples"


def schema_of(event: type[Event]) -> dict[str, object]:
    return event.model_json_schema(mode="serialization")


@pytest.mark.parametrize("event", ALL_EVENTS, ids=lambda event: event.stream)
def test_the_committed_schema_is_the_codes(event: type[Event]) -> None:
    committed = orjson.loads((SCHEMAS / f"{event.stream}.json").read_bytes())
    assert committed == schema_of(event), "a diff here is a contract change: `make docs` writes the schemas"


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_every_example_ever_published_still_decodes(path: Path) -> None:
    event = event_for_stream(path.stem.split("--")[0])
    decoded = event.model_validate_json(path.read_bytes())
    again = event.model_validate_json(decoded.model_dump_json())
    assert again == decoded


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_every_example_fits_its_schema(path: Path) -> None:
    event = event_for_stream(path.stem.split("--")[0])
    committed = orjson.loads((SCHEMAS / f"{event.stream}.json").read_bytes())
    complete = orjson.loads(event.model_validate_json(path.read_bytes()).model_dump_json())
    jsonschema.validate(complete, committed)


def test_every_event_has_an_example() -> None:
    told = {path.stem.split("--")[0] for path in EXAMPLES.glob("*.json")}
    assert told == {event.stream for event in ALL_EVENTS}


def test_no_file_is_left_of_an_event_that_is_gone() -> None:
    assert {path.stem for path in SCHEMAS.glob("*.json")} == {event.stream for event in ALL_EVENTS}


def test_everybody_who_emits_or_hears_is_a_service() -> None:
    services = {"ingest", "enrich", "render", "site", "notify", "desk"}
    assert all(set(emitters) | set(hearers) <= services for emitters, hearers in TOPOLOGY.values())


def test_an_unknown_field_of_a_newer_sender_does_no_harm() -> None:
    example = orjson.loads((EXAMPLES / "story.live.v1.json").read_bytes())
    event_for_stream("story.live.v1").model_validate({**example, "of_tomorrow": True})
