"""Does everything that goes wrong over HTTP come back as a precise problem document?"""

import asyncio
import errno
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from ipaddress import ip_network
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.types import ASGIApp, Receive, Scope, Send

from shared import clock
from shared.bus import Unavailable
from shared.database import DatabaseAway
from shared.runtime.bodies import parse, read_json
from shared.runtime.callers import bearer, client_ip
from shared.runtime.document import openapi, page
from shared.runtime.http import Cursor, RowNumber, new_app
from shared.runtime.problems import Problem, pointer
from shared.runtime.server import Listener

LIMIT = 1000


class Byline(BaseModel):
    """A nested field."""

    model_config = ConfigDict(extra="forbid")
    name: str


class Body(BaseModel):
    """What the test app takes."""

    model_config = ConfigDict(extra="forbid")
    headline: str
    authors: tuple[Byline, ...] = ()
    at: AwareDatetime | None = None
    priority: int = Field(default=0, le=3)


async def _admit(request: Request) -> None:
    if bearer(request) != "x":
        raise Problem(401, detail="Send `Authorization: Bearer <key>`.")


def app() -> FastAPI:
    """An app with a route of each kind."""
    made = new_app("test", _admit)

    @made.post("/things")
    async def put(request: Request) -> dict[str, Any]:
        return parse(Body, await read_json(request, LIMIT)).model_dump(mode="json")

    @made.get("/things")
    async def get(request: Request, limit: int = 10) -> dict[str, Any]:
        return {"limit": limit, "key": bearer(request), "ip": client_ip(request, [ip_network("10.0.0.0/8")])}

    @made.get("/killed")
    async def killed() -> None:
        raise Problem(409, "Killed", "The story was killed.", headers={"X-Reason": "kill"})

    @made.get("/crash")
    async def crash() -> None:
        raise RuntimeError("password=hush")

    @made.get("/rows")
    async def rows(after: Cursor = 0, before: Cursor | None = None) -> dict[str, Any]:
        return {"after": after, "before": before}

    @made.post("/rows/{row}")
    async def row(row: RowNumber) -> dict[str, Any]:
        return {"row": row}

    @made.get("/v1/rows/{row}")
    async def keyed(row: RowNumber, after: Cursor = 0) -> dict[str, Any]:
        return {"row": row, "after": after}

    _add_outages(made)
    return made


def _add_outages(made: FastAPI) -> None:
    @made.get("/away/{what}")
    async def away(what: str) -> None:
        raise {
            "database": DatabaseAway("refused"),
            "broker": Unavailable("refused"),
            "disk": OSError(errno.ENOSPC, "no space"),
            "mistake": ValueError("ours"),
        }[what]


