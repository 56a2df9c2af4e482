"""Lists, references, comments: is the decision right?"""

from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from services.render.domain.comments import thread
from services.render.domain.entry import entry
from services.render.domain.instants import http_date, micros, moment, rfc822, rfc3339
from services.render.domain.list_page import list_context
from services.render.domain.lists import archive_of, memberships, page_count, path_of
from services.render.domain.references import Target, addresses_of, body_of, live_related, normal, targets_of
from services.render.domain.site import Site
from services.render.domain.sitemaps import chunk_of
from services.render.domain.story_page import begins_with, direction, story_context
from shared.events import ApprovedComment, Fragment, HistoryEntry, Person, Reference, Term
from tests.unit.render.test_feeds import article, head

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
SITE = Site("Wire", "http://site.example", "en", ZoneInfo("UTC"))
ID = UUID("11111111-1111-5111-8111-111111111111")


def target(state: str) -> Target:
    return Target(str(ID), state, "/2026/11/22/żar/", "Its headline", 1, 1)


def test_a_story_belongs_to_the_front_page_its_month_its_sections_tags_and_authors() -> None:
    one = article(
        sections=(Term(slug="town", name="Town"), Term(slug="town", name="Town")),
        tags=(Term(slug="sea", name="Sea"),),
        authors=(Person(slug="ada", name="Ada"),),
        priority="breaking",
    )
    late = head(published_at=datetime(2026, 11, 30, 23, 30, tzinfo=UTC))
    keys = sorted(each.key for each in memberships(late, one, ZoneInfo("Europe/Paris")))
    assert keys == ["", "archive/2026/12", "author/ada", "breaking", "section/town", "tag/sea"]


def test_a_corrected_story_is_among_the_updates_at_the_time_of_its_newest_correction() -> None:
    notes = tuple(HistoryEntry(revision=n, action="correct", note="x", at=AT + timedelta(hours=n)) for n in (2, 3))
    found = {one.key: one for one in memberships(head(history=(*head().history, *notes)), article(), SITE.zone)}
    assert found["updates"].sort_at == micros(AT + timedelta(hours=3))


@pytest.mark.parametrize(("size", "pages"), [(0, 1), (1, 1), (20, 1), (21, 2), (200, 10), (201, 10), (20_000, 10)])
def test_twenty_a_page_and_at_most_ten_pages(size: int, pages: int) -> None:
    assert page_count(size) == pages


@pytest.mark.parametrize(
    ("key", "page", "path"),
    [
        ("", 1, "/"),
        ("", 2, "/page/2/"),
        ("section/town", 1, "/section/town/"),
        ("tag/żar", 3, "/tag/%C5%BCar/page/3/"),
        ("archive/2026/11", 2, "/archive/2026/11/page/2/"),
    ],
)
def test_addresses_of_lists(key: str, page: int, path: str) -> None:
    assert path_of(key, page) == path


def test_the_last_page_links_the_archive_and_the_lead_stands_only_once() -> None:
    cards = [{"path": f"/{n}/", "headline": f"H{n}"} for n in range(3)]
    last = list_context("", "", 43, 3, cards, SITE, oldest_month="archive/2026/10")
    assert (last["archive_path"], last["previous_path"], last["next_path"]) == ("/archive/2026/10/", "/page/2/", None)
    first = list_context("", "", 43, 1, cards, SITE, lead=cards[1], oldest_month="archive/2026/11")
    assert first["archive_path"] is None
    assert [one["path"] for one in first["items"]] == ["/0/", "/2/"]


@pytest.mark.parametrize(("size", "older"), [(0, False), (20, False), (200, False), (201, True)])
def test_the_archive_holds_older_stories_when_the_pages_do_not_show_all(size: int, older: bool) -> None:
    pages = page_count(size)
    last = list_context("section/town", "Town", size, pages, [], SITE, oldest_month="archive/2026/10")
    assert (last["archive_path"], last["archive_older"]) == ("/archive/2026/10/", older)


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("section/town", "/subscribe?topics=section:town"),
        ("tag/żar", "/subscribe?topics=tag:%C5%BCar"),
        ("author/ada-penn", "/subscribe?topics=author:ada-penn"),
        ("archive/2026/11", None),
        ("", None),
    ],
)
def test_a_list_that_is_a_topic_can_be_had_by_mail(key: str, path: str | None) -> None:
    assert list_context(key, "Name", 1, 1, [], SITE)["subscribe_path"] == path


