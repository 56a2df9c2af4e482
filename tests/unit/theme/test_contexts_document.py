"""Does CONTEXTS.md tell theme makers the truth: every template, and every value that ours are given or ask for?"""

import re
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.render.domain.entry import card, entry
from services.render.domain.list_page import list_context
from services.render.domain.site import Site
from services.render.domain.story_page import story_context
from tests.unit.render.test_feeds import article, head
from tests.unit.theme import examples
from tests.unit.theme.contexts import contexts

THEME = Path(__file__).parents[3] / "shared" / "theme"
DOCUMENT = (THEME / "CONTEXTS.md").read_text()
ROWS = dict(re.findall(r"^\| `([a-z]+\.html)` \| (.+) \|$", DOCUMENT, re.MULTILINE))
SITE = Site("Wire", "http://site.example", "en", ZoneInfo("UTC"))
#: A date is explained once, above the table.
DATE = examples.theme().date(examples.NOW).keys()
#: `site.js` and `site.css` are files.
FILES = {"js", "css"}
#: What search.html makes for a part of its own.
LOCAL = {"previous_label", "next_label"}


def words(text: str) -> set[str]:
    return set(re.findall(r"[a-z_]+", text))


def test_a_date_is_documented() -> None:
    assert words(DOCUMENT) >= DATE


def test_every_template_has_a_row() -> None:
    assert set(ROWS) == {path.name for path in (THEME / "templates").glob("*.html")} - {"layout.html"}


@pytest.mark.parametrize("name", sorted(ROWS))
def test_what_a_template_is_given_is_documented(name: str) -> None:
    given: dict[str, Any] = contexts(examples.theme())[name]
    for key, value in given.items():
        assert key in words(ROWS[name])
        inner = value.keys() if isinstance(value, dict) else set()
        assert inner - DATE <= words(ROWS[name]), f"{name}: {key}"


@pytest.mark.parametrize("subject", ["story", "list", "item", "site"])
def test_what_our_templates_ask_for_is_documented(subject: str) -> None:
    templates = "".join(path.read_text() for path in (THEME / "templates").rglob("*.html"))
    asked = set(re.findall(rf"(?<!['/])\b{subject}\.([a-z_]+)", templates))
    assert asked - LOCAL - FILES <= words(DOCUMENT)


def test_what_render_gives_is_documented() -> None:
    one = entry(head(), article(), None, SITE.url)

    def dates(_: Any) -> dict[str, str]:
        return {"iso": "", "text": "", "day": ""}

    story = story_context(one, SITE, dates, lambda _: None, [], [], 0)
    shown = card(one, dates)
    front = list_context("", "", 1, 1, [shown], SITE, lead=shown)
    assert story.keys() <= words(ROWS["story.html"])
    assert front.keys() <= words(ROWS["list.html"])
    assert front["front"].keys() <= words(ROWS["list.html"])
    assert shown.keys() <= words(DOCUMENT)
