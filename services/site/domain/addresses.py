"""Which form of an address do we look up, and where does an address of another form lead?

The route table holds decoded, composed (NFC) paths: `/2026/11/23/zażółć/`. On the wire they are percent-encoded.
"""

import re
import unicodedata
from typing import Final
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

#: Longer request targets answer 414; far above every address that we make.
LONGEST: Final = 8000

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_FIRST_PAGE: Final = re.compile(r"/page/(?:0*1|0+)/?$")
_OLD_FEED: Final = re.compile(r"/feed/(?:rss2|rss|rdf)/?$")
_FEED_NAMES: Final = {"rss2": "/feed/", "rss": "/feed/", "rdf": "/feed/", "atom": "/feed/atom/", "json": "/feed/json/"}


def lookup_form(path: str) -> str:
    """`path` (encoded or not) as the route table holds it: decoded once, composed."""
    return unicodedata.normalize("NFC", unquote(path) if "%" in path else path)


def wire_form(path: str) -> str:
    """A looked-up path as it stands in a URL or a `Location`."""
    return quote(path, safe="/~!$&'()*+,;=:@-._")


def alias_form(address: str) -> str:
    """A publisher's alias (a path, with or without a query or our host) as the redirect table holds it."""
    parts = urlsplit(address)
    path = lookup_form(parts.path or "/")
    return f"{path}?{parts.query}" if parts.query else path


def is_clean(path: str) -> bool:
    """Can this path exist at all? Control characters and undecodable bytes cannot."""
    return _CONTROL.search(path) is None and "\ufffd" not in path


def moved_for_good(path: str, query: str) -> str | None:
    """Where an address of WordPress, or an over-exact one of ours, leads; None for all others. Wire form."""
    if path in {"/", "/index.php"}:
        return _front_query(query)
    if path.startswith("/category/"):
        return _with_slash(wire_form("/section/" + path.removeprefix("/category/")), query)
    if path == "/search/":
        return "/search" + (f"?{query}" if query else "")
    for form, tail in ((_OLD_FEED, "/feed/"), (_FIRST_PAGE, "/")):
        if found := form.search(path):
            return wire_form(path[: found.start()]) + tail
    return None


def slashed(path: str) -> str | None:
    """The same address with the trailing slash that it lacks; None when it has one."""
    return None if path.endswith("/") else path + "/"


def _front_query(query: str) -> str | None:
    """WordPress answers a search (`?s=`) and feeds (`?feed=`) at its front page."""
    if "s=" not in query and "feed=" not in query:
        return None
    asked = dict(parse_qsl(query, keep_blank_values=True, max_num_fields=50)) if query.count("&") < 50 else {}  # noqa: PLR2004
    if "s" in asked:
        return "/search?" + urlencode({"q": asked["s"]})
    return _FEED_NAMES.get(asked.get("feed", ""))


def _with_slash(path: str, query: str) -> str:
    whole = path if path.endswith("/") else path + "/"
    return f"{whole}?{query}" if query else whole
