"""Does a batch of any size stream both ways, and does a bad line spoil no other?"""

import queue
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import orjson
import pytest

from tests.e2e.problems import problem
from tests.servers.newswire import newswire, wait_until
from tests.servers.publisher import Publisher, story

NDJSON = {"Content-Type": "application/x-ndjson"}
BAD: list[tuple[bytes, int]] = [
    (b"{broken", 400),
    (b'{"external_id": "bad-utf8", "headline": "\xff", "body_html": "x"}', 400),
    (b'{"external_id": "bad-field", "headline": "x", "body_html": "x", "colour": 1}', 422),
    (b'{"external_id": "bad id", "headline": "x", "body_html": "x"}', 422),
    (b'{"headline": "no id", "body_html": "x"}', 422),
    (b'{"external_id": 7, "headline": "x", "body_html": "x"}', 422),
    (b"[]", 422),
    (b"null", 422),
    (b'{"external_id": "huge", "headline": "x", "body_html": "' + b"x" * (2 * 1024 * 1024) + b'"}', 413),
]


@pytest.fixture(scope="module")
def agency(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Publisher]:
    """A publisher with a newswire of its own: thousands of stories would be in the way of other tests."""
    with newswire(tmp_path_factory.mktemp("agency")) as running:
        publisher = Publisher(running, str(running.publisher("Agency")["key"]))
        yield publisher
        publisher.close()


def line(external_id: str, **fields: Any) -> bytes:
    return orjson.dumps({"external_id": external_id, **story(notify=False, **fields)}) + b"\n"


def test_two_thousand_lines_stream_both_ways_with_bad_ones_between(agency: Publisher) -> None:
    expected: list[tuple[str | None, int | None]] = []

    def lines() -> Iterator[bytes]:
        for number in range(2000):
            if number % 223 == 111:
                body, status = BAD[number // 223 % len(BAD)]
                expected.append((None, status))
                yield body + b"\r\n" if number % 2 else body + b"\n\n"
            expected.append((f"many-{number}", None))
            yield line(f"many-{number}", headline=f"Many {number}", body_html="<p>" + "word " * 60 + "</p>")

    answers = []
    with agency.client.stream("POST", "/v1/stories:batch", content=lines(), headers=NDJSON, timeout=50) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("application/x-ndjson")
        answers = [orjson.loads(one) for one in answer.iter_lines()]
    assert len(answers) == len(expected)
    for told, (external_id, status) in zip(answers, expected, strict=True):
        if status is None:
            assert (told["external_id"], told["status"], told["revision"]) == (external_id, "accepted", 1)
            assert {"story_id", "links", "warnings"} <= set(told)
        else:
            assert told["error"]["status"] == status, told
            assert told["error"]["title"]
    assert {"bad-field", "bad-utf8"} & {one["external_id"] for one in answers}
    wait_until(lambda: agency.status("many-1999") == "live", 50)
    for absent in ("bad-field", "huge", "bad-utf8"):
        assert agency.client.get(f"/v1/stories/{absent}").status_code == 404


def test_a_line_is_answered_while_the_next_is_still_to_come(agency: Publisher) -> None:
    said: queue.Queue[bytes | None] = queue.Queue()
    heard: queue.Queue[dict[str, Any]] = queue.Queue()

    def talk() -> None:
        with (
            httpx.Client(base_url=agency.wire.url, headers=dict(agency.client.headers), timeout=20) as client,
            client.stream("POST", "/v1/stories:batch", content=iter(said.get, None), headers=NDJSON) as answer,
        ):
            for one in answer.iter_lines():
                heard.put(orjson.loads(one))

    talking = threading.Thread(target=talk)
    talking.start()
    said.put(line("slow-1"))
    said.put(None)
    assert heard.get(timeout=10)["external_id"] == "slow-1"
    talking.join(10)


def test_a_batch_knows_updates_repeats_conflicts_and_embargoes(agency: Publisher) -> None:
    agency.put("dead-line")
    agency.act("dead-line", "kill", reason="r")
    body = b"".join(
        [
            line("double", headline="One", body_html="<p>1</p>", dek=None),
            line("double", headline="One", body_html="<p>1</p>", dek=None),
            line("double", headline="Two", body_html="<p>1</p>", dek=None),
            line("dead-line"),
            line("waits", embargo_until="2096-01-01T00:00:00Z"),
        ]
    ).rstrip(b"\n")
    answers = [orjson.loads(one) for one in agency.client.post("/v1/stories:batch", content=body).text.splitlines()]
    assert [one.get("status") for one in answers] == ["accepted", "unchanged", "accepted", None, "scheduled"]
    assert [one.get("revision") for one in answers] == [1, 1, 2, None, 1]
    assert answers[3]["error"]["status"] == 409
    wait_until(lambda: agency.status("double") == "live")


@pytest.mark.parametrize(
    "kind",
    [None, "application/x-ndjson; charset=utf-8", "Application/NDJSON", "application/jsonl", "application/x-jsonlines",
     "application/json", "text/plain;charset=utf-8", "application/octet-stream"],
)  # fmt: skip
def test_lines_come_under_every_name_that_they_have(agency: Publisher, kind: str | None) -> None:
    headers = {} if kind is None else {"Content-Type": kind}
    answer = agency.client.post("/v1/stories:batch", content=line("named", headline=str(kind)), headers=headers)
    assert (answer.status_code, answer.json()["status"]) == (200, "accepted")


@pytest.mark.parametrize(
    "kind",
    ["text/csv", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "image/png",
     "application/xml", "nonsense"],
)  # fmt: skip
def test_what_says_that_it_is_something_else_is_415_and_nothing_is_stored(agency: Publisher, kind: str) -> None:
    headers = {"Content-Type": kind}
    answer = agency.client.post("/v1/stories:batch", content=line("mistyped"), headers=headers)
    detail = problem(answer, 415)["detail"]
    assert "application/x-ndjson" in detail
    assert detail.endswith(f"not {kind.partition(';')[0]}.")
    problem(agency.client.get("/v1/stories/mistyped"), 404)


def test_an_empty_batch_is_an_empty_answer(agency: Publisher) -> None:
    for body in (b"", b"\n\n", b"  \n"):
        answer = agency.client.post("/v1/stories:batch", content=body, headers=NDJSON)
        assert (answer.status_code, answer.content) == (200, b"")
    problem(agency.client.get("/v1/stories:batch"), 405)
