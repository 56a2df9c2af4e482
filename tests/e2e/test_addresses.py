"""Do addresses stay where they are, and do old ones lead to them?"""

from typing import Any
from urllib.parse import quote, unquote

import httpx
import pytest

from tests.servers.publisher import Publisher, path_of


@pytest.mark.parametrize(
    ("headline", "slug"),
    [
        ("Straße & Übergröße: œuvre, æther, Øre, Łódź!", "strasse-ubergrosse-œuvre-aether-ore-lodz"),
        ("ЖУРНАЛ «Волна»", "журнал-волна"),
        ("新闻 头条", "新闻-头条"),
        ("A" * 30 + " " + "b" * 30 + " " + "c" * 30, "a" * 30 + "-" + "b" * 30),
    ],
)
def test_a_slug_is_made_from_the_headline(desk: Publisher, headline: str, slug: str) -> None:
    told = desk.put(f"slug-{len(slug)}-{ord(slug[0])}", headline=headline, published_at="2026-05-06T23:30:00Z")
    path = path_of(told)
    assert path.isascii()
    made = unquote(path).removeprefix("/2026/05/06/").removesuffix("/")
    assert made.replace("oe", "œ") == slug
    assert desk.get(path).status_code == 200
    assert desk.get(quote(unquote(path)).lower()).status_code == 200
    bare = desk.get(path.rstrip("/"))
    assert (bare.status_code, bare.headers["location"]) == (301, path)


def test_a_slug_that_is_taken_or_empty_is_another(desk: Publisher) -> None:
    first, second = (path_of(desk.put(name, headline="Twice told")) for name in ("twice-1", "twice-2"))
    assert second == first.removesuffix("/") + "-2/"
    assert "/story-" in path_of(desk.put("empty-slug", headline="!!! ???"))


def test_a_new_headline_moves_nothing_and_a_new_slug_leaves_a_redirect(desk: Publisher) -> None:
    old = path_of(desk.put("mover", headline="Before the move", slug="before"))
    assert path_of(desk.put("mover", headline="Another headline", slug="before")) == old
    new = path_of(desk.put("mover", headline="After the move", slug="after"))
    assert new == old.replace("before", "after")
    for form, target in ((old, new), (old.rstrip("/"), new), (f"{old}feed/", f"{new}feed/")):
        answer = desk.get(form)
        assert (answer.status_code, answer.headers["location"]) == (301, target), form
    assert desk.get(new).status_code == 200
    assert old not in desk.get("/").text
    newer = path_of(desk.put("mover", headline="Again", slug="again"))
    assert desk.get(old).headers["location"] == newer
    desk.act("mover", "kill", reason="wrong")
    assert desk.get(old).status_code == 410
    assert desk.get(newer).status_code == 410


@pytest.mark.parametrize(
    ("old", "target"),
    [
        ("/?s=q", "/search?q=q"),
        ("/?s=two+words", "/search?q=two+words"),
        ("/category/x/", "/section/x/"),
        ("/category/x/page/2/", "/section/x/page/2/"),
        ("/category/x", "/section/x/"),
        ("/category/x/feed/", "/section/x/feed/"),
        ("/feed/rss2/", "/feed/"),
        ("/page/1/", "/"),
        ("/page/1", "/"),
        ("/feed", "/feed/"),
        ("/feed/atom", "/feed/atom/"),
        ("/updates/feed", "/updates/feed/"),
        ("/comments/feed", "/comments/feed/"),
        ("/imprint", "/imprint/"),
        ("/corrections", "/corrections/"),
    ],
)
def test_old_addresses_lead_to_new_ones(desk: Publisher, old: str, target: str) -> None:
    answer = desk.get(old)
    assert (answer.status_code, answer.headers["location"]) == (301, target)
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_aliases_lead_to_the_story(desk: Publisher) -> None:
    path = path_of(desk.put("aliased", aliases=["/?p=4711", "/2011/02/old-permalink/", "/news.php?id=7"]))
    for old in ("/?p=4711", "/2011/02/old-permalink/", "/2011/02/old-permalink", "/news.php?id=7"):
        answer = desk.get(old)
        assert (answer.status_code, answer.headers["location"]) == (301, path), old
    assert desk.get("/?p=4712").status_code == 200
    desk.act("aliased", "kill", reason="wrong")
    for old in ("/?p=4711", "/2011/02/old-permalink/", "/news.php?id=7"):
        assert (old, desk.get(old).status_code) == (old, 410)
    assert desk.get("/news.php?id=8").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/nothing/",
        "/2026/11/23/nothing/",
        "/section/",
        "/tag/nothing/feed/",
        "/page/2000/",
        "/media/nothing.jpg",
        "/media/../admin.key",
        "/media/%2e%2e/admin.key",
        "/%00",
        "/.git/config",
        "/archive/2026/13/",
        "/nothing/feed/",
        "/assets/nothing.css",
        "/%ff%fe",
    ],
)
def test_unknown_addresses_are_missing_and_kept_by_nobody(desk: Publisher, path: str) -> None:
    page = desk.get(path)
    assert (page.status_code, page.headers["cache-control"]) == (404, "no-store")
    assert "The Testwell Courier" in page.text
    assert "etag" not in page.headers


def test_other_methods_and_endless_addresses_are_refused(desk: Publisher) -> None:
    assert httpx.put(desk.url("/")).status_code == 405
    refused = httpx.delete(desk.url("/feed/"))
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD")
    long: Any = desk.get("/nothing/?q=" + "a" * 9000)
    assert long.status_code == 414
    assert "This address is too long" in long.text


@pytest.mark.parametrize("path", ["/imprint/", "/privacy/", "/corrections/", "/about/"])
def test_what_every_footer_links_is_there(desk: Publisher, path: str) -> None:
    assert desk.get(path).status_code == 200
    for page in ("/", "/search", "/nothing/", "/about/", "/subscribe"):
        assert f'href="{path}"' in desk.get(page).text, page
