"""Do lists and the pages beside the stories lead the reader on?"""

import pytest

from shared.theme import Theme
from tests.unit.theme import examples
from tests.unit.theme.contexts import contexts
from tests.unit.theme.markup import all_of, parsed, text_of


@pytest.fixture(scope="module")
def look() -> Theme:
    return examples.theme()


@pytest.mark.parametrize("rivers", [None, 0, 1, 4, 6])
def test_who_reads_the_front_page_from_the_top_meets_the_stories_in_the_order_of_the_list(
    look: Theme, rivers: int | None
) -> None:
    context = examples.front(look) if rivers is None else examples.arranged(look, rivers)
    headed = [
        one.attrib["href"]
        for story in parsed(look.page("list.html", list=context)).iter("article")
        for tag in ("h2", "h3")
        for head in story.iter(tag)
        for one in head.iter("a")
    ]
    assert list(dict.fromkeys(headed)) == [f"/2026/11/23/story-{number}/" for number in range(20)]


def test_a_river_is_headed_by_its_section_and_its_cards_do_not_repeat_it(look: Theme) -> None:
    html = look.page("list.html", list=examples.arranged(look, 2))
    rivers = [part for part in parsed(html).iter("section") if part.attrib["class"] == "river"]
    assert [next(iter(one.iter("h2"))).findtext("a") for one in rivers] == ["Harbour", "Council"]
    for one in rivers:
        links = [link.attrib["href"] for link in one.iter("a")]
        assert [href for href in links if href.startswith("/section/")] == links[:1]


@pytest.mark.parametrize(("language", "runs"), [("ar", "rtl"), ("he", "rtl"), ("pa-Arab", "rtl"), ("de", "ltr")])
def test_a_card_in_another_language_says_so_and_runs_its_own_way(look: Theme, language: str, runs: str) -> None:
    for page in (examples.section(look), examples.arranged(look)):
        foreign = examples.card(look, 3, language=language)
        where = "items" if page["kind"] == "section" else "front"
        page[where] = [foreign] if where == "items" else page["front"] | {"latest": [foreign]}
        html = look.page("list.html", list=page)
        [card] = [one for one in parsed(html).iter("article") if "lang" in one.attrib]
        assert (card.attrib["lang"], card.attrib["dir"]) == (language, runs)
        [*_, dateline] = card.iter("p")
        assert dateline.attrib["lang"] == "en", "its date is written in the site's words"


def test_the_lead_is_the_first_picture_and_is_fetched_early(look: Theme) -> None:
    pictures = all_of(look.page("list.html", list=examples.front(look)), "img")
    assert pictures[0]["fetchpriority"] == "high"
    arranged = all_of(look.page("list.html", list=examples.arranged(look)), "img")
    assert {one.get("loading") for one in arranged[1:]} == {"lazy"}


def test_no_breaking_strip_when_render_says_so(look: Theme) -> None:
    assert b'class="breaking"' not in look.page("list.html", list=examples.front(look, breaking=[]))


@pytest.mark.parametrize(
    ("changes", "relations"),
    [
        ({}, {"prev": "/section/harbour/", "next": "/section/harbour/page/3/"}),
        ({"next_path": None}, {"prev": "/section/harbour/"}),
        ({"previous_path": None, "next_path": None, "archive_path": None}, {}),
    ],
)
def test_a_list_links_its_neighbours(look: Theme, changes: dict[str, None], relations: dict[str, str]) -> None:
    html = look.page("list.html", list=examples.section(look, **changes))
    for tag in ("link", "a"):
        assert {one["rel"]: one["href"] for one in all_of(html, tag) if one.get("rel") in {"prev", "next"}} == relations
    assert (b'class="paging"' in html) == bool(relations)


def test_a_list_names_its_feeds_and_itself(look: Theme) -> None:
    html = look.page("list.html", list=examples.section(look))
    assert "Harbour, Page 2 of 10 – The Orrin Ledger" in text_of(html)  # noqa: RUF001 - our own dash
    assert {"/feed/", "/feed/atom/", "/feed/json/"} <= {one["href"] for one in all_of(html, "link")}
    assert "Section Harbour Feeds : RSS Atom JSON" in text_of(html).replace("Feeds:", "Feeds :")


