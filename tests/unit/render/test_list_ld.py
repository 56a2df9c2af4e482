"""Does a list say of itself what search engines and those who share it want to know?"""

import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.render.domain.list_page import list_context
from services.render.domain.site import Site

SITE = Site("Wire & <Co>", "https://site.example", "en", ZoneInfo("UTC"))


def card(number: int, **more: Any) -> dict[str, Any]:
    path = f"/2026/11/23/it's-{number}&/"
    share = {"url": f"https://site.example{path}share.png", "width": 1200, "height": 630, "type": "image/png"}
    who = {"name": "Ada", "path": "/author/ada/", "url": "https://ada.example/" if number == 2 else None}
    date = {"iso": "2026-11-23T12:00:00Z"}
    return {"path": path, "headline": f"</script> {number}", "date": date, "authors": [who], "share": share} | more


def context(key: str, cards: int = 3, page: int = 1, **more: Any) -> dict[str, Any]:
    return list_context(key, "Tea & </b>", 45, page, [card(one) for one in range(cards)], SITE, **more)


def told(key: str, cards: int = 3, page: int = 1) -> dict[str, Any]:
    text = context(key, cards, page)["json_ld"]
    assert not set(text) & {"<", ">", "&"}
    return dict(json.loads(text))


@pytest.mark.parametrize("key", ["section/tea", "tag/tea", "archive/2026/11"])
def test_a_list_is_a_collection_of_its_stories_below_the_front_page(key: str) -> None:
    found = told(key, page=2)
    assert (found["@context"], found["@type"], found["name"]) == ("https://schema.org", "CollectionPage", "Tea & </b>")
    assert found["url"] == f"https://site.example/{key}/page/2/"
    steps = found["breadcrumb"]["itemListElement"]
    assert [(one["position"], one["item"]) for one in steps] == [
        (1, "https://site.example/"),
        (2, f"https://site.example/{key}/"),
    ]
    items = found["mainEntity"]["itemListElement"]
    assert [one["position"] for one in items] == [1, 2, 3]
    assert items[1]["url"] == "https://site.example/2026/11/23/it's-1&/"


def test_the_front_page_also_says_what_site_this_is() -> None:
    site, page = told("")["@graph"]
    assert (site["@type"], site["name"], site["url"]) == ("WebSite", "Wire & <Co>", "https://site.example/")
    assert site["potentialAction"]["target"]["urlTemplate"] == "https://site.example/search?q={search_term_string}"
    assert (page["@type"], page["mainEntity"]["numberOfItems"]) == ("CollectionPage", 3)
    assert "breadcrumb" not in page
    assert told("", page=2)["@type"] == "CollectionPage"


def test_an_author_has_a_profile_with_what_they_wrote() -> None:
    found = told("author/ada")
    assert (found["@type"], found["breadcrumb"]["@type"]) == ("ProfilePage", "BreadcrumbList")
    person = found["mainEntity"]
    assert (person["@type"], person["name"]) == ("Person", "Tea & </b>")
    assert (person["url"], person["sameAs"]) == ("https://site.example/author/ada/", ["https://ada.example/"])
    assert [one["headline"] for one in found["hasPart"]] == ["</script> 0", "</script> 1", "</script> 2"]
    assert "sameAs" not in told("author/ada", 1)["mainEntity"]


def test_an_empty_list_says_that_it_is_empty() -> None:
    assert told("section/tea", 0)["mainEntity"]["itemListElement"] == []
    assert told("author/ada", 0)["hasPart"] == []
    empty = context("section/tea", 0)
    assert (empty["share_image"], empty["description"]) == (None, "")


def test_a_list_is_shared_with_the_picture_of_the_story_that_leads_it() -> None:
    lead = card(7)
    shown = context("", lead=lead, breaking=[card(1)])
    assert shown["share_image"] == lead["share"]
    assert shown["description"] == "</script> 7 · </script> 0 · </script> 1"
    assert not any("share" in one for one in [shown["lead"], *shown["items"], *shown["breaking"]])
    assert json.loads(shown["json_ld"])["@graph"][1]["mainEntity"]["itemListElement"][0]["url"].endswith("it's-7&/")
