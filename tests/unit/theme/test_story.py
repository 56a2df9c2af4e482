"""Does the story page say everything that a reader, a crawler and a moderator need?"""

from typing import Any

import pytest

from shared.theme import Theme
from tests.unit.theme import examples
from tests.unit.theme.markup import all_of, parsed, text_of
from tests.unit.theme.story_example import story


@pytest.fixture(scope="module")
def look() -> Theme:
    return examples.theme()


@pytest.fixture(scope="module")
def html(look: Theme) -> bytes:
    return look.page("story.html", story=story(look))


@pytest.mark.parametrize(
    "words",
    [
        examples.HEADLINES[0][0],
        examples.HEADLINES[0][1],
        "The eleven leaves of the gate on Monday evening",
        "Photo: Maren Ostby / Orrin Ledger",
        "READ ALSO: Kelp growers ask for a harbour of their own",
        "READ ALSO: How the tide tables are made",
        "What the gate holds back",
        "Correction 23 November 2026, 16:05 An earlier version said that the gate has twelve leaves.",
        "By Ines Halloran , Tobiah Quell and Maren Ostby",
        "4 min read",
        "Click to comment",
        "Leave a Reply",
        "Your email address will not be published. Required fields are marked *",
        "2 comments",
        "How this story changed",
        "CC-BY-4.0",
        "Updated 23 November 2026, 15:05 headline, photo",
        "Corrected 23 November 2026, 16:05 text",
        "Previous story Eel passage counted 40,000 animals, its best autumn so far",
        "Next story Salt marsh bought back, metre by metre",
        "More on this",
        "Breaking",
    ],
)
def test_the_page_says(html: bytes, words: str) -> None:
    assert words in text_of(html)


@pytest.mark.parametrize(
    ("credit", "shown"),
    [
        ("Quirk", "Photo: Quirk"),
        ("Photo: Quirk", "Photo: Quirk"),
        ("Illustration: Newswire sample desk", "Illustration: Newswire sample desk"),
        ("Photo d'archives : Quirk", "Photo d'archives : Quirk"),
        ("Фото: Quirk", "Фото: Quirk"),
        ("写真：Quirk", "写真：Quirk"),  # noqa: RUF001 - their colon
        ("https://quirk.example", "Photo: https://quirk.example"),
        ("Maren Ostby of the Ledger: all rights", "Photo: Maren Ostby of the Ledger: all rights"),
        ("Quirk, at 12:30", "Photo: Quirk, at 12:30"),
        ("Jan-Willem van Oldenbarnevelt-Quirk: x", "Photo: Jan-Willem van Oldenbarnevelt-Quirk: x"),
    ],
)
def test_a_credit_is_labelled_once(look: Theme, credit: str, shown: str) -> None:
    told = story(look)
    html = look.page("story.html", story=told | {"image": told["image"] | {"credit": credit}})
    assert shown in text_of(html)
    assert text_of(html).count("Photo") == shown.count("Photo")


def test_the_head_tells_machines_what_it_is(html: bytes) -> None:
    meta = {one.get("name") or one.get("property"): one.get("content") for one in all_of(html, "meta")}
    assert meta["newswire:revision"] == "3"
    assert meta["robots"] == "max-image-preview:large"
    assert meta["og:type"] == "article"
    assert meta["og:url"] == "https://ledger.example/2026/11/23/storm-gate/"
    assert meta["og:image"] == "https://ledger.example/media/0-16x9.jpg"
    assert (meta["og:image:width"], meta["og:image:height"], meta["og:image:type"]) == ("1200", "675", "image/jpeg")
    assert (
        meta["og:image:alt"] == meta["twitter:image:alt"] == "Steel leaves of a storm gate stand upright in grey water"
    )
    assert meta["article:author"] == "https://ledger.example/author/maren-ostby/"
    assert meta["og:site_name"] == "The Orrin Ledger"
    assert meta["article:published_time"] == "2026-11-23T14:05:00+00:00"
    assert meta["article:modified_time"] == "2026-11-23T16:05:00+00:00"
    assert meta["twitter:card"] == "summary_large_image"
    links = [(one["rel"], one["href"]) for one in all_of(html, "link")]
    assert ("canonical", "https://ledger.example/2026/11/23/storm-gate/") in links
    assert ("alternate", "/2026/11/23/storm-gate/feed/") in links
    assert ("alternate", "/feed/atom/") in links


@pytest.mark.parametrize(("language", "locale"), [("pt-BR", "pt_BR"), ("fr", "fr"), (None, "en")])
def test_sharing_sites_are_told_the_language_of_the_story(look: Theme, language: str | None, locale: str) -> None:
    html = look.page("story.html", story=story(look, language=language))
    assert [one["content"] for one in all_of(html, "meta") if one.get("property") == "og:locale"] == [locale]


def test_a_dek_that_the_body_begins_with_is_for_machines_only(look: Theme) -> None:
    told = story(look)
    html = look.page("story.html", story=told | {"dek_in_body": True})
    assert told["dek"] not in text_of(html)
    assert told["dek"] in {one.get("content") for one in all_of(html, "meta") if one.get("name") == "description"}
    assert told["dek"] in text_of(look.page("story.html", story=told | {"dek_in_body": False}))


