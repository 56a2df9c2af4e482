"""Which addresses does a site name, on its pages and to machines, and is each of them alive?"""

import json
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urldefrag, urljoin

import httpx
from lxml import etree, html  # type: ignore[import-untyped]  # it has no types

#: Where addresses stand in a page.
_PLACES: Final = (
    *("//@href", "//@src", "//@action", "//@data-copy", "//@cite", "//@poster"),
    '//meta[@property="og:image" or @property="og:url" or @property="article:author"]/@content',
)
_ADDRESS: Final = re.compile(r"https?://[^\s\"'<>\\]+")


@dataclass
class Site:
    """What a crawl has seen: address → its answer (without its fragment); address → who names it first."""

    url: str
    answers: dict[str, httpx.Response] = field(default_factory=dict)
    named_by: dict[str, str] = field(default_factory=dict)
    fragments: set[tuple[str, str, str]] = field(default_factory=set)

    @property
    def pages(self) -> dict[str, bytes]:
        """The HTML pages, by address."""
        return {
            url: answer.content
            for url, answer in self.answers.items()
            if answer.headers.get("content-type", "").startswith("text/html")
        }

    @property
    def dead(self) -> list[str]:
        """Addresses that do not answer 200 by themselves: a link of ours needs no redirect."""
        return [
            f"{answer.status_code} {url} (named by {self.named_by[url]})"
            for url, answer in self.answers.items()
            if answer.status_code != httpx.codes.OK
        ]

    @property
    def lost(self) -> list[str]:
        """Fragments without a place on their page."""
        ids = {url: set(html.fromstring(body).xpath("//@id")) for url, body in self.pages.items()}
        return [
            f"{url}#{name} (named by {by})"
            for url, name, by in sorted(self.fragments)
            if url in ids and name not in ids[url]
        ]


def crawl(url: str, *starts: str, never: str = r"$^") -> Site:
    """Follow every address of the site from these paths on; `never`: those that are not to be asked."""
    site = Site(url)
    waiting = deque(urljoin(url, one) for one in starts)
    site.named_by = dict.fromkeys(waiting, "the start")
    with httpx.Client(timeout=30) as client:
        while waiting:
            at = waiting.popleft()
            answer = site.answers[at] = client.get(at)
            for named in named_in(answer, at):
                target, fragment = urldefrag(urljoin(at, named))
                if not f"{target}/".startswith(f"{url}/") or re.search(never, target):
                    continue
                if fragment:
                    site.fragments.add((target, fragment, at))
                if target not in site.named_by:
                    site.named_by[target] = at
                    waiting.append(target)
    return site


def named_in(answer: httpx.Response, at: str) -> Iterator[str]:
    """Every address that an answer names."""
    kind = answer.headers.get("content-type", "")
    if kind.startswith("text/html"):
        yield from _in_page(html.fromstring(answer.content, base_url=at))
    elif "json" in kind:
        yield from _in_json(answer.json())
    elif "xml" in kind and "svg" not in kind:
        # The scheme of a category names a vocabulary and no page.
        for text in etree.fromstring(answer.content).xpath("//text() | //@*[not(name()='scheme' or name()='domain')]"):
            # A feed's content is HTML as text.
            yield from (_in_page(html.fromstring(text)) if "<" in text else _ADDRESS.findall(text))
    elif kind.startswith(("text/plain", "text/css")):
        yield from _ADDRESS.findall(answer.text)
        yield from re.findall(r'url\("([^")]+)', answer.text)


def json_ld(body: bytes) -> list[dict[str, Any]]:
    """What a page says of itself."""
    found = html.fromstring(body).xpath('//script[@type="application/ld+json"]/text()')
    return [json.loads(one) for one in found]


def _in_page(tree: Any) -> Iterator[str]:
    for place in _PLACES:
        yield from (one for one in tree.xpath(place) if not one.startswith(("mailto:", "data:")))
    for candidates in tree.xpath("//@srcset"):
        yield from (one.split()[0] for one in candidates.split(","))
    for text in tree.xpath('//script[@type="application/ld+json"]/text()'):
        yield from _in_json(json.loads(text))


def _in_json(value: Any) -> Iterator[str]:
    match value:
        case dict():
            for key, one in value.items():
                yield from [one] if key == "src" else _in_json(one)
        case list():
            for one in value:
                yield from _in_json(one)
        case str() if value.startswith(("http://", "https://")):
            yield value
        case _:
            return
