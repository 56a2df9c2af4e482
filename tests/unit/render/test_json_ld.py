"""Does a story say of itself all that Google asks of a NewsArticle?"""

import json
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.render.domain.entry import entry
from services.render.domain.json_ld import json_ld
from services.render.domain.licence import Licence, licence
from services.render.domain.pictures import cuts
from services.render.domain.site import Site
from services.render.domain.story_page import story_context
from shared.events import Article, HistoryEntry, Person, Rights, StoredImage, StoryHead, Term
from tests.unit.render.test_feeds import AT, article, head

SITE = Site("Wire", "https://site.example", "en", ZoneInfo("UTC"))


def picture(width: int = 1600, height: int = 1000, kind: str = "image/jpeg") -> StoredImage:
    return StoredImage(
        key="media/ab12.jpg",
        path="/media/ab12.jpg",
        content_type=kind,
        width=width,
        height=height,
        bytes=1,
        alt="A boat",
        caption="At noon",
        credit="Flot",
    )


def told(one: Article, of: StoryHead | None = None) -> dict[str, Any]:
    return dict(json.loads(json_ld(entry(of or head(), one, None, SITE.url), SITE)))


def test_a_whole_story_has_what_is_required_and_recommended() -> None:
    found = told(
        article(
            image=picture(),
            authors=(Person(slug="ada", name="Ada"), Person(slug="bo", name="Bo", url="https://bo.example/")),
            sections=(Term(slug="town", name="Town"), Term(slug="sea", name="Sea")),
            tags=(Term(slug="ferry", name="Ferry"),),
            rights=Rights(license="CC BY-SA 4.0", usage_terms="Name us.", copyright="© Wire"),
        )
    )
    assert found["@type"] == "NewsArticle"
    assert [(one["name"], one["url"]) for one in found["author"]] == [
        ("Ada", "https://site.example/author/ada/"),
        ("Bo", "https://bo.example/"),
    ]
    assert [(one["width"], one["height"]) for one in found["image"]] == [
        (1600, 1000),
        (1200, 675),
        (1200, 900),
        (1000, 1000),
    ]
    assert {one["creditText"] for one in found["image"]} == {"Flot"}
    assert found["datePublished"] == found["dateModified"] == "2026-11-23T12:00:00Z"
    assert found["isAccessibleForFree"] is True
    assert found["publisher"]["logo"]["url"] == "https://site.example/icon-512.png"
    assert found["license"] == "https://creativecommons.org/licenses/by-sa/4.0/"
    crumbs = found["mainEntityOfPage"]["breadcrumb"]["itemListElement"]
    assert [(one["position"], one["name"], one["item"]) for one in crumbs] == [
        (1, "Wire", "https://site.example/"),
        (2, "Town", "https://site.example/section/town/"),
        (3, "H", "https://site.example/2026/11/23/a/"),
    ]


def test_corrections_are_told_with_their_dates() -> None:
    notes = (
        HistoryEntry(revision=1, action="publish", at=AT),
        HistoryEntry(revision=2, action="correct", note="Eleven.", kind="correction", at=AT + timedelta(hours=1)),
    )
    found = told(article(), head(revision=2, action="correct", history=notes))
    assert found["correction"] == [
        {"@type": "CorrectionComment", "text": "Eleven.", "datePublished": "2026-11-23T13:00:00Z"}
    ]
    assert found["dateModified"] == "2026-11-23T13:00:00Z"


def test_what_is_not_there_is_not_said() -> None:
    found = told(article(dek=""))
    assert not found.keys() & {
        "license",
        "correction",
        "author",
        "keywords",
        "genre",
        "isBasedOn",
        "description",
    }


def test_a_story_from_elsewhere_says_what_it_is_based_on() -> None:
    assert told(article(canonical_url="https://first.example/a"))["isBasedOn"] == "https://first.example/a"


