"""Which feed of ours is at an address, and how does a story stand in what that feed says?"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Final, Literal, cast
from urllib.parse import quote, unquote
from xml.etree import ElementTree as ET

import orjson

from services.notify.domain.audience import OWED
from services.notify.domain.topics import ALL, Topic
from shared.events import StoryHead

Form = Literal["rss", "atom", "json"]
#: Not in the feed · there to be read · there as withdrawn.
Standing = Literal["absent", "shown", "withdrawn"]

#: What takes a story out of its feeds.
GONE: Final = frozenset({"kill", "expire"})
#: Corrections and withdrawals: a feed, though no topic that people subscribe to.
UPDATES: Final = Topic("updates")
#: The lists that have feeds which are told of; months do not change, and comments are no stories.
_PATH: Final = re.compile(r"/(?:(updates)/|(section|tag|author)/([^/]+)/)?feed/(?:(atom|json)/)?")
_ATOM: Final = "{http://www.w3.org/2005/Atom}"


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed of ours: its public address, what it is about, and in which format."""

    url: str
    topic: Topic
    form: Form = "rss"


@dataclass(frozen=True, slots=True)
class Content:
    """What a feed's address answers."""

    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Unread:
    """Why nobody knows what a feed says. `is_missing`: there is none."""

    reason: str
    is_missing: bool = False


def feed_at(url: str, public_url: str) -> Feed | None:
    """The feed that would be at this address, written just so; None when no feed of ours is called that.

    Whether the section was ever used is not asked.
    """
    path = url.removeprefix(public_url) if url.startswith(f"{public_url}/") else ""
    found = _PATH.fullmatch(path)
    if found is None:
        return None
    updates, kind, slug, form = found.groups()
    if slug and quote(unquote(slug), safe="-._~") != slug:
        return None  # another spelling of an address that the feed does not give as its own
    topic = UPDATES if updates else Topic(kind, unquote(slug)) if kind else ALL
    return Feed(url, topic, cast("Form", form or "rss"))


def fed_by(head: StoryHead) -> frozenset[Topic]:
    """The feeds that a story is in beside those of its topics.

    Corrections and withdrawals, once it has had one; and of a story that is gone all that ever carried it, for they
    show that it is.
    """
    found = {UPDATES} if any(entry.action in OWED for entry in head.history) else set()
    if head.action in GONE:
        found |= {Topic(*one.key.split("/", 1)) for one in head.listed_before}
    return frozenset(found)


def urn(story_id: str) -> str:
    """A story's id in every feed, for ever."""
    return f"urn:uuid:{story_id}"


def names(body: bytes, story_id: str) -> bool:
    """Is a story in a feed, in whatever state?"""
    return urn(story_id).encode() in body


def standings(form: str, body: bytes, story_ids: Collection[str]) -> Mapping[str, Standing]:
    """How each of these stories stands in a feed. ValueError when the document is no feed."""
    if not any(names(body, one) for one in story_ids):
        return dict.fromkeys(story_ids, "absent")
    found = _READERS[form](body)
    return {one: found.get(urn(one), "absent") for one in story_ids}


def _in_json(body: bytes) -> dict[str, Standing]:
    items = orjson.loads(body)["items"]
    return {one["id"]: _named(withdrawn=one.get("_newswire", {}).get("withdrawn") is True) for one in items}


def _in_atom(body: bytes) -> dict[str, Standing]:
    """A withdrawn story has no page any more that an entry could lead to."""
    entries = _tree(body).iter(f"{_ATOM}entry")
    return {one.findtext(f"{_ATOM}id", ""): _named(withdrawn=one.find(f"{_ATOM}link") is None) for one in entries}


def _in_rss(body: bytes) -> dict[str, Standing]:
    """The same."""
    items = _tree(body).iter("item")
    return {one.findtext("guid", ""): _named(withdrawn=one.find("link") is None) for one in items}


def _named(*, withdrawn: bool) -> Standing:
    return "withdrawn" if withdrawn else "shown"


def _tree(body: bytes) -> ET.Element:
    try:
        return ET.fromstring(body)  # noqa: S314 - what our own site says
    except ET.ParseError as error:
        raise ValueError(f"not a feed: {error}") from error


_READERS: Final[Mapping[str, Callable[[bytes], dict[str, Standing]]]] = {
    "rss": _in_rss,
    "atom": _in_atom,
    "json": _in_json,
}
