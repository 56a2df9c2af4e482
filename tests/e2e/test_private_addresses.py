"""Is the e-mail address of somebody who comments nowhere: on no page, in no feed, in no answer, no file, no stream?"""

import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import redis
from lxml import etree, html  # type: ignore[import-untyped]  # it has no types

from shared.bus.envelope import DATA, open_letter
from shared.events import ALL_EVENTS, CommentAnswered
from tests.e2e.inbox import mail_to
from tests.e2e.test_redact import readings
from tests.servers.newswire import Newswire, newswire, wait_until
from tests.servers.publisher import Publisher, path_of

pytestmark = [pytest.mark.timeout(240)]

#: Words that stand nowhere else, and are found in an address however it is written.
ASKS, ANSWERS, HELD, SPAM = "quibblethorpe", "snorvelund", "wimbledrax", "plonkermast"
WORDS = (ASKS, ANSWERS, HELD, SPAM)
FORGOTTEN = "fergustine"
#: The databases that need them: who keeps comments, and who writes the mail.
NEED = {"site", "notify"}


def address(word: str) -> str:
    return f"{word}@{word}.example"


def leaks(text: str | bytes) -> list[str]:
    raw = text.encode() if isinstance(text, str) else text
    return [word for word in WORDS if word.encode() in raw.lower()]


@dataclass
class Spy:
    """Reads along whatever is said in Redis."""

    client: redis.Redis
    heard: list[tuple[str, bytes]] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        places: dict[str, str] = {event.stream: "0" for event in ALL_EVENTS}
        while not self.stop.is_set():
            found: Any = self.client.xread(dict(places), count=500, block=100)  # type: ignore[arg-type]
            for stream, entries in found:
                for entry, fields in entries:
                    places[stream.decode()] = entry.decode()
                    self.heard.append((stream.decode(), open_letter(fields[DATA]).body))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Publisher]:
    """A newswire of its own: its files are searched."""
    with newswire(tmp_path_factory.mktemp("private")) as wire:
        publisher = Publisher(wire, str(wire.publisher("Testwell Desk")["key"]))
        yield publisher
        publisher.close()


@pytest.fixture(scope="module")
def spy(desk: Publisher) -> Iterator[Spy]:
    watching = Spy(redis.Redis(unix_socket_path=str(desk.wire.data / "redis" / "redis.sock")))
    thread = threading.Thread(target=watching.run)
    thread.start()
    yield watching
    watching.stop.set()
    thread.join()
    watching.client.close()


def said(desk: Publisher, path: str, word: str, text: str, **fields: Any) -> int:
    sent = {"name": f"Reader {len(word)}", "email": address(word), "comment": text, "notify": True, **fields}
    answer = desk.reader.post(desk.url(f"{path}comments"), json=sent)
    assert (answer.status_code, leaks(answer.content)) == (202, [])
    return int(answer.json()["id"])


@pytest.fixture(scope="module")
def talked(desk: Publisher, spy: Spy) -> dict[str, Any]:
    """A story with comments in every state, an answer that was told by mail, and the story told anew."""
    told = desk.put("talked", headline="Kettles talk", sections=["Hearth"], tags=["steam"])
    path = path_of(told)
    shown = said(desk, path, ASKS, "Which kettle?")
    with desk.wire.client() as admin:
        admin.post(f"/v1/comments/{shown}/approve").raise_for_status()
        desk.until(path, there="Which kettle?")
        answer = said(desk, path, ANSWERS, "The blue one.", parent=shown)
        admin.post(f"/v1/comments/{answer}/approve").raise_for_status()
    desk.until(path, there="The blue one.")
    said(desk, path, HELD, "Is it?")
    said(desk, path, SPAM, "Buy!", subject="x")
    mail = mail_to(desk.wire, address(ASKS), 1)
    assert leaks(str(mail["List-Unsubscribe"])) == []
    desk.act("talked", "correct", note="It was blue.", headline="Kettles still talk")
    desk.until("/comments/feed/", there="Kettles still talk")
    wait_until(lambda: any(stream == "answer.noticed.v1" for stream, _ in spy.heard))
    return {"path": path, "shown": shown, "answer": answer, **told}


def test_every_page_and_feed_that_can_be_reached(desk: Publisher, talked: dict[str, Any]) -> None:
    path = talked["path"]
    start = [path, f"{path}feed/", f"{path}?comment=held", f"{path}comments?reply={talked['shown']}", "/comments/feed/"]
    start += [f"/search?q={word}" for word in (*WORDS, "kettle", "blue")]
    start += [f"/search?q={word}&format=rss" for word in (*WORDS, "kettle")]
    start += ["/", "/feed/", "/feed/atom/", "/feed/json/", "/updates/feed/", "/sitemap.xml", "/news-sitemap.xml"]
    start += ["/robots.txt", "/opensearch.xml", "/subscribe", "/desk/", "/v1/docs", "/v1/openapi.json", "/nowhere/"]
    pages = crawled(desk, start)
    assert {one: leaks(text) for one, text in pages.items() if leaks(text)} == {
        # What a reader searches for is said back to that reader.
        one: [word]
        for word in WORDS
        for one in (f"/search?q={word}", f"/search?q={word}&format=rss")
        if leaks(pages.get(one, b""))
    }
    assert len([one for one in pages if "/feed/" in one]) >= 8
    assert b"Which kettle?" in pages[path]
    assert b"The blue one." in pages[f"{path}feed/"]


