"""What does newswire show and say now? Reads it from outside, as readers, partners and operators do."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes, policy
from typing import Any, Final, TypeVar

import httpx
import orjson

from tests.chaos.accounting_mail import Letter, read_letter
from tests.chaos.accounting_site import Shown
from tests.chaos.load import word
from tests.chaos.relay import MoodyRelay
from tests.chaos.truth import BRINGS, Story, Truth
from tests.servers.fleet import Fleet

AT_ONCE: Final = 4
FEEDS: Final = ("feed/", "feed/atom/", "feed/json/")
#: Pages of a list that there are at most.
PAGES: Final = 10
_LOC: Final = re.compile(r"<loc>(?:https?://[^/<]+)?([^<]+)</loc>")
_HIT: Final = re.compile(r'href="(?:https?://[^/"]+)?(/\d{4}/\d\d/\d\d/kettle-\d+/)"')

T = TypeVar("T")
A = TypeVar("A")


def spread(ask: Callable[[httpx.Client, A], T], things: Sequence[A]) -> list[T]:
    """`ask` for each of them, a few at a time, over connections that stay open; the answers in their order."""
    with ThreadPoolExecutor(AT_ONCE) as pool, httpx.Client(timeout=30) as client:
        return list(pool.map(lambda one: ask(client, one), things))


class Readers:
    """One site, as its readers see it."""

    def __init__(self, url: str) -> None:
        """`url`: without a trailing slash."""
        self._url = url

    def get(self, client: httpx.Client, path: str) -> Shown:
        """A page."""
        answer = client.get(self._url + path)
        revision = answer.headers.get("x-story-revision")
        return Shown(answer.status_code, answer.text, int(revision) if revision else None)

    def pages(self, stories: Sequence[Story]) -> dict[int, Shown]:
        """Each story's own address."""
        answers = spread(self.get, [story.path for story in stories])
        return {story.number: answer for story, answer in zip(stories, answers, strict=True)}

    def texts(self, paths: Sequence[str]) -> dict[str, str]:
        """What addresses show."""
        return dict(zip(paths, (one.text for one in spread(self.get, paths)), strict=True))

    def whole_lists(self, paths: Sequence[str]) -> dict[str, str]:
        """Lists with all their pages, as one text each."""
        return dict(zip(paths, spread(self._whole, paths), strict=True))

    def _whole(self, client: httpx.Client, path: str) -> str:
        first = self.get(client, path)
        texts = [first.text]
        for page in range(2, PAGES + 1):
            if f"{path}page/{page}/" not in texts[-1]:
                break
            texts.append(self.get(client, f"{path}page/{page}/").text)
        return "\n".join(texts)

    def sitemap(self) -> set[str]:
        """Every path that the sitemaps name."""
        with httpx.Client(timeout=30) as client:
            files = _LOC.findall(self.get(client, "/sitemap.xml").text)
            return {path for file in files for path in _LOC.findall(self.get(client, file).text)}

    def hits(self, stories: Sequence[Story]) -> dict[tuple[int, int], list[str]]:
        """For each content that a story ever had, the paths that search finds by its word."""
        asked = [
            (story.number, one.operation.index)
            for story in stories
            for one in story.accepted
            if one.operation.verb in BRINGS
        ]
        answers = spread(lambda client, one: self.get(client, f"/search?q={word(*one)}"), asked)
        return {one: sorted(set(_HIT.findall(answer.text))) for one, answer in zip(asked, answers, strict=True)}


class Operators:
    """The API of all services, with the admin's key and a newsroom's."""

    def __init__(self, fleet: Fleet, key: str) -> None:
        """`key`: the newsroom's."""
        self._fleet, self._key = fleet, key

    def told(self, stories: Sequence[Story]) -> dict[int, Mapping[str, Any]]:
        """What the log says of each story."""
        ask = self._asking("ingest", "/v1/stories/{}", self._key)
        answers = spread(ask, [story.external_id for story in stories])
        return {story.number: answer for story, answer in zip(stories, answers, strict=True)}

    def traces(self, stories: Sequence[Story]) -> dict[str, Mapping[str, Any]]:
        """Where each story is."""
        answers = spread(self._asking("desk", "/v1/traces/{}", self._key), [story.story_id for story in stories])
        return {story.story_id: answer for story, answer in zip(stories, answers, strict=True)}

    def receipts(self, truth: Truth) -> dict[str, Mapping[str, Any]]:
        """What every kill reached."""
        known = [one.receipt for story in truth.stories.values() for one in story.accepted if one.receipt]
        return dict(zip(known, spread(self._asking("ingest", "/v1/receipts/{}", self._key), known), strict=True))

    def changes(self) -> list[Mapping[str, Any]]:
        """The whole cursor."""
        return list(self._paged("ingest", "/v1/changes", "changes"))

    def deliveries(self) -> list[Mapping[str, Any]]:
        """The whole ledger."""
        return list(self._paged("notify", "/v1/deliveries", "deliveries"))

    def readers(self) -> dict[int, str]:
        """Subscribers' addresses by number."""
        return {one["id"]: one["email"] for one in self._paged("notify", "/v1/subscribers", "subscribers")}

    def dead(self) -> list[Mapping[str, Any]]:
        """Dead letters."""
        return list(self._paged("desk", "/v1/dead", "dead"))

    def _paged(self, service: str, path: str, name: str) -> Iterator[Mapping[str, Any]]:
        with self._fleet.client(service) as client:
            after = 0
            while True:
                answer = client.get(path, params={"after": after, "limit": 1000})
                assert answer.status_code == 200, answer.text
                said = answer.json()
                yield from said[name]
                if not said[name] or said["next"] == after:
                    return
                after = said["next"]

    def _asking(self, service: str, path: str, key: str) -> Callable[[httpx.Client, str], Mapping[str, Any]]:
        url, headers = self._fleet.url(service), {"Authorization": f"Bearer {key}"}

        def ask(client: httpx.Client, name: str) -> Mapping[str, Any]:
            return dict(orjson.loads(client.get(url + path.format(name), headers=headers).content))

        return ask


def letters(relay: MoodyRelay) -> Iterable[Letter]:
    """The inbox, read."""
    for mail, at in zip(relay.mails, relay.times, strict=True):
        message: Any = message_from_bytes(mail.content, policy=policy.default)
        text = message.get_body(("plain",)).get_content()
        yield read_letter(mail.recipients[0], str(message["Message-ID"]), str(message["Subject"]), text, at)
