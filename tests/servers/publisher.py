"""Who pushes stories in end-to-end tests? A newsroom that speaks the API, and readers who look until they see."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson
from lxml import html  # type: ignore[import-untyped]  # it has no types
from lxml.html import HtmlElement  # type: ignore[import-untyped]  # it has no types

from tests.servers.newswire import Newswire, wait_until

#: Deeper pages, archives and sitemaps follow within this (s); the rest is on a machine that does other things, too.
SOON = 8.0
_NUMBERS = count(1)


@dataclass
class Publisher:
    """One publisher of a running newswire."""

    wire: Newswire
    key: str
    client: httpx.Client = field(init=False)
    reader: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.client = self.wire.client(self.key)
        self.reader = httpx.Client(timeout=20)

    def close(self) -> None:
        """Let go of the connections."""
        self.client.close()
        self.reader.close()

    def put(self, external_id: str, **fields: Any) -> dict[str, Any]:
        """Push a story and wait until it is live; the answer."""
        return self._said(self.client.put(f"/v1/stories/{external_id}", json=story(**fields), headers=_WAIT))

    def act(self, external_id: str, verb: str, **fields: Any) -> dict[str, Any]:
        """Correct, kill or revive, and wait until it is live."""
        return self._said(self.client.post(f"/v1/stories/{external_id}/{verb}", json=fields, headers=_WAIT))

    def push_all(self, stories: Iterable[tuple[str, dict[str, Any]]]) -> list[dict[str, Any]]:
        """Push many stories in one call and wait until all are live; the answers, with `page`."""
        lines = b"\n".join(orjson.dumps({"external_id": name, **story(**fields)}) for name, fields in stories)
        answer = self.client.post("/v1/stories:batch", content=lines, headers={"Content-Type": "application/x-ndjson"})
        told = [orjson.loads(line) for line in answer.text.splitlines()]
        assert all("error" not in one for one in told), told[:3]
        for one in told:
            wait_until(lambda one=one: self.status(one["external_id"]) == "live", 30.0)
        return told

    def status(self, external_id: str) -> str:
        """Where a story is."""
        return str(self.client.get(f"/v1/stories/{external_id}").json()["status"])

    def url(self, path: str) -> str:
        """An address of the site."""
        return path if path.startswith("http") else self.wire.url + path

    def get(self, path: str, **headers: str) -> httpx.Response:
        """What a reader gets; redirects are not followed."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.reader.get(self.url(path), headers=sent)

    def until(self, path: str, there: str = "", gone: str = "\0", status: int = 200) -> httpx.Response:
        """Look until the page has this status, shows `there` and no longer `gone`."""

        def look() -> httpx.Response | None:
            page = self.get(path)
            good = page.status_code == status and there in page.text and gone not in page.text
            return page if good else None

        found = wait_until(look, SOON)
        assert isinstance(found, httpx.Response)
        return found

    @staticmethod
    def _said(answer: httpx.Response) -> dict[str, Any]:
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


def story(**fields: Any) -> dict[str, Any]:
    """A story with everything that it needs; None takes a field away."""
    number = next(_NUMBERS)
    whole = {
        "headline": f"Kettle number {number} boils",
        "body_html": f"<p>Kettle {number} whistled at dawn.</p>",
        "dek": "A town listens.",
        **fields,
    }
    return {name: value for name, value in whole.items() if value is not None}


def document(page: httpx.Response) -> HtmlElement:
    """A page as a tree."""
    return html.fromstring(page.content)


def stories_of(page: httpx.Response) -> list[str]:
    """The headlines of a list, in its order."""
    return [title.text_content().strip() for title in document(page).xpath("//article//*[self::h2 or self::h3]/a")]


def links_of(page: httpx.Response) -> Sequence[str]:
    """Every address that a page links."""
    return [str(one) for one in document(page).xpath("//a/@href | //link/@href")]


def path_of(answer: dict[str, Any]) -> str:
    """The path of a story's page."""
    return urlsplit(str(answer["links"]["page"])).path


def words_in(page: httpx.Response) -> str:
    """What a reader reads on a page, in one line."""
    return re.sub(r"\s+", " ", document(page).text_content())


_WAIT = {"Prefer": "wait=10"}
