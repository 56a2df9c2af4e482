"""How is text put into XML, and markup into a feed, so that no input can break out or break the parser?"""

import re
from urllib.parse import quote

#: What XML 1.0 §2.2 does not allow in a document at all.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_OWN_ADDRESS = re.compile(r'\b(src|href)="/(?!/)')


def clean(text: str) -> str:
    """Text without characters that no XML document may hold."""
    return _FORBIDDEN.sub("", text)


def escape(text: str) -> str:
    """Text for element content and for attributes in double quotes."""
    text = _FORBIDDEN.sub("", text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def element(name: str, text: str | None, attributes: str = "") -> str:
    """One element with escaped text; nothing when there is no text. `attributes` are ready, with a leading blank."""
    return f"<{name}{attributes}>{escape(text)}</{name}>" if text else ""


def absolute(html: str, site_url: str) -> str:
    """HTML whose links to our own paths also work inside a feed reader."""
    return _OWN_ADDRESS.sub(rf'\1="{site_url}/', html)


def uri(path: str) -> str:
    """A path as a URI: what is percent-encoded stays, other non-ASCII is encoded (RFC 3987 §3.1)."""
    return quote(path, safe="/%:?&=#~-._+,;@!$'()*")
