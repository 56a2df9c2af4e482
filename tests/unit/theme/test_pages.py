"""Does every template make a sound page of whatever it is given?"""

import re
from itertools import pairwise
from typing import Any

import pytest

from shared.theme import Theme
from tests.unit.theme import examples
from tests.unit.theme.contexts import contexts
from tests.unit.theme.markup import all_of, parsed, text_of
from tests.unit.theme.story_example import story

TEMPLATES = [
    "about",
    "story",
    "list",
    "search",
    "comment",
    "gone",
    "missing",
    "message",
    "corrections",
    "subscribe",
    "subscription",
]
HOSTILE = "\"'><script>alert(1)</script>&amp;<img src=x onerror=alert(2)>{{ 7*7 }}{% raw %} &#x2f; \u202e\u0000 ]]>"


@pytest.fixture(scope="module")
def look() -> Theme:
    return examples.theme()


def everything_replaced(value: Any, by: str) -> Any:
    """The same shape with every text replaced, except those that callers make safe and those that choose a form."""
    if isinstance(value, dict):
        fixed = {"html", "snippet_html", "json_ld", "type", "kind", "priority", "id"}
        return {key: one if key in fixed else everything_replaced(one, by) for key, one in value.items()}
    if isinstance(value, list):
        return [everything_replaced(one, by) for one in value]
    return by if isinstance(value, str) else value


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_rich_page_is_well_formed_and_complete(look: Theme, name: str) -> None:
    html = look.page(f"{name}.html", **contexts(look)[f"{name}.html"])
    parsed(html)
    assert html.startswith(b'<!doctype html>\n<html lang="en" dir="ltr">')
    assert len(all_of(html, "h1")) == 1
    assert len(all_of(html, "main")) == 1
    ids = [element.attrib["id"] for element in parsed(html).iter() if "id" in element.attrib]
    assert sorted(set(ids)) == sorted(ids), "an id twice"


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_page_without_any_value_is_well_formed(look: Theme, name: str) -> None:
    parsed(look.page(f"{name}.html"))


@pytest.mark.parametrize("name", ["story", "list"])
def test_each_value_may_be_missing_or_none(look: Theme, name: str) -> None:
    ((subject, full),) = contexts(look)[f"{name}.html"].items()
    for key in full:
        parsed(look.page(f"{name}.html", **{subject: {other: one for other, one in full.items() if other != key}}))
        parsed(look.page(f"{name}.html", **{subject: full | {key: None}}))


@pytest.mark.parametrize("name", TEMPLATES)
def test_hostile_texts_stay_texts(look: Theme, name: str) -> None:
    harmless = everything_replaced(contexts(look)[f"{name}.html"], "harmless")
    hostile = everything_replaced(contexts(look)[f"{name}.html"], HOSTILE.replace("\0", ""))
    shape = [(element.tag, sorted(element.attrib)) for element in parsed(look.page(f"{name}.html", **harmless)).iter()]
    seen = [(element.tag, sorted(element.attrib)) for element in parsed(look.page(f"{name}.html", **hostile)).iter()]
    assert seen == shape


@pytest.mark.parametrize("name", TEMPLATES)
def test_the_same_context_gives_the_same_bytes(look: Theme, name: str) -> None:
    context = contexts(look)[f"{name}.html"]
    assert look.page(f"{name}.html", **context) == examples.theme().page(f"{name}.html", **context)


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_page_offers_what_the_interface_promises(look: Theme, name: str) -> None:
    html = look.page(f"{name}.html", **contexts(look)[f"{name}.html"])
    links = {link["href"] for link in all_of(html, "a")}
    assert {"#content", "/imprint/", "/privacy/", "/corrections/", "/about/", "/subscribe", "/feed/"} <= links
    assert "Connect with us" in text_of(html)
    assert b'placeholder="Hi, what are you looking for?"' in html
    assert {"https://social.example/@ledger", "https://sky.example/ledger", "mailto:desk@ledger.example"} <= links


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_strict_content_security_policy_holds(look: Theme, name: str) -> None:
    document = parsed(look.page(f"{name}.html", **contexts(look)[f"{name}.html"]))
    for element in document.iter():
        assert "style" not in element.attrib
        assert not [attribute for attribute in element.attrib if attribute.startswith("on")]
        if element.tag == "script":
            assert element.attrib.get("src", "/").startswith("/")
            assert "src" in element.attrib or element.attrib["type"] == "application/ld+json"
        if element.tag in {"img", "script", "iframe", "source"} and "src" in element.attrib:
            assert element.attrib["src"].startswith("/")
        if element.tag == "link" and element.attrib["rel"] in {"stylesheet", "icon", "manifest"}:
            assert element.attrib["href"].startswith("/")
    assert not list(document.iter("style"))


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_field_has_a_label(look: Theme, name: str) -> None:
    html = look.page(f"{name}.html", **contexts(look)[f"{name}.html"])
    labelled = {label["for"] for label in all_of(html, "label")}
    fields = [*all_of(html, "input"), *all_of(html, "textarea"), *all_of(html, "select")]
    assert [field for field in fields if field.get("type") != "hidden" and field["id"] not in labelled] == []


@pytest.mark.parametrize("name", TEMPLATES)
def test_headings_skip_no_level(look: Theme, name: str) -> None:
    document = parsed(look.page(f"{name}.html", **contexts(look)[f"{name}.html"]))
    main = next(iter(document.iter("main")))
    levels = [int(element.tag[1]) for element in main.iter() if re.fullmatch(r"h[1-6]", str(element.tag))]
    assert levels[0] == 1
    assert [(before, after) for before, after in pairwise(levels) if after > before + 1] == []


def test_the_slash_is_not_escaped(look: Theme) -> None:
    html = look.page("story.html", story=story(look))
    assert b'href="/2026/11/23/story-4/"' in html
    assert b"&#x2f;" not in html