@pytest.mark.parametrize(
    ("text", "dek", "begins"),
    [
        ("The lamp is lit. It burns.\nMore.", "The lamp is lit. It burns.", True),
        ("The lamp is lit, and it burns all night long", "The lamp is lit…", True),
        ("The lamp is lit and burns", "The lamp is lit ...", True),
        ("灯台の灯がともった", "灯台の灯が…", True),
        ("The  lamp\nis lit.", "The lamp is lit.", True),
        ("The lamps are lit.", "The lamp", False),
        ("The lamp is lit.", "A small light.", False),
        ("The lamp", "The lamp is lit.", False),
        ("The lamp is lit.", "", False),
        ("The lamp is lit.", "…", False),
    ],
)
def test_a_body_that_begins_with_the_dek_is_known(text: str, dek: str, begins: bool) -> None:
    assert begins_with(text, dek) is begins
    one = entry(head(), article(text=text, dek=dek), None, SITE.url)
    context = story_context(one, SITE, lambda at: {"iso": at.isoformat()}, lambda _: None, [], [], 0)
    assert (context["dek"], context["dek_in_body"]) == (dek, begins)


def test_the_address_of_a_story_can_be_read_in_any_script() -> None:
    one = entry(head(path="/2026/11/23/خبر-عاجل/"), article(), None, SITE.url)
    context = story_context(one, SITE, lambda at: {"iso": at.isoformat()}, lambda _: None, [], [], 0)
    assert context["url"].isascii()
    assert context["address"] == f"{SITE.url}/2026/11/23/خبر-عاجل/"


def test_months_are_linked_to_their_neighbours_at_both_ends() -> None:
    context = list_context("archive/2026/11", "November 2026", 5, 1, [], SITE, neighbours=("archive/2026/10", None))
    assert (context["previous_path"], context["next_path"]) == ("/archive/2026/10/", None)


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        ("live", [{"type": "reference", "path": "/2026/11/22/%C5%BCar/", "headline": "Its headline"}]),
        ("killed", []),
        ("expired", []),
        ("waiting", [{"type": "reference", "path": None, "headline": "words"}]),
        (None, [{"type": "reference", "path": None, "headline": "words"}]),
    ],
)
def test_a_reference_follows_what_it_means(state: str | None, shown: list[object]) -> None:
    one = article(body=(Reference(target=ID, text="words"),))
    known = {str(ID): target(state)} if state else {}
    assert body_of(one, known.get, SITE.url) == shown


def test_only_live_stories_are_related() -> None:
    one = article(related=(ID,))
    assert live_related(one, {str(ID): target("killed")}.get) == []
    assert len(live_related(one, {str(ID): target("live")}.get)) == 1


@pytest.mark.parametrize(
    ("address", "form"),
    [
        ("http://site.example/a/b", "/a/b/"),
        ("/a/b/#top", "/a/b/"),
        ("/ż/", "/%C5%BC/"),
        ("/%C5%BC/", "/%C5%BC/"),
        ("https://other.example/x?y=1", "https://other.example/x?y=1"),
        ("/?p=12", "/?p=12"),
    ],
)
def test_an_address_has_one_spelling(address: str, form: str) -> None:
    assert normal(address, SITE.url) == form


def test_a_story_is_found_by_its_path_former_paths_and_canonical_url() -> None:
    one = article(
        canonical_url="https://other.example/x", body=(Reference(address="/old/", text="t"), Fragment(html=""))
    )
    assert addresses_of(head(redirects=("/old",)), one, SITE.url) == {
        "/2026/11/23/a/",
        "/old/",
        "https://other.example/x",
    }
    assert targets_of(one, SITE.url) == {"/old/"}


def test_answers_stand_after_their_comment_and_orphans_by_themselves() -> None:
    def said(number: int, parent: int | None) -> ApprovedComment:
        return ApprovedComment(id=number, parent=parent, name="B", html="x", at=AT + timedelta(minutes=number))

    told = thread([said(1, None), said(2, None), said(3, 1), said(4, 3), said(5, 99), said(6, 6)], lambda _at: {})
    assert [(one["id"], one["depth"]) for one in told] == [(1, 0), (3, 1), (4, 2), (2, 0), (5, 0), (6, 0)]


@pytest.mark.parametrize(("ordinal", "chunk"), [(1, 1), (1000, 1), (1001, 2), (20_000, 20)])
def test_a_new_story_touches_the_last_file_of_the_sitemap(ordinal: int, chunk: int) -> None:
    assert chunk_of(ordinal) == chunk


@pytest.mark.parametrize(("language", "way"), [("en", "ltr"), ("ar", "rtl"), ("he-IL", "rtl"), ("fr-CA", "ltr")])
def test_languages_have_a_direction(language: str, way: str) -> None:
    assert direction(language) == way


def test_moments_survive_the_index_and_are_said_as_each_format_wants() -> None:
    at = AT + timedelta(microseconds=123_456)
    assert moment(micros(at)) == at
    assert rfc3339(micros(at)) == "2026-11-23T12:00:00Z"
    assert rfc822(micros(AT)) == "Mon, 23 Nov 2026 12:00:00 GMT"
    assert http_date(micros(AT)) == "Mon, 23 Nov 2026 12:00:00 GMT"
    assert archive_of(micros(AT), SITE.zone) == "archive/2026/11"