def test_structured_data_stands_as_it_was_given(html: bytes) -> None:
    assert b'<script type="application/ld+json">{"@context":"https://schema.org","@type":"NewsArticle"' in html


def test_the_comment_form_posts_the_agreed_fields(html: bytes) -> None:
    form = next(one for one in parsed(html).iter("form") if one.attrib.get("id") == "comment-form")
    assert (form.attrib["action"], form.attrib["method"]) == ("/2026/11/23/storm-gate/comments", "post")
    fields = {one.attrib["name"]: one.attrib for one in form.iter() if "name" in one.attrib}
    assert set(fields) == {"name", "email", "website", "comment", "parent", "notify", "save", "subject"}
    assert {name for name, one in fields.items() if "required" in one} == {"name", "email", "comment"}
    assert {name: one["autocomplete"] for name, one in fields.items() if one.get("autocomplete", "off") != "off"} == {
        "name": "name",
        "email": "email",
        "website": "url",
    }
    assert fields["save"]["type"] == fields["notify"]["type"] == "checkbox"
    assert fields["parent"]["type"] == "hidden"
    assert fields["subject"]["tabindex"] == "-1"


def test_answers_are_lists_inside_the_item_that_they_answer(look: Theme) -> None:
    [first, second] = story(look)["comments"]
    depths = (0, 1, 2, 1, 0)
    comments = [first | {"id": number, "depth": depth} for number, depth in enumerate(depths, 1)]
    tree = parsed(look.page("story.html", story=story(look, comments=comments)))
    (top,) = [one for one in tree.iter("ol") if one.attrib.get("class") == "comment-list"]
    assert nested(top) == [(1, [(2, [(3, [])]), (4, [])]), (5, [])]
    assert second["id"] == 9


def nested(items: Any) -> list[Any]:
    """(number, its answers) of each item of a list of comments."""
    found = []
    for item in items.findall("li"):
        inner = item.find("ol")
        found.append((int(item.attrib["id"].removeprefix("comment-")), [] if inner is None else nested(inner)))
    return found


def test_a_reply_needs_no_script_and_goes_to_no_search_engine(look: Theme) -> None:
    links = [one for one in all_of(look.page("story.html", story=story(look)), "a") if one.get("class") == "reply"]
    assert [one["href"] for one in links] == [
        f"/2026/11/23/storm-gate/comments?reply={number}#comment-form" for number in (7, 9)
    ]
    assert {one["rel"] for one in links} == {"nofollow"}


def test_closed_comments_have_no_form(look: Theme) -> None:
    html = look.page("story.html", story=story(look, comments_open=False))
    assert "Comments on this story are closed." in text_of(html)
    assert b"comment-form" not in html
    assert "I stood on the breakwater." in text_of(html)


def test_a_story_speaks_its_own_language_and_the_site_around_it_another(look: Theme) -> None:
    html = look.page("story.html", story=story(look, language="ar", dir="rtl"))
    (article,) = [one for one in all_of(html, "article") if one.get("class") == "story"]
    assert (article["lang"], article["dir"]) == ("ar", "rtl")
    assert all_of(html, "html")[0]["lang"] == "en"


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "JaVaScRiPt:alert(1)", " javascript:x"])
def test_a_script_address_is_never_a_link(look: Theme, address: str) -> None:
    given = story(look)
    given["comments"][0]["website"] = address
    given["rights"]["license"] = given["rights"]["license_url"] = address
    links = [one["href"] for one in all_of(look.page("story.html", story=given), "a")]
    assert address not in links
    assert examples.theme(social_links=(("Evil", address),)).page("missing.html").count(address.encode()) == 0


def test_pictures_have_their_size_and_only_the_first_is_fetched_early(html: bytes) -> None:
    pictures = all_of(html, "img")
    assert all({"width", "height", "alt"} <= set(one) for one in pictures)
    assert [one.get("loading") for one in pictures] == [None, "lazy", "lazy"]
    assert pictures[0]["fetchpriority"] == "high"


def test_a_story_published_elsewhere_first_says_where(look: Theme) -> None:
    html = look.page("story.html", story=story(look, canonical="https://other.example/a?b=1&c=2"))
    assert ("canonical", "https://other.example/a?b=1&c=2") in [
        (one["rel"], one["href"]) for one in all_of(html, "link")
    ]
    assert "First published at https://other.example/a?b=1&c=2" in text_of(html)


def test_a_plain_story_has_none_of_the_rest(look: Theme) -> None:
    given = story(look, image=None, corrections=[], comments=[], related=[], tags=[], updated=None)
    words = text_of(look.page("story.html", story=given | {"history": given["history"][:1], "priority": "routine"}))
    for absent in ("Photo:", "Correction ", "Reply –", "More on this", "Updated", "How this story changed", "Breaking"):  # noqa: RUF001 - our own dash
        assert absent not in words
