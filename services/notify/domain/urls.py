"""Is this an address that webhooks can be posted to?"""

import re
from ipaddress import ip_address
from typing import Final
from urllib.parse import SplitResult, urlsplit

LONGEST: Final = 2000
#: No blanks, no controls (which `urlsplit` partly drops without a word), nothing that RFC 3986 never allows.
_URL: Final = re.compile(r"https?://[^\s\x00-\x1f\x7f-\x9f<>\"{}|\\^`]+", re.IGNORECASE)
#: A name as it is looked up. Underscores are no host names by RFC 1123, yet inner networks use them.
_NAME: Final = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?", re.IGNORECASE)
_NAME_MAX: Final = 253


def web_address(text: str) -> str:
    """An absolute http(s) address, without a password in it; ValueError when it is none."""
    if len(text) > LONGEST or not _URL.fullmatch(text) or not _leads_somewhere(text):
        raise ValueError("must be an absolute http or https address")
    return text


def _leads_somewhere(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.username is None and parts.port != 0 and _is_host(parts)
    except ValueError:
        return False


def _is_host(parts: SplitResult) -> bool:
    """A literal address or a name; ValueError for what is neither."""
    host = parts.hostname or ""
    if "[" in parts.netloc:
        return bool(ip_address(host))
    name = host.encode("idna").decode("ascii")  # an empty label is a UnicodeError, which is a ValueError
    return len(name) <= _NAME_MAX and _NAME.fullmatch(name) is not None
