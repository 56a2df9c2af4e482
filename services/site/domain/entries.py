"""What exactly goes over the wire for a page that is in memory?

Everything is worked out once, when the page enters memory: for each encoding the ASGI messages of a 200 and of a 304.
A request then only chooses.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from services.site.domain.conditional import http_date

Headers = list[tuple[bytes, bytes]]
#: Makes a body in an encoding that it was not stored in.
Encode = Callable[[str], bytes]

#: Pages run no script but ours, load nothing from elsewhere, are framed by nobody. JSON-LD is data, not script.
POLICY: Final = (
    b"default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; font-src 'self'; "
    b"media-src 'self'; connect-src 'self'; manifest-src 'self'; "
    b"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
SECURITY: Final[Headers] = [
    (b"content-security-policy", POLICY),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
]
REVALIDATE: Final = b"public, no-cache"
FOREVER: Final = b"public, max-age=31536000, immutable"
NO_STORE: Final = b"no-store"
VARY: Final = b"accept-encoding"
#: Browsers are sent a feed as they can show it (`feed_view`).
VARY_FEED: Final = b"accept-encoding, accept"
#: Up to this size (bytes, all encodings together) a page is encoded once more for the first reader who likes that
#: better than what was stored: 40 µs for a story in brotli. A feed of half a megabyte would hold the others up.
LARGEST_LATE: Final = 128 * 1024
#: What an entry costs beside its bytes.
_OVERHEAD: Final = 2_000


class Variant:
    """A page in one encoding: `start` and `body` are the messages of a 200, `unchanged` begins a 304."""

    __slots__ = ("body", "start", "tag", "unchanged")

    def __init__(self, tag: bytes, start: dict[str, Any], body: dict[str, Any], unchanged: dict[str, Any]) -> None:
        """`tag`: the strong ETag with its quotes; empty when there is none."""
        self.tag, self.start, self.body, self.unchanged = tag, start, body, unchanged


class Entry:
    """A page in memory. `number`: the change that it shows; `used`: was it asked for since the last sweep?

    `view` makes what a browser is sent instead (feeds only).
    """

    __slots__ = ("last_modified", "late", "modified", "number", "size", "status", "used", "variants", "view")

    def __init__(self, status: int, variants: Mapping[str, Variant], *, modified: int, number: int, size: int) -> None:
        """`variants`: encoding → messages, always with `identity`; `modified`: Unix seconds, 0 when unknown."""
        self.status, self.variants, self.modified, self.number = status, variants, modified, number
        self.last_modified = http_date(modified) if modified else b""
        self.size = size + _OVERHEAD
        self.used = False
        self.late: Callable[[str], Variant] | None = None
        self.view: Callable[[], Entry] | None = None

    def choose(self, order: tuple[str, ...]) -> Variant:
        """The variant in the encoding that the reader likes best among those we have, or make for this page."""
        variant = self.variants.get(order[0])
        return self._next_best(order) if variant is None else variant

    def _next_best(self, order: tuple[str, ...]) -> Variant:
        have = next((name for name in order if name in self.variants), "identity")
        if self.late is None or (have != "identity" and self.size > LARGEST_LATE):
            return self.variants[have]
        variant = self.late(order[0])
        self.variants = {**self.variants, order[0]: variant}
        return variant


def page_entry(
    *,
    content_type: str,
    encodings: Mapping[str, bytes],
    etag: str,
    headers: Mapping[str, str] | None = None,
    modified: int = 0,
    number: int = 0,
    cache: bytes = REVALIDATE,
    encode: Encode | None = None,
    vary: bytes = VARY,
) -> Entry:
    """A page that answers 200 or 304. Each encoding has an ETag of its own (RFC 9110 §8.8.3.3).

    `encode`: for readers who like another one of our encodings better than those of `encodings`.
    """
    own = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in (headers or {}).items()]
    dated = [(b"last-modified", http_date(modified))] if modified else []

    def variant(name: str, body: bytes) -> Variant:
        tag = f'"{etag}"'.encode() if name == "identity" else f'"{etag}-{name}"'.encode()
        caching: Headers = [(b"etag", tag), (b"cache-control", cache), (b"vary", vary), *dated]
        coding: Headers = [] if name == "identity" else [(b"content-encoding", name.encode())]
        about: Headers = [(b"content-type", content_type.encode()), (b"content-length", b"%d" % len(body))]
        start = {"type": "http.response.start", "status": 200, "headers": [*about, *coding, *caching, *own, *SECURITY]}
        unchanged = {"type": "http.response.start", "status": 304, "headers": [*caching, *own]}
        return Variant(tag, start, {"type": "http.response.body", "body": body}, unchanged)

    variants = {name: variant(name, body) for name, body in encodings.items()}
    entry = Entry(200, variants, modified=modified, number=number, size=sum(map(len, encodings.values())))
    if encode is not None:
        entry.late = lambda name: variant(name, encode(name))
    return entry


def plain_entry(
    status: int,
    body: bytes,
    *,
    content_type: str = "text/html; charset=utf-8",
    number: int = 0,
    headers: Headers | None = None,
) -> Entry:
    """An answer that nobody may store (404, 410): no validators, one encoding."""
    about: Headers = [
        (b"content-type", content_type.encode()),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", NO_STORE),
        *(headers or ()),
        *SECURITY,
    ]
    start = {"type": "http.response.start", "status": status, "headers": about}
    variant = Variant(b"", start, {"type": "http.response.body", "body": body}, start)
    return Entry(status, {"identity": variant}, modified=0, number=number, size=len(body))
