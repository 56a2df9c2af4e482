"""How does a list's feed go on with what it no longer carries, fifty stories at a time (RFC 5005 §3: paged feeds)?

    /section/town/feed/until/1764115200000000/    stories up to that time (µs): where render's own document leads
    /section/town/feed/below/451613491200123/     stories whose number in the index of words is lower

A document is a copy of the list's own feed, with other entries and other links. The entries are those of the archived
feeds of months, to the byte: so nobody has to know here how a story is told.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Final, Literal

import orjson

PER_DOCUMENT: Final = 50
Form = Literal["", "atom/", "json/"]
#: Numbers end where those of the databases do.
_ADDRESS: Final = re.compile(
    r"(?P<list>/(?P<kind>section|tag|author)/(?P<slug>[^/]+)/)feed/(?P<form>(?:atom/|json/)?)"
    r"(?P<how>until|below)/(?P<at>0|-?[1-9]\d{0,17})/"
)
#: What introduces an entry of a story (tombstones begin otherwise, or have no such id) and what ends it.
_ENTRIES: Final[Mapping[Form, tuple[bytes, bytes]]] = {
    "": (b"<item>", b"</item>\n"),
    "atom/": (b"<entry xml:lang=", b"</entry>\n"),
}
_ENDS: Final[Mapping[Form, bytes]] = {"": b"</channel>\n</rss>\n", "atom/": b"</feed>\n"}
_ID: Final = re.compile(rb">urn:uuid:([0-9a-f-]{36})</(?:guid|id)>")
_LINK: Final = re.compile(r'<(atom:)?link rel="(?:self|next|hub)" (?:type="(?P<type>[^"]*)" )?href="[^"]*"/>')
_BUILT: Final = re.compile(r"<lastBuildDate>[^<]*</lastBuildDate>")
_UPDATED: Final = re.compile(r"<updated>([^<]*)</updated>")
_NEVER: Final = "1970-01-01T00:00:00"


@dataclass(frozen=True, slots=True)
class Older:
    """A document that is asked for: a list, a format, and where it begins."""

    list_path: str
    facet: str
    form: Form
    until: int | None = None
    below: int | None = None

    @property
    def feed_path(self) -> str:
        """The address of the list's own feed, where all of it begins."""
        return f"{self.list_path}feed/{self.form}"

    @property
    def path(self) -> str:
        """Its own address."""
        return self.feed_path + (f"until/{self.until}/" if self.below is None else f"below/{self.below}/")

    def starting(self, below: int | None) -> str:
        """The address of another document of the same feed; None is the feed's own."""
        return self.feed_path if below is None else f"{self.feed_path}below/{below}/"


@dataclass(frozen=True, slots=True)
class Links:
    """Where the documents beside one are; `next` is None for the last one."""

    own: str
    first: str
    previous: str
    next: str | None
    last: str

    def relations(self) -> Iterable[tuple[str, str]]:
        """(relation, address)."""
        named = (("self", self.own), ("first", self.first), ("previous", self.previous), ("next", self.next))
        yield from ((rel, address) for rel, address in named if address is not None)
        yield "last", self.last


def asked(path: str) -> Older | None:
    """What an address (looked-up form) asks for; None when it is none of these."""
    found = _ADDRESS.fullmatch(path)
    if found is None:
        return None
    form: Form = "atom/" if found["form"] == "atom/" else "json/" if found["form"] == "json/" else ""
    at = int(found["at"])
    until, below = (at, None) if found["how"] == "until" else (None, at)
    return Older(found["list"], f"{found['kind']}:{found['slug']}", form, until, below)


def entries(form: Form, feed: bytes) -> dict[str, bytes]:
    """The stories of a feed of ours: id → its entry, as it stands there."""
    if form == "json/":
        return {str(one["id"]).removeprefix("urn:uuid:"): orjson.dumps(one) for one in orjson.loads(feed)["items"]}
    begins, ends = _ENTRIES[form]
    found: dict[str, bytes] = {}
    for part in feed.split(begins)[1:]:
        entry, _, _ = part.partition(ends)
        if named := _ID.search(entry):
            found[named[1].decode()] = begins + entry + ends
    return found


def document(form: Form, feed: bytes, told: Sequence[bytes], links: Links) -> bytes:
    """A document with these entries. `feed`: the list's own feed, of which it is a part."""
    if form == "json/":
        return _json(orjson.loads(feed), told, links)
    begins = b"<item>" if form == "" else b"<entry"  # whatever stands in it
    head = feed.partition(begins)[0].removesuffix(_ENDS[form]).decode()
    relations = iter((links.relations(),))
    head = _LINK.sub(lambda found: _written(found, next(relations, ())), _BUILT.sub("", head))
    if form == "atom/":
        # Without the Z, so that moments compare also where only one of two has a fraction of a second.
        newest = max((_UPDATED.findall(one.decode())[0].removesuffix("Z") for one in told), default=_NEVER)
        head = _UPDATED.sub(f"<updated>{newest}Z</updated>", head, count=1)
    return head.encode() + b"".join(told) + _ENDS[form]


def _written(found: re.Match[str], relations: Iterable[tuple[str, str]]) -> str:
    """Our links where the first link of the list's own document stood; nothing where its others stood."""
    name, kind = f"{found[1] or ''}link", found["type"]
    return "".join(f'<{name} rel="{rel}" type="{kind}" href="{escape(at)}"/>' for rel, at in relations)


def _json(feed: dict[str, Any], told: Sequence[bytes], links: Links) -> bytes:
    left_out = {"items", "next_url", "hubs"}
    head = {name: value for name, value in feed.items() if name not in left_out} | {"feed_url": links.own}
    if links.next is not None:
        head["next_url"] = links.next
    return orjson.dumps(head)[:-1] + b',"items":[' + b",\n".join(told) + b"]}\n"
