"""What does a reader get, header by header?"""

from shared.events import HistoryEntry
from tests.integration.site.conftest import AT, Site

PAGE = "/2026/11/23/flood/"
OTHER_FORMS = [
    ("/2026/11/23/flood", PAGE),
    ("/2026/11/23/flood?utm=1", f"{PAGE}?utm=1"),
    ("/page/1/", "/"),
    ("/section/town/page/1/", "/section/town/"),
    ("/section/town", "/section/town/"),
    ("/category/town/", "/section/town/"),
    ("/category/town/page/2/?x=1", "/section/town/page/2/?x=1"),
    ("/feed/rss2/", "/feed/"),
    ("/section/town/feed/rss2", "/section/town/feed/"),
    ("/?s=high+water", "/search?q=high+water"),
    ("/?feed=atom", "/feed/atom/"),
    ("/?p=12", PAGE),
    ("/alt/caf%C3%A9", PAGE),
    ("/imprint", "/imprint/"),
    ("/2026/11/23/flood/comments", f"{PAGE}#respond"),
]


async def test_a_page_is_sent_in_the_encoding_that_the_reader_likes_best(site: Site) -> None:
    await site.publish("flood")
    plain = await site.get(PAGE)
    tags = {plain.headers["etag"]}
    for encoding in ("gzip", "br", "zstd"):
        answer = await site.get(PAGE, accept_encoding=f"{encoding};q=1, identity;q=0.5")
        assert answer.headers["content-encoding"] == encoding
        assert answer.headers["vary"] == "accept-encoding"
        assert answer.text == plain.text
        tags.add(answer.headers["etag"])
    assert len(tags) == 4
    assert all(tag.startswith('"') for tag in tags)


async def test_a_reader_who_has_the_page_gets_304_without_a_body(site: Site) -> None:
    await site.publish("flood")
    page = await site.get(PAGE)
    tag, modified = page.headers["etag"], page.headers["last-modified"]
    for headers in (
        {"if_none_match": tag},
        {"if_none_match": f'"other", W/{tag}'},
        {"if_none_match": "*"},
        {"if_modified_since": modified},
        {"if_modified_since": "Fri, 01 Jan 2100 00:00:00 GMT"},
    ):
        answer = await site.get(PAGE, **headers)
        assert (headers, answer.status_code, answer.content) == (headers, 304, b"")
        assert answer.headers["etag"] == tag
    for headers in (
        {"if_none_match": '"other"', "if_modified_since": modified},
        {"if_modified_since": "Thu, 01 Jan 1970 00:00:00 GMT"},
        {"if_modified_since": "yesterday"},
        {"if_none_match": tag, "accept_encoding": "gzip"},
    ):
        assert (headers, (await site.get(PAGE, **headers)).status_code) == (headers, 200)


async def test_a_page_that_changed_is_no_longer_what_the_reader_has(site: Site) -> None:
    await site.publish("flood")
    before = await site.get(PAGE)
    await site.publish("flood", 2)
    after = await site.get(PAGE, if_none_match=before.headers["etag"])
    assert after.status_code == 200
    assert (await site.get(PAGE, if_modified_since=before.headers["last-modified"])).status_code == 200


async def test_pages_are_revalidated_and_carry_a_strict_policy(site: Site) -> None:
    await site.publish("flood")
    page = await site.get(PAGE)
    assert page.headers["cache-control"] == "public, no-cache"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] == "strict-origin-when-cross-origin"
    head = await site.client.head(PAGE)
    assert head.content == b""
    assert head.headers["content-length"] == page.headers["content-length"]


async def test_other_forms_of_an_address_lead_to_it(site: Site) -> None:
    await site.publish("flood", redirects=("/?p=12", "/alt/café"))
    await site.bus.take(await site.newsroom.lists(await site.newsroom.route("/section/town/", "town")))
    for address, target in OTHER_FORMS:
        answer = await site.get(address)
        assert (address, answer.status_code, answer.headers.get("location")) == (address, 301, target)


async def test_letters_of_other_scripts_are_found_in_every_spelling(site: Site) -> None:
    live = await site.publish("x", path="/2026/11/23/%D0%BF%D1%80%D0%B8%D0%B2%D0%B5%D1%82-caf%C3%A9/")
    assert live.url.endswith("/2026/11/23/%D0%BF%D1%80%D0%B8%D0%B2%D0%B5%D1%82-caf%C3%A9/")
    for spelling in ("/2026/11/23/привет-café/", "/2026/11/23/привет-cafe\u0301/"):
        assert (await site.get(spelling)).status_code == 200


async def test_what_was_never_there_is_404_and_not_stored(site: Site) -> None:
    for path in ("/nothing/", "/nothing", "/section/none/page/1/x/", "/%00", "/%ff/", "/media/../x", "/a/%0d%0aX:1/"):
        answer = await site.get(path)
        assert (path, answer.status_code, answer.headers["cache-control"]) == (path, 404, "no-store")
        assert "text/html" in answer.headers["content-type"]


async def test_only_reading_is_possible_and_addresses_are_bounded(site: Site) -> None:
    await site.publish("flood")
    for method in ("PUT", "DELETE", "POST", "OPTIONS", "PATCH"):
        answer = await site.client.request(method, PAGE)
        assert (method, answer.status_code, answer.headers["allow"]) == (method, 405, "GET, HEAD")
    assert (await site.get("/" + "x" * 9000)).status_code == 414
    assert (await site.get("/?x=" + "x" * 9000)).status_code == 414


async def test_an_empty_site_has_a_front_page_and_its_standing_pages(site: Site) -> None:
    for path in ("/", "/imprint/", "/privacy/", "/about/", "/corrections/", "/search", "/favicon.ico"):
        assert (path, (await site.get(path)).status_code) == (path, 200)
    front = (await site.get("/")).text
    style = front[front.index("/assets/") :].partition('"')[0]
    asset = await site.get(style, accept_encoding="gzip, br")
    assert asset.headers["content-encoding"] == "br"
    assert asset.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert asset.headers["content-type"].startswith("text/css")
    # A page of an earlier theme waits to be made again, or lies in somebody's cache.
    earlier = await site.get("/assets/site.0123456789.css", accept_encoding="gzip, br")
    assert (earlier.status_code, earlier.content) == (200, asset.content)
    assert earlier.headers["cache-control"] == "public, no-cache"
    assert (await site.get("/assets/other.0123456789.css")).status_code == 404


async def test_corrections_are_listed_and_withdrawals_name_nothing(site: Site) -> None:
    history = (
        HistoryEntry(revision=1, action="publish", at=AT),
        HistoryEntry(revision=2, action="correct", at=AT, note="The river is the Ahne.", kind="correction"),
    )
    await site.publish("flood", 2, history=history, action="correct")
    await site.publish("storm", 1)
    await site.bus.take(site.newsroom.killed("storm", 2, note="Withdrawn on request."))
    answer = await site.get("/corrections/")
    page, told = answer.text, answer.headers["last-modified"]
    assert (await site.get("/corrections/", if_modified_since=told)).status_code == 304
    assert "The river is the Ahne." in page
    assert PAGE in page
    assert "Withdrawn on request." in page
    assert "storm in revision" not in page
    assert "/storm/" not in page