def test_a_list_names_its_own_feeds_before_those_of_the_site_and_each_once(look: Theme) -> None:
    own = {
        "rss": "/section/harbour/feed/",
        "atom": "/section/harbour/feed/atom/",
        "json": "/section/harbour/feed/json/",
    }
    for page, expected in (
        (examples.section(look, feeds=own), [*own.values(), "/feed/", "/feed/atom/", "/feed/json/"]),
        (examples.front(look), ["/feed/", "/feed/atom/", "/feed/json/"]),
        (examples.section(look, feeds=None), ["/feed/", "/feed/atom/", "/feed/json/"]),
    ):
        links = all_of(look.page("list.html", list=page), "link")
        assert [one["href"] for one in links if one.get("rel") == "alternate"] == [*expected, "/updates/feed/"]


def test_a_list_shows_itself_well_where_it_is_shared(look: Theme) -> None:
    html = look.page("list.html", list=examples.section(look, kind="author"))
    meta = {
        one.get("property") or one.get("name", ""): one["content"] for one in all_of(html, "meta") if "content" in one
    }
    assert meta["og:type"] == "profile"
    assert meta["description"] == meta["og:description"] == "One · Two & three"
    assert (meta["og:image"], meta["og:image:width"]) == ("https://ledger.example/media/0-16x9.jpg", "1200")
    assert meta["og:image:alt"] == meta["twitter:image:alt"] == "A gate"
    assert meta["twitter:card"] == "summary_large_image"
    assert b'<script type="application/ld+json">{"@type":"CollectionPage"}</script>' in html
    bare = look.page("list.html", list=examples.section(look, share_image=None, description="", json_ld=None, url=None))
    assert b'name="twitter:card" content="summary"' in bare
    assert not [one for one in ("og:image", "og:url", "og:description", "ld+json") if one.encode() in bare]


def test_a_list_can_be_had_by_mail_beside_its_feeds(look: Theme) -> None:
    path = "/subscribe?topics=section:harbour"
    html = look.page("list.html", list=examples.section(look))
    assert path in {one["href"] for one in all_of(html, "a")}
    assert "JSON Get this by mail" in text_of(html)
    assert "Get this by mail" not in text_of(look.page("list.html", list=examples.section(look, subscribe_path=None)))


@pytest.mark.parametrize(("older", "words"), [(True, "Older stories in the archive"), (False, "Archive")])
def test_the_archive_is_called_older_only_when_it_is(look: Theme, older: bool, words: str) -> None:
    html = look.page("list.html", list=examples.section(look, archive_older=older))
    [link] = [one for one in parsed(html).iter("a") if one.attrib["href"] == "/archive/2026/10/"]
    assert link.text == words


def test_an_emptied_list_says_so(look: Theme) -> None:
    html = look.page("list.html", list=examples.section(look, items=[]))
    assert "There is nothing here at the moment." in text_of(html)


def test_errors_are_summed_up_linked_and_focused(look: Theme) -> None:
    html = look.page("comment.html", **contexts(look)["comment.html"])
    (summary,) = [one for one in parsed(html).iter("div") if one.attrib.get("class") == "errors"]
    assert "autofocus" in summary.attrib
    assert summary.attrib["tabindex"] == "-1"
    targets = [link.attrib["href"].removeprefix("#") for link in summary.iter("a")]
    fields = {one.get("id"): one for one in [*all_of(html, "input"), *all_of(html, "textarea")]}
    assert targets == ["email", "comment"]
    for target in targets:
        assert fields[target]["aria-invalid"] == "true"
        assert f"error-{target}" in fields[target]["aria-describedby"]
    assert fields["email"]["value"] == "jo"
    assert text_of(html).startswith("Error: ")


def test_the_summary_names_the_field_and_an_error_of_the_whole_form_links_none(look: Theme) -> None:
    errors = [{"field": "email", "label": "E-mail", "message": "Enter one."}, {"field": "", "message": "Too fast."}]
    html = look.page("comment.html", **(contexts(look)["comment.html"] | {"errors": errors}))
    (summary,) = [one for one in parsed(html).iter("div") if one.attrib.get("class") == "errors"]
    assert ["".join(one.itertext()) for one in summary.iter("li")] == ["E-mail: Enter one.", "Too fast."]
    assert [one.attrib["href"] for one in summary.iter("a")] == ["#email"]


