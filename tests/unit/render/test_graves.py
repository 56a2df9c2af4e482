"""Does a site say in its own words that a story was withdrawn, in a feed and at its address?"""

from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from services.render.adapters.fragment_memory import MemoryFragments
from services.render.domain.feed import Tombstone
from services.render.domain.site import Site
from services.render.domain.snapshot import Snapshot
from services.render.domain.words import words
from services.render.handlers.parts import Parts
from services.site.domain.answers import Gone
from services.site.domain.changes import EXPIRED_NOTE
from services.site.routes.standing_pages import gone_page
from shared.events import WITHDRAWN
from tests.unit.theme import examples

SITE = Site("Wire", "https://site.example", "de", ZoneInfo("UTC"))
AT = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("note", "said"),
    [
        (WITHDRAWN, "Dieser Beitrag wurde zurückgezogen."),
        ("Wir haben uns geirrt.", "Wir haben uns geirrt."),
        (EXPIRED_NOTE, "Dieser Beitrag ist nicht mehr verfügbar."),
    ],
)
def test_what_the_newsroom_leaves_unsaid_the_site_says_in_its_language(note: str, said: str) -> None:
    look = examples.theme(language="de")
    assert said in gone_page(look)(Gone(note, AT, 1)).decode()
    if note != EXPIRED_NOTE:
        parts = Parts(Snapshot(1), SITE, look, words(look.strings), MemoryFragments())
        made = parts.graves(Tombstone(UUID(int=1), "/2026/11/23/a/", 1, note, 1, 1))
        assert all(said in one.body.decode() for one in (made.rss, made.atom, made.json))