@pytest.mark.parametrize(
    ("image", "sizes"),
    [
        (picture(1600, 1000), [(1200, 675), (1200, 900), (1000, 1000)]),
        # Nothing is made larger than it is.
        (picture(400, 900), [(400, 225), (400, 300), (400, 400)]),
        # Google shows none with fewer than 50,000 pixels.
        (picture(240, 200), []),
        (picture(320, 240), [(320, 180), (320, 240), (240, 240)]),
        (picture(1600, 1000, "image/svg+xml"), []),
    ],
)
def test_a_picture_is_cut_in_three_ratios_where_it_is_large_enough(image: StoredImage, sizes: list[Any]) -> None:
    assert [(cut.width, cut.height) for cut in cuts(image)] == sizes
    assert {cut.path for cut in cuts(image)} <= {f"/media/ab12-{ratio}.jpg" for ratio in ("16x9", "4x3", "1x1")}


@pytest.mark.parametrize(
    ("image", "url"),
    [
        (picture(), "https://site.example/media/ab12-16x9.jpg"),
        (picture(200, 100), "https://site.example/media/ab12.jpg"),
        (picture(kind="image/svg+xml"), "https://site.example/2026/11/23/a/share.png"),
        (None, "https://site.example/2026/11/23/a/share.png"),
    ],
)
def test_where_a_story_is_shared_there_is_always_a_picture(image: StoredImage | None, url: str) -> None:
    assert page(article(image=image))["share_image"]["url"] == url
    pictures = told(article(image=image))["image"]
    assert image is not None or (pictures["url"], pictures["width"], pictures["height"]) == (url, 1200, 630)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (None, None),
        ("", None),
        ("https://l.example/", Licence("https://l.example/", "https://l.example/")),
        ("CC0-1.0", Licence("CC0-1.0", "https://creativecommons.org/publicdomain/zero/1.0/")),
        ("CC-BY-NC-ND-4.0", Licence("CC-BY-NC-ND-4.0", "https://creativecommons.org/licenses/by-nc-nd/4.0/")),
        ("cc by 3.0", Licence("cc by 3.0", "https://creativecommons.org/licenses/by/3.0/")),
        ("All rights reserved", Licence("All rights reserved", None)),
        ("javascript:alert(1)", Licence("javascript:alert(1)", None)),
    ],
)
def test_a_licence_is_found_by_its_name(text: str | None, found: Licence | None) -> None:
    assert licence(text) == found


def test_the_history_says_when_readers_could_read_it_and_what_changed_since() -> None:
    embargo = AT + timedelta(days=1)
    notes = (
        HistoryEntry(revision=1, action="publish", at=AT),
        HistoryEntry(revision=2, action="update", changed=("headline",), at=AT + timedelta(hours=1)),
        HistoryEntry(revision=3, action="update", changed=("text",), at=embargo + timedelta(hours=1)),
        HistoryEntry(revision=4, action="kill", at=embargo + timedelta(hours=2)),
        HistoryEntry(revision=5, action="revive", note="It stands.", at=embargo + timedelta(hours=3)),
    )
    shown = page(article(), head(revision=5, action="revive", history=notes, published_at=embargo))["history"]
    assert [(one["action"], one["date"]["iso"], one["changed"]) for one in shown] == [
        ("publish", embargo.isoformat(), []),
        ("update", (embargo + timedelta(hours=1)).isoformat(), ["text"]),
        ("revive", (embargo + timedelta(hours=3)).isoformat(), []),
    ]


def test_what_was_changed_under_embargo_has_not_been_updated_for_anybody() -> None:
    notes = tuple(HistoryEntry(revision=n, action="update", at=AT + timedelta(hours=n)) for n in (1, 2))
    held = head(revision=2, action="update", history=notes, published_at=AT + timedelta(days=1))
    assert page(article(), held)["updated"] is None
    assert told(article(), held)["dateModified"] == told(article(), held)["datePublished"]


def page(one: Article, of: StoryHead | None = None) -> dict[str, Any]:
    made = entry(of or head(), one, None, SITE.url)
    return story_context(made, SITE, lambda at: {"iso": at.isoformat()}, lambda _: None, [], [], 0)