def test_what_can_no_longer_be_answered_can_be_said_to_the_story(look: Theme) -> None:
    errors = [{"field": "parent", "label": "In reply to", "message": "Gone."}]
    html = look.page("comment.html", **(contexts(look)["comment.html"] | {"errors": errors}))
    (choice,) = all_of(html, "select")
    assert (choice["id"], choice["name"], choice["aria-describedby"]) == ("parent", "parent", "error-parent")
    assert [one["value"] for one in all_of(html, "option")] == [""]
    assert not [one for one in all_of(html, "input") if one.get("name") == "parent"]


def test_a_reply_shows_what_it_answers(look: Theme) -> None:
    answering = {"name": "Wilma <T>", "html": "<p>It hums.</p>"}
    html = look.page("comment.html", **(contexts(look)["comment.html"] | {"errors": [], "answering": answering}))
    assert "Answer to Wilma <T>" in text_of(html)
    assert b"<p>It hums.</p>" in html


def test_a_comment_keeps_its_text_and_its_parent(look: Theme) -> None:
    context = contexts(look)["comment.html"]
    kept = "\n  first line\n</textarea><b>"
    html = look.page("comment.html", **(context | {"values": context["values"] | {"comment": kept}}))
    (area,) = parsed(html).iter("textarea")
    assert area.text == "\n" + kept, "parsers drop the first newline of a textarea, so the template gives them one"
    assert [one["value"] for one in all_of(html, "input") if one.get("name") == "parent"] == ["7"]


def test_search_keeps_the_question_and_marks_the_words(look: Theme) -> None:
    html = look.page("search.html", **contexts(look)["search.html"])
    values = {one["id"]: one.get("value") for one in all_of(html, "input")}
    assert (values["q"], values["search-section"], values["search-from"]) == ("storm & gate", "harbour", "2026-01-01")
    assert "41 stories" in text_of(html)
    assert len(list(parsed(html).iter("mark"))) == 5
    assert "Nothing found for “<b>”." in text_of(look.page("search.html", query="<b>", hits=[], total=0))


@pytest.mark.parametrize("name", ["gone.html", "missing.html", "comment.html", "subscription.html", "search.html"])
def test_pages_that_are_no_news_are_not_indexed(look: Theme, name: str) -> None:
    robots = [
        one["content"] for one in all_of(look.page(name, **contexts(look)[name]), "meta") if one.get("name") == "robots"
    ]
    assert [one.startswith("noindex") for one in robots] == [True]


@pytest.mark.parametrize("name", ["message.html", "subscription.html"])
def test_pages_behind_a_token_send_no_referrer(look: Theme, name: str) -> None:
    metas = all_of(look.page(name, **contexts(look)[name]), "meta")
    assert {"name": "referrer", "content": "no-referrer"} in metas


def test_a_public_message_is_indexed(look: Theme) -> None:
    assert b"noindex" not in look.page("message.html", title="Imprint", paragraphs=["x"])


def test_the_gone_page_names_the_site_the_date_the_note_and_a_contact(look: Theme) -> None:
    html = look.page("gone.html", date=look.date(examples.NOW), note="At the request of the court.")
    words = text_of(html)
    for expected in ("The Orrin Ledger", "23 November 2026, 14:05", "At the request of the court."):
        assert expected in words
    assert "mailto:desk@ledger.example" in {one["href"] for one in all_of(html, "a")}


def test_the_chosen_topics_and_cadence_are_ticked(look: Theme) -> None:
    html = look.page("subscribe.html", **contexts(look)["subscribe.html"])
    assert [one["value"] for one in all_of(html, "input") if "checked" in one] == ["section:harbour", "daily"]
    plain = look.page("subscribe.html")
    assert [one["value"] for one in all_of(plain, "input") if "checked" in one] == ["all", "instant"]


def test_a_card_that_was_rendered_before_looks_like_one_rendered_in_its_list(look: Theme) -> None:
    plain = examples.section(look)
    ready = [card | {"html": look.page("parts/river_card.html", item=card).decode()} for card in plain["items"]]
    html = look.page("list.html", list=plain)
    assert look.page("list.html", list=plain | {"items": ready}) == html
    changed = [card | {"html": "<b>ready</b>"} for card in plain["items"]]
    assert look.page("list.html", list=plain | {"items": changed}).count(b"<b>ready</b>") == len(changed) - 1
