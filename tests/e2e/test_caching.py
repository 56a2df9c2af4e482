"""Do readers and caches get what lets them ask again for little?"""

from datetime import timedelta
from email.utils import format_datetime, parsedate_to_datetime

import pytest

from shared import clock
from tests.servers.publisher import Publisher, document, path_of

PAGES = (
    "/",
    "/feed/",
    "/feed/atom/",
    "/feed/json/",
    "/opensearch.xml",
    "/robots.txt",
    "/imprint/",
    "/tag/cached/",
    "/corrections/",
    "STORY",
)
MADE = ("/search?q=cached", "/search?q=cached&format=rss")


@pytest.fixture(scope="module")
def story_path(desk: Publisher) -> str:
    """A story that nobody changes."""
    return path_of(desk.put("cacheable", headline="A cached tale", tags=["cached"], body_html="<p>Cached.</p>" * 200))


@pytest.mark.parametrize("path", [*PAGES, *MADE])
@pytest.mark.parametrize("encoding", ["identity", "gzip", "br", "zstd"])
def test_a_page_is_sent_once_in_the_encoding_that_was_asked_for(
    desk: Publisher, story_path: str, path: str, encoding: str
) -> None:
    path = path.replace("STORY", story_path)
    page = desk.get(path, Accept_Encoding=encoding)
    assert page.status_code == 200
    if len(page.content) > 1500:
        assert page.headers.get("content-encoding", "identity") == encoding
    assert page.headers["cache-control"] == "public, no-cache"
    assert page.headers["vary"].lower().startswith("accept-encoding")
    tag = page.headers["etag"]
    assert tag.startswith('"')
    for match in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        again = desk.get(path, Accept_Encoding=encoding, If_None_Match=match)
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert desk.get(path, Accept_Encoding=encoding, If_None_Match='"other"').status_code == 200
    head = desk.reader.head(desk.url(path), headers={"Accept-Encoding": encoding})
    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", tag)


@pytest.mark.parametrize("path", PAGES)
def test_dates_are_compared_as_dates(desk: Publisher, story_path: str, path: str) -> None:
    path = path.replace("STORY", story_path)
    modified = desk.get(path).headers["last-modified"]
    at = parsedate_to_datetime(modified)
    assert at <= clock.now() + timedelta(seconds=1)
    later, earlier = (format_datetime(at + timedelta(days=days), usegmt=True) for days in (400, -400))
    old_form = at.strftime("%A, %d-%b-%y %H:%M:%S GMT")
    for since, status in ((modified, 304), (later, 304), (old_form, 304), (earlier, 200), ("nonsense", 200)):
        assert desk.get(path, If_Modified_Since=since).status_code == status, since
    both = desk.get(path, If_Modified_Since=later, If_None_Match='"other"')
    assert both.status_code == 200


@pytest.mark.parametrize("path", ["/feed/", "/feed/atom/", "/feed/json/"])
def test_who_asks_for_a_part_of_a_feed_is_sent_all_of_it(desk: Publisher, path: str) -> None:
    """226 (RFC 3229) is asked for by readers that reject it."""
    asked = desk.get(path, A_IM="feed, gzip", If_None_Match='"an-old-one"')
    assert (asked.status_code, "im" in asked.headers) == (200, False)
    assert asked.content == desk.get(path).content


def test_a_browser_and_a_reader_have_validators_of_their_own_for_a_feed(desk: Publisher) -> None:
    desk.put("viewed", headline="A viewed tale")
    plain, shown = desk.get("/feed/"), desk.get("/feed/", Accept="text/html,application/xml;q=0.9,*/*;q=0.8")
    assert plain.headers["content-type"].startswith("application/rss+xml")
    assert shown.headers["content-type"].startswith("application/xml")
    assert plain.headers["etag"] != shown.headers["etag"]
    assert all("accept" in one.headers["vary"].split(", ") for one in (plain, shown))
    crossed = desk.get("/feed/", If_None_Match=shown.headers["etag"])
    assert (crossed.status_code, crossed.content) == (200, plain.content)
    again = desk.get("/feed/", Accept="text/html", If_None_Match=shown.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")


def test_a_changed_story_has_another_validator(desk: Publisher) -> None:
    path = path_of(desk.put("revalidated", headline="One way"))
    before = desk.get(path)
    desk.put("revalidated", headline="Another way")
    after = desk.get(path, If_None_Match=before.headers["etag"])
    assert after.status_code == 200
    assert after.headers["etag"] != before.headers["etag"]
    assert parsedate_to_datetime(after.headers["last-modified"]) > parsedate_to_datetime(
        before.headers["last-modified"]
    )
    assert after.headers["x-story-revision"] == "2"
    assert document(after).xpath('//meta[@name="newswire:revision"]/@content') == ["2"]


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/nothing/",
        "/search",
        "/corrections/",
        "/about/",
        "/feed/",
        "/robots.txt",
        "STORY",
        "/subscribe",
        "/subscriptions/x",
    ],
)
def test_every_page_forbids_what_it_does_not_need(desk: Publisher, story_path: str, path: str) -> None:
    headers = desk.get(path.replace("STORY", story_path)).headers
    policy = dict(part.strip().partition(" ")[::2] for part in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["form-action"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert not any("http" in value or "unsafe" in value or "*" in value for value in policy.values())
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"]
    assert "set-cookie" not in headers


def test_assets_and_pictures_never_change(desk: Publisher) -> None:
    tree = document(desk.get("/"))
    assets = [*tree.xpath('//link[@rel="stylesheet"]/@href'), *tree.xpath("//script/@src")]
    assert len(assets) == 2
    for asset in assets:
        assert desk.get(asset).headers["cache-control"] == "public, max-age=31536000, immutable"
