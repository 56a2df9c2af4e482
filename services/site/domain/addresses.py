"""Which form of an address do we look up, and which goes over the wire?

The route table holds decoded, composed (NFC) paths: `/2026/11/23/zażółć/`. On the wire they are percent-encoded.
"""

import re
import unicodedata
from typing import Final
from urllib.parse import quote, unquote, urlsplit

#: Longer request targets answer 414; far above every address that we make.
LONGEST: Final = 8000

_HASHED: Final = re.compile(r"(/assets/.+)\.[0-9a-f]{10}(\.[^./]+)?")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


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


def slashed(path: str) -> str | None:
    """The same address with the trailing slash that it lacks; None when it has one."""
    return None if path.endswith("/") else path + "/"


def unhashed(path: str) -> str | None:
    """`/assets/site.3f9a0c12de.css` → `/assets/site.css`; None for what is no asset's address."""
    found = _HASHED.fullmatch(path)
    return f"{found[1]}{found[2] or ''}" if found else None
