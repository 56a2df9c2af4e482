"""Does the desk remember what it heard, on SQLite and PostgreSQL, and hand dead letters back through a real Redis?"""

import hashlib
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import orjson
import pytest

from services.desk import app as desk_app
from services.desk.adapters import tables
from services.desk.adapters.letters import SqlLetters
from services.desk.adapters.read_model import SqlReadModel
from services.desk.adapters.redacting import SqlRedacting
from services.desk.domain.trace import trace
from services.desk.handlers import DeskHandlers
from services.desk.routes import Desk
from services.desk.routes import desk_app as routes
from shared.database import Database
from shared.events import (
    EnrichedOutline,
    Event,
    EventDied,
    LiveOutline,
    PublisherRecord,
    PublishersChanged,
    ReceivedOutline,
    RenderedOutline,
    StoryDelayed,
    event_for_stream,
)
from shared.runtime.directory import Callers, DirectoryCopy
from shared.runtime.migrate import migrate

EXAMPLES = Path(__file__).parents[2] / "contract" / "examples"
T0 = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
OUTLINES: dict[str, type[Event]] = {
    one.stream: one for one in (ReceivedOutline, EnrichedOutline, RenderedOutline, LiveOutline)
}
ADMIN = "admin-key-of-the-test"


def example(name: str, **changes: Any) -> Any:
    """What the desk reads of an example."""
    stream = name.split("--", maxsplit=1)[0]
    event: type[Event] = OUTLINES.get(stream) or event_for_stream(stream)
    return event.model_validate_json((EXAMPLES / f"{name}.json").read_bytes()).model_copy(update=changes)


