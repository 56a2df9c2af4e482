"""Does bad input get a precise problem, store nothing and lose nothing?"""

from typing import Any

import httpx
import orjson
import pytest

from tests.e2e.conftest import Newsroom
from tests.e2e.problems import places, problem
from tests.servers.newswire import Newswire, wait_until
from tests.servers.publisher import Publisher, path_of, story

LARGE = 2 * 1024 * 1024

FIELDS: list[tuple[dict[str, Any], str]] = [
    ({"headline": None}, "/headline"),
    ({"headline": ""}, "/headline"),
    ({"headline": "   "}, "/headline"),
    ({"headline": "x" * 301}, "/headline"),
    ({"headline": 7}, "/headline"),
    ({"headline": "Bad\r\nBcc: everyone@example.org"}, "/headline"),
    ({"headline": "Nul \0 byte"}, "/headline"),
    ({"headline": "Bell \x07"}, "/headline"),
    ({"headline": "Escape \x1b[31m"}, "/headline"),
    ({"headline": "C1 \x85"}, "/headline"),
    ({"dek": "line\nline"}, "/dek"),
    ({"body_html": None}, "/body_html"),
    ({"body_html": ""}, "/body_html"),
    ({"body_html": ["<p>"]}, "/body_html"),
    ({"body_html": "<p>\x00</p>"}, "/body_html"),
    ({"colour": "red"}, "/colour"),
    ({"a/b~c": 1}, "/a~1b~0c"),
    ({"sections": [f"s{n}" for n in range(11)]}, "/sections"),
    ({"sections": "Town"}, "/sections"),
    ({"sections": ["Town", 5]}, "/sections/1"),
    ({"tags": [f"t{n}" for n in range(51)]}, "/tags"),
    ({"tags": [f"t{n}" for n in range(5000)]}, "/tags"),
    ({"tags": ["ok", ""]}, "/tags/1"),
    ({"tags": ["bad\ntag"]}, "/tags/0"),
    ({"authors": [{"name": "A", "email": "a@example.org"}]}, "/authors/0/email"),
    ({"authors": [{"url": "https://example.org"}]}, "/authors/0/name"),
    ({"authors": ["A"]}, "/authors/0"),
    ({"authors": [{"name": "A", "url": "javascript:alert(1)"}]}, "/authors/0/url"),
    ({"image": {"url": "file:///etc/passwd"}}, "/image/url"),
    ({"image": {"alt": "no url"}}, "/image/url"),
    ({"image": "https://example.org/a.png"}, "/image"),
    ({"canonical_url": "data:text/html,x"}, "/canonical_url"),
    ({"published_at": "2026-11-23T09:30:00"}, "/published_at"),
    ({"published_at": "2026-11-23"}, "/published_at"),
    ({"published_at": "yesterday"}, "/published_at"),
    ({"published_at": 1700000000}, "/published_at"),
    ({"published_at": "9999-12-31T23:59:59Z"}, "/published_at"),
    ({"published_at": "0001-01-01T00:00:00+14:00"}, "/published_at"),
    ({"published_at": "2026-02-30T00:00:00Z"}, "/published_at"),
    ({"published_at": "2026-11-23T25:00:00Z"}, "/published_at"),
    ({"published_at": "2026-11-23T10:00:00+99:99"}, "/published_at"),
    ({"embargo_until": "2099-01-01T00:00:00"}, "/embargo_until"),
    ({"expires_at": "2099-01-01T00:00:00"}, "/expires_at"),
    ({"expires_at": "2001-01-01T00:00:00Z"}, "/expires_at"),
    ({"embargo_until": "2099-01-02T00:00:00Z", "expires_at": "2099-01-01T00:00:00Z"}, "/expires_at"),
    ({"published_at": "2099-01-02T00:00:00Z", "expires_at": "2099-01-01T00:00:00Z"}, "/expires_at"),
    ({"language": "not a language"}, "/language"),
    ({"priority": "huge"}, "/priority"),
    ({"notify": "true"}, "/notify"),
    ({"sponsored": 1}, "/sponsored"),
    ({"comments": "maybe"}, "/comments"),
    ({"slug": "///"}, "/slug"),
    ({"aliases": ["no-slash"]}, "/aliases/0"),
    ({"aliases": ["//evil.example/x"]}, "/aliases/0"),
    ({"aliases": ["https://evil.example/x"]}, "/aliases/0"),
    ({"aliases": ["/v1/stories"]}, "/aliases/0"),
    ({"aliases": ["/ok", "/a\r\nSet-Cookie: x=1"]}, "/aliases/1"),
    ({"related": ["has space"]}, "/related/0"),
    ({"rights": {"licence": "x"}}, "/rights/licence"),
    ({"extra": [1]}, "/extra"),
    ({"extra": {"big": "x" * 8200}}, "/extra"),
]


