"""Invented news from an invented coast, in the form in which templates are given it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from shared.theme import Theme

NOW = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)
SECTIONS = ["Harbour", "Council", "Business", "Science", "Culture", "Sport"]
AUTHORS = ["Ines Halloran", "Tobiah Quell", "Maren Ostby", "Dele Farrow"]
HEADLINES = [
    (
        "Storm gate at Orrin Sound shuts for the first time, and the old town stays dry",
        "Engineers raised all eleven leaves in nineteen minutes, as the tide passed the mark of the flood of 2011.",
    ),
    ("Council votes 14 to 9 to keep the night ferry running", "The compromise trims two midweek sailings."),
    ("Hospital laundry to be heated by the bakery next door", "A pipe of forty metres saves both of them a boiler."),
    ("Teachers and the county agree on a four-year contract", "Ballots go out on Thursday."),
    ("Kelp growers ask for a harbour of their own", "Nine boats share two berths, and the season is getting longer."),
    ("Eel passage counted 40,000 animals, its best autumn so far", "The counter saw what fishers had said all along."),
    ("A choir without singers fills the grain silo", "Forty loudspeakers, one breath: an artist listens to concrete."),
    ("Rowers of Velm take the regatta by half a length", "The crew had trained on the canal, in the dark."),
    ("Bus drivers get the stop that passengers had painted themselves", "The shelter follows in spring."),
    ("Observatory opens its dome to the neighbourhood", "Every first Friday, weather allowing."),
    ("Market hall roof passes its load test with snow made of sand", "The stallholders move back in next month."),
    ("Small claims court moves into the former tram depot", "Rails stay in the floor."),
    ("Last telegraph clerk of Orrin dies at 101", "She sent the news of two peace treaties."),
    ("Salt marsh bought back, metre by metre", "The trust now owns 212 of 240 hectares."),
    ("Library lends out its first sewing machines", "Waiting time: three weeks."),
    ("Goalkeeper who worked nights saves two penalties", "He went to work afterwards."),
    ("Port authority publishes its noise readings every hour", "Residents had asked for six years."),
    ("Flu clinic opens on Saturdays until January", "No appointment is needed before noon."),
    ("Young cartographers map every step in the upper town", "There are 4,312 of them."),
    ("Bridge over the Nedder closes for ten nights", "Pedestrians may still cross."),
]


def theme(**changes: Any) -> Theme:
    """A theme for the Orrin Ledger."""
    given: dict[str, Any] = {
        "title": "The Orrin Ledger",
        "url": "https://ledger.example",
        "language": "en",
        "zone": ZoneInfo("UTC"),
        "social_links": (("Mastodon", "https://social.example/@ledger"), ("Bluesky", "https://sky.example/ledger")),
        "imprint": "Orrin Ledger Cooperative, Lower Quay 4, Orrin",
        "postal_address": "Orrin Ledger Cooperative\nLower Quay 4\nOrrin",
        "contact_email": "desk@ledger.example",
    }
    return Theme(**(given | changes))


def term(kind: str, name: str) -> dict[str, str]:
    return {"name": name, "path": f"/{kind}/{name.lower().replace(' ', '-')}/"}


def card(look: Theme, number: int, **changes: Any) -> dict[str, Any]:
    """The card of one headline; every third is without a picture."""
    headline, dek = HEADLINES[number]
    made: dict[str, Any] = {
        "path": f"/2026/11/23/story-{number}/",
        "headline": headline,
        "dek": dek,
        "date": look.date(NOW - timedelta(minutes=37 * number)),
        "section": term("section", SECTIONS[number % 6]),
        "authors": [term("author", AUTHORS[number % 4])],
        "image": None
        if number % 3 == 2
        else {"path": f"/media/{number % 6}.jpg", "width": 1200, "height": 800, "alt": f"Picture of {headline}"},
        "priority": "breaking" if number == 1 else "urgent" if number == 4 else "routine",
        "sponsored": number == 8,
        "corrected": number == 5,
    }
    return made | changes


def front(look: Theme, **changes: Any) -> dict[str, Any]:
    """The front page with a lead and 19 more stories."""
    made: dict[str, Any] = {
        "kind": "front",
        "title": "The Orrin Ledger",
        "path": "/",
        "url": "https://ledger.example/",
        "page": 1,
        "pages": 10,
        "previous_path": None,
        "next_path": "/page/2/",
        "archive_path": None,
        "feeds": {"rss": "/feed/", "atom": "/feed/atom/", "json": "/feed/json/"},
        "lead": card(look, 0, priority="breaking"),
        "items": [card(look, number) for number in range(1, 20)],
        "sections": [term("section", name) for name in SECTIONS],
        "description": "One · Two & three",
        "share_image": {
            "url": "https://ledger.example/media/0-16x9.jpg",
            "width": 1200,
            "height": 675,
            "type": "image/jpeg",
            "alt": "A gate",
        },
        "json_ld": '{"@type":"CollectionPage"}',
    }
    return made | changes


def arranged(look: Theme, rivers: int = 3, **changes: Any) -> dict[str, Any]:
    """The front page as render lays it out: all stories, and the older ones again in `rivers` of two and more."""
    made = front(look, breaking=[card(look, 1)])
    latest = [card(look, number) for number in range(1, 20)]
    streams, more = latest[7 : 7 + 2 * rivers], latest[7 + 2 * rivers :]
    named = [
        {"section": term("section", SECTIONS[number]), "items": streams[2 * number : 2 * number + 2]}
        for number in range(rivers)
    ]
    return made | {"front": {"below": [], "latest": latest, "rivers": named, "more": more}} | changes


def bare(look: Theme) -> dict[str, Any]:
    """A front page whose lead has no picture: two others stand below it."""
    made = arranged(look)
    latest = made["front"]["latest"]
    places = made["front"] | {"below": latest[:2], "latest": latest[2:]}
    return made | {"lead": card(look, 0, image=None), "front": places}


def section(look: Theme, **changes: Any) -> dict[str, Any]:
    """Page 2 of a section."""
    made = front(look) | {
        "kind": "section",
        "title": "Harbour",
        "path": "/section/harbour/",
        "url": "https://ledger.example/section/harbour/page/2/",
        "page": 2,
        "previous_path": "/section/harbour/",
        "next_path": "/section/harbour/page/3/",
        "archive_path": "/archive/2026/10/",
        "subscribe_path": "/subscribe?topics=section:harbour",
        "lead": None,
        "items": [card(look, number) for number in range(20)],
    }
    return made | changes