class Bench:
    """A desk on a database, without a bus: what it hears is called, what it redelivers is written down."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.read_model, self.letters = SqlReadModel(database), SqlLetters(database)
        self.directory = DirectoryCopy(database, tables.directory)
        self.handlers = DeskHandlers(self.read_model, self.letters, self.directory)
        self.redelivered: list[tuple[str, str, bytes]] = []
        app = routes(Desk(self.read_model, self.letters, Callers(self.directory, ADMIN), self.redeliver))
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk")

    async def redeliver(self, stream: str, group: str, payload: bytes) -> str:
        self.redelivered.append((stream, group, payload))
        return "1-0"

    async def get(self, path: str, key: str = ADMIN) -> httpx.Response:
        return await self.client.get(path, headers={"Authorization": f"Bearer {key}"})

    async def post(self, path: str) -> httpx.Response:
        return await self.client.post(path, headers={"Authorization": f"Bearer {ADMIN}"})


@pytest.fixture
async def desk(database_url: str) -> AsyncGenerator[Bench]:
    database = Database(database_url, "desk")
    await migrate(database, Path(desk_app.__file__).parent / "migrations")
    bench = Bench(database)
    yield bench
    await bench.client.aclose()
    await database.close()


LINE = ("story.received.v1", "story.enriched.v1", "story.rendered.v1", "story.live.v1")


async def test_a_story_that_went_the_whole_way_is_live_in_its_trace(desk: Bench) -> None:
    for index, name in enumerate(LINE):
        await desk.handlers.heard([example(name, at=T0 + timedelta(milliseconds=10 * index))])
    story_id = example(LINE[0]).head.story_id
    told = (await desk.get(f"/v1/traces/{story_id}")).json()
    assert told["headline"] == example(LINE[0]).story.headline
    assert [one["state"] for one in told["revisions"]] == ["superseded", "live"]
    stages = told["revisions"][1]["stages"]
    assert [one["stage"] for one in stages] == ["received", "enriched", "rendered", "live"]
    assert [one["ms"] for one in stages][1:] == [10, 10, 10]


async def test_hearing_twice_and_in_any_order_changes_nothing(desk: Bench) -> None:
    events = [example(name, at=T0 + timedelta(milliseconds=10 * index)) for index, name in enumerate(LINE)]
    for event in events:
        await desk.handlers.heard([event])
    story_id = str(events[0].head.story_id)
    once = await desk.read_model.story(story_id)
    for event in reversed(events):
        await desk.handlers.heard([event.model_copy(update={"at": T0 + timedelta(hours=1)})])
    again = await desk.read_model.story(story_id)
    assert once is not None
    assert again is not None
    assert trace(once) == trace(again)


async def test_what_a_stage_waits_for_is_a_note_until_it_is_reached(desk: Bench) -> None:
    received = example("story.received.v1")
    await desk.handlers.heard([received])
    waiting: StoryDelayed = example("story.delayed.v1")
    await desk.handlers.delayed([waiting])
    story_id = received.head.story_id
    told = (await desk.get(f"/v1/traces/{story_id}")).json()["revisions"][-1]
    assert told["stages"][-1]["note"] == waiting.note
    assert told["state"] == "moving"
    await desk.handlers.heard([example("story.live.v1")])
    told = (await desk.get(f"/v1/traces/{story_id}")).json()["revisions"][-1]
    assert told["stages"][-1]["note"] == ""
    assert told["state"] == "live"


async def test_an_embargo_a_kill_and_a_halt_have_their_states(desk: Bench) -> None:
    await desk.handlers.heard([example("story.scheduled.v1")])
    story_id = example("story.scheduled.v1").story_id
    assert (await desk.get(f"/v1/traces/{story_id}")).json()["revisions"][0]["state"] == "embargoed"
    await desk.handlers.heard([example("story.received.v1")])
    await desk.handlers.halted([example("story.halted.v1")])
    assert (await desk.get(f"/v1/traces/{story_id}")).json()["revisions"][1]["state"] == "halted"
    await desk.handlers.heard([example("story.killed.v1")])
    await desk.handlers.heard([example("story.live.v1--gone")])
    assert [one["state"] for one in (await desk.get(f"/v1/traces/{story_id}")).json()["revisions"]] == [
        "superseded",
        "superseded",
        "live",
    ]


async def test_a_halt_that_is_heard_before_its_story_is_not_forgotten(desk: Bench) -> None:
    halted = example("story.halted.v1")
    await desk.handlers.halted([halted])
    assert await desk.read_model.story(str(halted.story_id)) is None
    await desk.handlers.heard([example("story.received.v1")])
    told = (await desk.get(f"/v1/traces/{halted.story_id}")).json()["revisions"]
    assert [(one["action"], one["state"]) for one in told] == [("publish", "moving"), ("correct", "halted")]


async def test_a_halt_that_is_heard_after_its_revision_was_live_leaves_no_note(desk: Bench) -> None:
    for name in (*LINE, "story.halted.v1"):
        step = desk.handlers.halted if name == "story.halted.v1" else desk.handlers.heard
        await step([example(name)])
    told = (await desk.get(f"/v1/traces/{example(LINE[0]).head.story_id}")).json()["revisions"][1]
    assert (told["state"], {one["note"] for one in told["stages"]}) == ("live", {""})


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize("together", [True, False])
async def test_an_expiry_takes_no_headline_away_whenever_it_is_heard(
    desk: Bench, order: tuple[int, int], together: bool
) -> None:
    story = example("story.received.v1")
    both = [story, example("story.received.v1--gone")]
    both[1] = both[1].model_copy(update={"head": story.head.model_copy(update={"revision": 9, "action": "expire"})})
    batch = [both[one] for one in order]
    for part in [batch] if together else [[one] for one in batch]:
        await desk.handlers.heard(part)
    assert (await desk.get(f"/v1/traces/{story.head.story_id}")).json()["headline"] == story.story.headline


async def test_the_highest_version_of_the_counts_stays(desk: Bench) -> None:
    await desk.handlers.heard([example("story.received.v1")])
    newest = example("deliveries.progressed.v1")
    await desk.handlers.progressed([newest])
    await desk.handlers.progressed([newest.model_copy(update={"version": 1, "revisions": ()})])
    told = (await desk.get(f"/v1/traces/{newest.story_id}")).json()["revisions"][0]["deliveries"]
    assert told["email"]["planned"] == 3
    assert told["websub"]["planned"] == 0


async def test_a_dead_letter_is_kept_once_and_handed_back_once(desk: Bench) -> None:
    letter: EventDied = example("event.died.v1")
    await desk.handlers.died([letter])
    await desk.handlers.died([letter])
    found = (await desk.get("/v1/dead")).json()["dead"]
    assert len(found) == 1
    number = found[0]["id"]
    assert (await desk.get(f"/v1/dead/{number}")).json()["traceback"] == letter.traceback
    assert (await desk.post(f"/v1/dead/{number}/retry")).status_code == 200
    assert desk.redelivered == [(letter.from_stream, letter.group, letter.payload.encode())]
    assert (await desk.post(f"/v1/dead/{number}/retry")).status_code == 409
    assert (await desk.post(f"/v1/dead/{number}/drop")).status_code == 409
    assert (await desk.get("/v1/dead")).json()["dead"] == []
    assert (await desk.post("/v1/dead/999/drop")).status_code == 404


async def test_only_the_owner_and_the_admin_see_a_trace(desk: Bench) -> None:
    await desk.handlers.heard([example("story.received.v1")])
    story_id = example("story.received.v1").head.story_id

    def record(slug: str, key: str) -> PublisherRecord:
        digest = hashlib.sha256(key.encode()).hexdigest()
        return PublisherRecord(slug=slug, name=slug, scopes=("push",), key_hashes=(digest,), active=True)

    publishers = (record("harbour-desk", "theirs"), record("other-desk", "others"))
    await desk.handlers.publishers([PublishersChanged(at=T0, version=2, publishers=publishers)])
    await desk.handlers.publishers([PublishersChanged(at=T0, version=1, publishers=())])
    assert (await desk.get(f"/v1/traces/{story_id}", "theirs")).status_code == 200
    assert (await desk.get(f"/v1/traces/{story_id}", "others")).status_code == 403
    refused = await desk.get(f"/v1/traces/{story_id}", "nobody's")
    assert (refused.status_code, refused.headers["content-type"]) == (401, "application/problem+json")
    assert (await desk.get("/v1/dead", "theirs")).status_code == 403
    assert (await desk.client.get("/v1/dead")).status_code == 401
    assert orjson.loads(refused.content)["status"] == 401


async def test_a_redacted_story_has_no_headline_no_notes_and_no_letters(desk: Bench) -> None:
    received, letter = example("story.received.v1"), example("event.died.v1")
    story_id = str(received.head.story_id)
    await desk.handlers.heard([received])
    await desk.handlers.halted([example("story.halted.v1", story_id=received.head.story_id, error="Secret words")])
    said = f'{{"story_id": "{story_id}", "comments": ["Secret words"]}}'
    about = {"story_id": story_id, "payload": "Secret words", "error": "Secret words", "traceback": "Secret words"}
    comments = {**about, "story_id": None, "payload": said, "from_stream": "comments.changed.v1", "entry_id": "9-9"}
    other = letter.model_copy(update={"entry_id": "8-8", "story_id": str(UUID(int=1))})
    await desk.handlers.died([letter.model_copy(update=one) for one in (about, comments)])
    await desk.handlers.died([other])
    redacted = example("story.redacted.v1", story_id=received.head.story_id)
    assert await SqlRedacting(desk.database).redact(redacted)
    told = [(await desk.get(f"/v1/dead?state={state}")).json() for state in ("dead", "dropped")]
    assert [len(one["dead"]) for one in told] == [1, 2]
    everything = str([told, (await desk.get(f"/v1/traces/{story_id}")).json()])
    assert "Secret" not in everything
    assert received.story.headline not in everything