@pytest.fixture(scope="module")
def hostile(newsroom: Newsroom) -> Publisher:
    """A publisher that sends nonsense."""
    return newsroom("Hostile Herald")


@pytest.mark.parametrize(("fields", "path"), FIELDS, ids=[f"{n}{path}" for n, (_, path) in enumerate(FIELDS)])
def test_a_bad_field_is_pointed_at_and_nothing_is_stored(hostile: Publisher, fields: dict[str, Any], path: str) -> None:
    told = problem(hostile.client.put("/v1/stories/bad", json={**story(), **fields}), 422)
    assert places(told) == [path]
    problem(hostile.client.get("/v1/stories/bad"), 404)


@pytest.mark.parametrize("external_id", ["a b", "a%2Fb", "ä", "x" * 201, "a,b", "a%00b", "%20"])
def test_a_bad_id_is_refused(hostile: Publisher, external_id: str) -> None:
    answer = hostile.client.put(f"/v1/stories/{external_id}", json=story())
    assert answer.status_code in {404, 422}
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b'{"headline": "x",}', b"'x'", b"{'a': 1}", b'{"a": NaN}', b'{"a": "\xff\xfe"}', b'{"a":"\\ud800"}',
     b'{"a": "line\nbreak"}', b"[" * 5000, b'{"a":1} {"b":2}', b"\x00"],
)  # fmt: skip
def test_broken_json_and_broken_utf8_are_400(hostile: Publisher, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    for method, path in (("PUT", "/v1/stories/broken"), ("POST", "/v1/stories/broken/correct")):
        told = problem(hostile.client.request(method, path, content=body, headers=headers), 400)
        assert told["detail"]
    problem(hostile.client.get("/v1/stories/broken"), 404)


@pytest.mark.parametrize("body", [b"[]", b"null", b"5", b'"text"', b"true"])
def test_json_that_is_no_object_is_422(hostile: Publisher, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    for method, verb in (("PUT", ""), ("POST", "/correct"), ("POST", "/kill"), ("POST", "/revive")):
        answer = hostile.client.request(method, f"/v1/stories/broken{verb}", content=body, headers=headers)
        problem(answer, 422)


def test_another_content_type_is_415(hostile: Publisher) -> None:
    body = orjson.dumps(story())
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/xml", "multipart/form-data"):
        problem(hostile.client.put("/v1/stories/typed", content=body, headers={"Content-Type": kind}), 415)
    squeezed = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    problem(hostile.client.put("/v1/stories/typed", content=body, headers=squeezed), 415)
    problem(hostile.client.post("/v1/stories:batch", content=body, headers={"Content-Encoding": "gzip"}), 415)
    problem(hostile.client.post("/v1/media", content=b"x", headers={"Content-Type": "image/png"}), 415)
    good = {"Content-Type": "application/json; charset=utf-8"}
    assert hostile.client.put("/v1/stories/typed", content=body, headers=good).status_code == 202


def test_a_body_above_two_megabytes_is_413_however_it_is_sent(wire: Newswire, hostile: Publisher) -> None:
    large = orjson.dumps(story(body_html="x" * LARGE))
    problem(hostile.client.put("/v1/stories/large", content=large), 413)

    def chunks() -> Any:
        for start in range(0, len(large), 65536):
            yield large[start : start + 65536]

    problem(hostile.client.put("/v1/stories/large", content=chunks()), 413)
    for verb in ("correct", "kill", "revive"):
        problem(hostile.client.post(f"/v1/stories/large/{verb}", content=large), 413)
    with wire.client() as admin:
        problem(admin.post("/v1/publishers", content=large), 413)
    problem(hostile.client.get("/v1/stories/large"), 404)
    just = orjson.dumps(story(body_html="<p>" + "word " * 390_000 + "</p>"))
    assert hostile.client.put("/v1/stories/just", content=just).status_code == 202
    wait_until(lambda: hostile.status("just") == "live", 20)


def test_scripts_of_publishers_never_run(hostile: Publisher) -> None:
    body = (
        "<p onclick=alert(1)>Text<script>alert(2)</script><img src=x onerror=alert(3)></p>"
        "<a href='javascript:alert(4)'>go</a><iframe src='//evil.example'></iframe><svg onload=alert(5)></svg>"
        "<style>body{display:none}</style><form action='//evil.example'><input name=password></form>"
        "<a href='data:text/html,alert(6)'>data</a><img src='https://evil.example/track.gif'>"
    )
    markup = '<script>alert(7)</script> & "quotes"'
    live = hostile.put(
        "scripted",
        headline=f"Markup {markup}",
        dek=markup,
        body_html=body,
        tags=["</title><script>alert(8)</script>"],
        authors=[{"name": "<b onmouseover=alert(9)>Eve</b>"}],
        rights={"copyright": "</script><script>alert(10)</script>"},
        slug="scripted",
    )
    for path in (path_of(live), "/", "/feed/", "/feed/atom/", "/search?q=markup"):
        text = hostile.get(path).text.lower()
        for bad in ("<script>alert", "<iframe", "onclick=alert", "onerror=alert", "onload=alert", "href='javascript",
                    'href="javascript', "<style>body", "password", 'href="data:', "evil.example/track.gif",
                    "<b onmouseover"):  # fmt: skip
            assert bad not in text, (path, bad)


def test_mail_headers_cannot_be_injected(wire: Newswire, hostile: Publisher) -> None:
    for verb, body in (("correct", {"note": "n", "headline": "A\r\nBcc: x@example.org"}),):
        hostile.put("mailed-well")
        problem(hostile.client.post(f"/v1/stories/mailed-well/{verb}", json=body), 422)
    with wire.client() as admin:
        problem(admin.post("/v1/publishers", json={"name": "A\r\nBcc: x@example.org"}), 422)


def test_many_faults_are_all_pointed_at(hostile: Publisher) -> None:
    told = problem(hostile.client.put("/v1/stories/bad", json={"colour": 1, "tags": [1, 2], "notify": "x"}), 422)
    assert set(places(told)) == {"/colour", "/tags/0", "/tags/1", "/notify", "/headline", "/body_html"}


def test_a_field_given_twice_counts_as_its_last(hostile: Publisher) -> None:
    body = b'{"headline": "First", "body_html": "<p>x</p>", "headline": "Last"}'
    answer = hostile.client.put("/v1/stories/twice", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 202
    assert hostile.client.get("/v1/stories/twice").json()["story"]["headline"] == "Last"


def test_strange_requests_do_not_break_it(wire: Newswire, hostile: Publisher) -> None:
    for headers in (
        {"Prefer": "wait=abc"},
        {"Prefer": "wait=-5"},
        {"Prefer": ";;;,,,"},
        {"If-None-Match": '"x'},
        {"Range": "bytes=0-1"},
        {"Accept": "image/png"},
        {"Accept-Encoding": "snappy"},
    ):
        assert hostile.client.put("/v1/stories/strange", json=story(), headers=headers).status_code == 202, headers
    for path in ("/v1/stories/%ff", "/v1/changes?after=%ff", "/v1/traces/%00", "/v1/stories/a?publisher=%ff"):
        answer = hostile.client.get(path)
        assert answer.status_code in {400, 403, 404, 422}, path
        assert answer.headers["content-type"] == "application/problem+json", path
    assert httpx.get(f"{wire.url}/readyz").status_code == 200


@pytest.mark.parametrize("path", ["/v1/deliveries", "/v1/subscribers", "/v1/dead", "/v1/comments"])
@pytest.mark.parametrize("key", [None, "nonsense"])
def test_who_has_no_valid_key_hears_of_that_before_any_other_fault(wire: Newswire, path: str, key: str | None) -> None:
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    answer = httpx.get(f"{wire.url}{path}?after=x", headers=headers)
    problem(answer, 401)
    assert answer.headers["www-authenticate"] == "Bearer"