@pytest.fixture
async def client() -> AsyncGenerator[httpx.AsyncClient]:
    """A caller at 10.0.0.9."""
    transport = httpx.ASGITransport(app(), raise_app_exceptions=False, client=("10.0.0.9", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as made:
        yield made


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The document of an answer that must be a problem."""
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    document = dict(answer.json())
    assert document["status"] == status
    assert document["title"]
    return document


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "/headline"),
        ({"headline": 5}, "/headline"),
        ({"headline": "x", "autors": []}, "/autors"),
        ({"headline": "x", "authors": [{"name": "a"}, {"name": 7}]}, "/authors/1/name"),
        ({"headline": "x", "authors": [{"name": "a", "a/b~c": 1}]}, "/authors/0/a~1b~0c"),
        ({"headline": "x", "at": "2026-11-23T14:05:00"}, "/at"),
        ({"headline": "x", "priority": "2"}, "/priority"),
        ({"headline": "x", "priority": 4}, "/priority"),
        ([], ""),
    ],
)
async def test_a_wrong_field_is_pointed_at(client: httpx.AsyncClient, body: object, path: str) -> None:
    document = problem(await client.post("/things", json=body), 422)
    assert [error["path"] for error in document["errors"]] == [path]
    assert all(error["message"] for error in document["errors"])


async def test_what_is_right_is_taken(client: httpx.AsyncClient) -> None:
    answer = await client.post("/things", json={"headline": "ä", "at": "2026-11-23T14:05:00+01:00"})
    assert answer.status_code == 200
    assert answer.json()["headline"] == "ä"


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 400),
        (b'{"headline":', 400),
        (b'{"headline": NaN}', 400),
        (b'{"headline": "\xff"}', 400),
        (b'{"headline": "\\ud800"}', 400),
        (b"[" * 900, 400),
        (b'{"headline": "' + b"x" * LIMIT + b'"}', 413),
    ],
)
async def test_what_is_no_json_or_too_large_is_refused(client: httpx.AsyncClient, content: bytes, status: int) -> None:
    problem(await client.post("/things", content=content, headers={"Content-Type": "application/json"}), status)


async def test_a_body_of_unknown_length_has_the_same_limit(client: httpx.AsyncClient) -> None:
    async def parts() -> AsyncGenerator[bytes]:
        for _ in range(20):
            yield b" " * 100

    problem(await client.post("/things", content=parts(), headers={"Content-Type": "application/json"}), 413)


@pytest.mark.parametrize("headers", [{"Content-Type": "text/plain"}, {"Content-Encoding": "gzip"}])
async def test_another_type_is_refused(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    problem(await client.post("/things", content=b"{}", headers=headers), 415)


async def test_the_frameworks_own_errors_are_problems_too(client: httpx.AsyncClient) -> None:
    assert problem(await client.get("/nowhere"), 404)["detail"] == "There is nothing at /nowhere."
    assert (await client.delete("/things")).headers["allow"] == "GET, HEAD, POST"
    assert problem(await client.delete("/things"), 405)["detail"] == "/things takes GET, HEAD, POST."
    assert problem(await client.get("/things?limit=x"), 422)["errors"][0]["path"] == "/limit"
    conflict = await client.get("/killed")
    assert problem(conflict, 409)["detail"] == "The story was killed."
    assert conflict.headers["x-reason"] == "kill"


LAST = 2**63 - 1


async def test_the_last_number_that_a_database_holds_is_taken(client: httpx.AsyncClient) -> None:
    taken = await client.get(f"/rows?after={LAST}&before={LAST}")
    assert taken.json() == {"after": LAST, "before": LAST}
    assert (await client.post(f"/rows/{LAST}")).json() == {"row": LAST}


@pytest.mark.parametrize("number", ["-1", str(LAST + 1), "9" * 23, "9" * 5000, "x"])
async def test_a_number_that_no_database_holds_is_a_wrong_field_or_leads_nowhere(
    client: httpx.AsyncClient, number: str
) -> None:
    for name in ("after", "before"):
        document = problem(await client.get(f"/rows?{name}={number}"), 422)
        assert [error["path"] for error in document["errors"]] == [f"/{name}"]
    assert problem(await client.post(f"/rows/{number}"), 404)["detail"] == f"There is nothing at /rows/{number}."


async def test_who_has_no_key_learns_nothing_else(client: httpx.AsyncClient) -> None:
    for address in ("/v1/rows/1?after=x", "/v1/rows/x"):
        for headers in ({}, {"Authorization": "Basic eDp5"}, {"Authorization": "Bearer y"}):
            answer = await client.get(address, headers=headers)
            assert problem(answer, 401)["detail"] == "Send `Authorization: Bearer <key>`."
            assert answer.headers["www-authenticate"] == "Bearer"
    key = {"Authorization": "Bearer x"}
    assert problem(await client.get("/v1/rows/1?after=x", headers=key), 422)["errors"][0]["path"] == "/after"
    problem(await client.get("/v1/rows/x", headers=key), 404)


@asynccontextmanager
async def listening(served: ASGIApp) -> AsyncGenerator[int]:
    """The server of a process around an app; its port."""
    listener = Listener(served, "127.0.0.1", 0)
    listener.open()
    end = clock.monotonic() + 10
    while not listener.started:
        assert clock.monotonic() < end
        await asyncio.sleep(0.01)
    yield listener.servers[0].sockets[0].getsockname()[1]
    await listener.close()


async def test_who_hangs_up_in_mid_body_leaves_no_error(caplog: pytest.LogCaptureFixture) -> None:
    made, reading, done = app(), asyncio.Event(), asyncio.Event()

    async def watched(scope: Scope, receive: Receive, send: Send) -> None:
        async def heard() -> Any:
            message = await receive()
            reading.set()
            return message

        try:
            await made(scope, heard, send)
        finally:
            done.set()

    async with listening(watched) as port, asyncio.timeout(10):
        _, sending = await asyncio.open_connection("127.0.0.1", port)
        head = "POST /things HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n"
        sending.write(head.encode() + b'{"headline":')
        await reading.wait()
        sending.close()
        await done.wait()
    assert [one.getMessage() for one in caplog.records if one.levelno >= logging.ERROR] == []


async def test_a_crash_tells_nothing_of_our_insides(client: httpx.AsyncClient) -> None:
    assert "hush" not in str(problem(await client.get("/crash"), 500))


async def test_what_is_away_is_told_so_and_who_comes_back_when(client: httpx.AsyncClient) -> None:
    for name, told in {"database": "the database", "broker": "the broker", "disk": "a store"}.items():
        answer = await client.get(f"/away/{name}")
        assert answer.headers["retry-after"] == "2"
        assert f"{told} is away" in problem(answer, 503)["detail"]
    problem(await client.get("/away/mistake"), 500)


async def test_no_text_with_a_nul_is_looked_for(client: httpx.AsyncClient) -> None:
    problem(await client.get("/v1/rows/%00"), 404)
    problem(await client.get("/things?limit=%00"), 400)


async def test_head_is_get_without_the_body(client: httpx.AsyncClient) -> None:
    get, head = await client.get("/things"), await client.head("/things")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == get.headers["content-length"]


@pytest.mark.parametrize(
    ("header", "key"),
    [("Bearer abc", "abc"), ("bearer  abc ", "abc"), ("Basic abc", None), ("Bearer", None), ("", None)],
)
async def test_a_key_is_read_from_bearer_only(client: httpx.AsyncClient, header: str, key: str | None) -> None:
    assert (await client.get("/things", headers={"Authorization": header})).json()["key"] == key


@pytest.mark.parametrize(
    ("forwarded", "ip"),
    [
        (None, "10.0.0.9"),
        ("203.0.113.5", "203.0.113.5"),
        ("198.51.100.1, 203.0.113.5", "203.0.113.5"),
        ("203.0.113.5, 10.0.0.2", "203.0.113.5"),
        ("garbage", "garbage"),
    ],
)
async def test_only_proxies_that_we_trust_name_the_caller(
    client: httpx.AsyncClient, forwarded: str | None, ip: str
) -> None:
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    assert (await client.get("/things", headers=headers)).json()["ip"] == ip


def test_a_pointer_escapes_what_rfc_6901_says() -> None:
    assert pointer(("a/b", 0, "c~d")) == "/a~1b/0/c~0d"


class Part:
    """A service with an API."""

    def __init__(self, name: str, documented: FastAPI | None) -> None:
        self.name, self.documented = name, documented


def one() -> FastAPI:
    """An app with a Thing."""
    made = new_app("one")

    class Thing(BaseModel):
        a: int

    @made.post("/v1/one")
    async def first(thing: Thing) -> None:
        del thing

    return made


def two() -> FastAPI:
    """An app with another Thing."""
    made = new_app("two")

    class Thing(BaseModel):
        b: str

    @made.post("/v1/two")
    async def second(thing: Thing) -> None:
        del thing

    return made


def test_services_documents_become_one() -> None:
    document = openapi("Test API", [Part("one", one()), Part("two", two()), Part("three", None)])
    assert list(document["paths"]) == ["/v1/one", "/v1/two"]
    assert {"Thing", "TwoThing"} <= set(document["components"]["schemas"])
    body = document["paths"]["/v1/two"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body == {"$ref": "#/components/schemas/TwoThing"}
    assert '<a href="#TwoThing">' in page(document)
