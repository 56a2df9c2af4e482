"""How is text put into XML, and markup into a feed, so that no input can break out or break the parser?"""

import re
from functools import lru_cache
from urllib.parse import quote

#: What XML 1.0 §2.2 does not allow in a document at all.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_OWN_ADDRESS = re.compile(r'\b(src|href)="/(?!/)')


def clean(text: str) -> str:
    """Text without characters that no XML document may hold."""
    # Most text is plain, and to see that costs a hundredth of the search.
    return text if text.isascii() and text.isprintable() else _FORBIDDEN.sub("", text)


def escape(text: str) -> str:
    """Text for element content and for attributes in double quotes."""
    return escape_clean(clean(text))


def escape_clean(text: str) -> str:
    """The same for text that `clean` has seen already."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def element(name: str, text: str | None, attributes: str = "") -> str:
    """One element with escaped text; nothing when there is no text. `attributes` are ready, with a leading blank."""
    return f"<{name}{attributes}>{escape(text)}</{name}>" if text else ""


def absolute(html: str, site_url: str) -> str:
    """HTML whose links to our own paths also work inside a feed reader."""
    if '="/' not in html:
        return html
    return _OWN_ADDRESS.sub(rf'\1="{site_url}/', html)


@lru_cache(4096)
def uri(path: str) -> str:
    """A path as a URI: what is percent-encoded stays, other non-ASCII is encoded (RFC 3987 §3.1)."""
    return quote(path, safe="/%:?&=#~-._+,;@!$'()*")