def crawled(desk: Publisher, start: Iterable[str]) -> dict[str, bytes]:
    """What readers get at these addresses, and wherever they lead on this site."""
    waiting, found = list(start), dict[str, bytes]()
    while waiting:
        one = waiting.pop()
        if one in found:
            continue
        answer = desk.reader.get(desk.url(one), follow_redirects=True)
        found[one] = str(answer.headers.multi_items()).encode() + answer.content
        waiting += [link for link in links(answer, desk.wire.url) if link not in found]
    return found


def links(answer: httpx.Response, site: str) -> Sequence[str]:
    kind = answer.headers.get("content-type", "")
    if "html" in kind and answer.content:
        named = [str(one) for one in html.fromstring(answer.content).xpath("//@href | //@src | //@action")]
    elif "xml" in kind and answer.content:
        named = [text.strip() for text in etree.fromstring(answer.content).itertext() if text.strip().startswith(site)]
    else:
        named = []
    ours = [one for one in named if one.startswith(("/", f"{site}/"))]
    local = [one.removeprefix(site).partition("#")[0] for one in ours]
    return [one for one in local if urlsplit(one).path not in {"/live", "/search"}]


def test_a_form_that_comes_back_holds_only_what_its_own_sender_wrote(desk: Publisher, talked: dict[str, Any]) -> None:
    mine = {"name": "", "email": "me@example.org", "comment": "x", "parent": str(talked["shown"])}
    page = desk.reader.post(desk.url(f"{talked['path']}comments"), data=mine)
    assert (page.status_code, leaks(page.content)) == (422, [])
    assert "me@example.org" in page.text


def test_no_answer_of_the_api_names_it_not_even_an_editors(desk: Publisher, talked: dict[str, Any]) -> None:
    own = (f"/v1/stories/{talked['external_id']}", "/v1/changes", f"/v1/traces/{talked['story_id']}", "/v1/webhooks")
    closed = ("/v1/comments", "/v1/subscribers", "/v1/deliveries", "/v1/dead")
    got = {path: desk.client.get(path) for path in (*own, *closed)}
    assert {path: answer.status_code for path, answer in got.items()} == {
        **dict.fromkeys(own, 200),
        **dict.fromkeys(closed, 403),
    }
    with desk.wire.client() as admin:
        got |= {f"admin {path}": admin.get(path) for path in (*own[1:], *closed, "/metrics", "/v1/owed/site")}
        got["approved"] = admin.post(f"/v1/comments/{talked['answer']}/approve")
    assert leaks("".join(answer.text for answer in got.values())) == []
    assert talked["shown"] in [one["id"] for one in got["admin /v1/comments"].json()["comments"]]


def test_no_file_but_the_two_databases_that_need_it(desk: Publisher, talked: dict[str, Any]) -> None:
    assert talked["shown"]
    wire = desk.wire
    found = {
        str(path.relative_to(wire.data.parent))
        for path in wire.data.parent.rglob("*")
        if path.is_file() and not path.is_socket() and wire.data / "mail" not in path.parents
        if any(leaks(reading) for reading in readings(path))
    }
    # The log of Redis remembers what was said until it is written anew; it is as private as the databases.
    databases = {f"data/db/{service}.db{end}" for service in NEED for end in ("", "-wal", "-shm")}
    assert {one for one in found if "/redis/" not in one} <= databases
    assert holds(wire), "the search finds what is there"
    assert any(one.startswith("data/pages/") for one in files_with(wire, b"Which kettle?"))


def files_with(wire: Newswire, text: bytes) -> list[str]:
    files = [path for path in wire.data.rglob("*") if path.is_file() and not path.is_socket()]
    return [str(path.relative_to(wire.data.parent)) for path in files if any(text in one for one in readings(path))]


def holds(wire: Newswire) -> bool:
    """Is every address where it belongs?"""
    return leaks(str(wire.rows("site"))) == list(WORDS)


def test_one_stream_carries_it_and_only_to_who_writes_the_mail(spy: Spy, talked: dict[str, Any]) -> None:
    assert talked["shown"]
    carried = {stream: leaks(body) for stream, body in spy.heard if leaks(body)}
    assert carried == {CommentAnswered.stream: [ASKS]}
    streams = {stream for stream, _ in spy.heard}
    assert {"comments.changed.v1", "story.rendered.v1", "story.live.v1", "answer.noticed.v1"} <= streams
    wait_until(lambda: spy.client.xlen(CommentAnswered.stream) == 0, 60.0)


def test_whoever_is_erased_leaves_every_database_and_the_page(desk: Publisher) -> None:
    path = path_of(desk.put("forgetting", headline="Kettles forget"))
    with desk.wire.client() as admin:
        shown = said(desk, path, FORGOTTEN, "Whose kettle?")
        admin.post(f"/v1/comments/{shown}/approve").raise_for_status()
        desk.until(path, there="Whose kettle?")
        answer = said(desk, path, "hers", "Mine.", parent=shown)
        admin.post(f"/v1/comments/{answer}/approve").raise_for_status()
        mail_to(desk.wire, address(FORGOTTEN), 1)
        assert all(FORGOTTEN in str(desk.wire.rows(service)) for service in NEED)
        told = admin.post("/v1/comments/erase", json={"email": address(FORGOTTEN).upper()})
        assert told.json() == {"erased": 1}
        admin.delete(f"/v1/subscribers/{address(FORGOTTEN)}", params={"only": "answers"}).raise_for_status()
    desk.until(path, there="Mine.", gone="Whose kettle?")
    desk.until("/comments/feed/", there="Mine.", gone="Whose kettle?")
    for service in ("ingest", "enrich", "render", "site", "notify", "desk"):
        rows = str(desk.wire.rows(service))
        assert FORGOTTEN not in rows
        assert "Whose kettle?" not in rows
