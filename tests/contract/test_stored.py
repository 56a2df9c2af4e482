"""Does a kept event come back, and does its gist say what it says and not when it was made?"""

from datetime import timedelta
from pathlib import Path

from shared.events import StoryEnriched
from shared.events.stored import gist, pack_event, unpack_event

EXAMPLE = Path(__file__).parent / "examples" / "story.enriched.v1.json"


def test_a_kept_event_comes_back_and_its_gist_is_what_it_says() -> None:
    event = StoryEnriched.model_validate_json(EXAMPLE.read_bytes())
    kept = pack_event(event)
    assert unpack_event(kept) == event
    later = event.model_copy(update={"at": event.at + timedelta(days=1), "attempts": 3})
    other = event.model_copy(update={"head": event.head.model_copy(update={"revision": event.head.revision + 1})})
    assert gist(pack_event(later)) == gist(kept)
    assert gist(pack_event(other)) != gist(kept)
    assert gist(None) is None
