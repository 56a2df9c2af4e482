"""What do browsers learn of every answer, and whose forms are taken?"""

from pathlib import Path

import httpx
import pytest

from tests.servers.newswire import newswire
from tests.servers.publisher import Publisher, path_of

HSTS = "strict-transport-security"
EVERYWHERE = ("/", "/feed/", "/nothing/", "/search", "/subscribe", "/live", "/v1/stories/x", "/v1/webhooks", "/healthz")


@pytest.mark.parametrize(
    "path",
    [*EVERYWHERE, "/v1/docs", "/v1/openapi.json", "/v1/traces/x", "/v1/comments", "/category/x/", "/favicon.svg"],
)
def test_no_answer_may_be_taken_for_another_type_and_none_sets_a_cookie(desk: Publisher, path: str) -> None:
    for method in ("GET", "HEAD", "DELETE"):
        if (path, method) == ("/live", "GET"):
            continue
        answer = desk.reader.request(method, desk.url(path), follow_redirects=False)
        assert answer.headers["x-content-type-options"] == "nosniff", method
        assert "set-cookie" not in answer.headers
        assert HSTS not in answer.headers


def test_the_page_of_the_api_runs_and_loads_nothing(desk: Publisher) -> None:
    answer = desk.get("/v1/docs")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert "<script" not in answer.text


def test_browsers_are_bound_to_tls_where_readers_come_by_it(tmp_path: Path) -> None:
    with newswire(tmp_path, PUBLIC_URL="https://news.example") as wire:
        desk = Publisher(wire, str(wire.publisher("Safe Post")["key"]))
        told = desk.put("safe", headline="By TLS only")
        assert told["links"]["page"].startswith("https://news.example/")
        for path in (*EVERYWHERE, path_of(told)):
            with httpx.stream("GET", wire.url + path) as answer:
                assert answer.headers[HSTS] == "max-age=31536000", path
            with httpx.stream("GET", wire.url + path, headers={"X-Forwarded-Proto": "http"}) as answer:
                assert HSTS not in answer.headers, path
        again = desk.get("/", If_None_Match=desk.get("/").headers["etag"])
        assert (again.status_code, again.headers[HSTS]) == (304, "max-age=31536000")
        desk.close()


OTHERS = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site", "Origin": "https://other.evil.example"},
]


@pytest.mark.parametrize("headers", OTHERS)
def test_a_form_on_another_site_acts_for_nobody(desk: Publisher, headers: dict[str, str]) -> None:
    story = path_of(desk.put("formed", headline="A form is a form"))
    said = {"name": "Eve", "email": "eve@example.org", "comment": "Buy"}
    wanted = {"email": "eve@example.org", "topics": "all"}
    mails = len(desk.wire.mails())
    for path, form in ((f"{story}comments", said), ("/subscribe", wanted), ("/subscriptions", wanted)):
        assert httpx.post(desk.url(path), data=form, headers=headers).status_code == 403, path
    assert len(desk.wire.mails()) == mails
    with desk.wire.client() as admin:
        assert "Eve" not in admin.get("/v1/comments", params={"limit": 1000}).text


@pytest.mark.parametrize("headers", [{}, {"Sec-Fetch-Site": "same-origin", "Origin": "null"}, {"Origin": "OURS"}])
def test_our_own_forms_and_programs_are_taken(desk: Publisher, headers: dict[str, str]) -> None:
    sent = {name: value.replace("OURS", desk.wire.url) for name, value in headers.items()}
    answer = httpx.post(desk.url("/subscribe"), data={"email": "ann@example.org", "topics": "all"}, headers=sent)
    assert answer.status_code == 202
    wrong = httpx.post(desk.url("/subscribe"), data={"email": "ann", "topics": "all"}, headers=sent)
    assert wrong.status_code == 422
    # Sent again, the form must say where it comes from.
    assert wrong.headers["referrer-policy"] == "strict-origin-when-cross-origin"
    assert wrong.headers["x-robots-tag"] == "noindex"
