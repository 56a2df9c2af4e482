"""How is text put into XML, and markup into a feed, so that no input can break out or break the parser?"""

import re
from functools import lru_cache
from urllib.parse import quote

#: What XML 1.0 §2.2 does not allow in a document at all.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
#: Of these the control characters, and how the two last ones (and their neighbours) begin in UTF-8.
_CONTROLS, _LAST = bytes(code for code in range(32) if code not in b"\t\n\r"), b"\xef\xbf"
#: In the sanitiser's normal form `<` and `>` occur in tags only, and attributes are in double quotes.
_TAG = re.compile("<[a-z][^<>]*>")
_ADDRESS = re.compile(r' (src|href|cite|poster)="(//?)')
#: What HTML would take for an entity or a tag.
_LIKE_ENTITY = re.compile(r"&(?=#|[A-Za-z])")
_LIKE_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_SRCSET = re.compile(r' srcset="([^"]*)"')
_CANDIDATE = re.compile(r"(?:(?<=^)|(?<=,)|(?<=,\s))(//?)")


def clean(text: str) -> str:
    """Text without characters that no XML document may hold."""
    # Most text has none, and to see that on its bytes costs a fifth of the search.
    try:
        told = text.encode()
    except UnicodeEncodeError:  # half a surrogate pair
        return _FORBIDDEN.sub("", text)
    if len(told.translate(None, _CONTROLS)) == len(told) and _LAST not in told:
        return text
    return _FORBIDDEN.sub("", text)


def escape(text: str) -> str:
    """Text for element content and for attributes in double quotes."""
    return escape_clean(clean(text))


def escape_clean(text: str) -> str:
    """The same for text that `clean` has seen already."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def element(name: str, text: str | None, attributes: str = "") -> str:
    """One element with escaped text; nothing when there is no text. `attributes` are ready, with a leading blank."""
    return f"<{name}{attributes}>{escape(text)}</{name}>" if text else ""


def as_html(text: str) -> str:
    """Plain text where markup is expected. Only what would be read as markup is written otherwise: text stays text."""
    return _LIKE_TAG.sub("&lt;", _LIKE_ENTITY.sub("&amp;", text))


def absolute(html: str, site_url: str) -> str:
    """HTML whose addresses also work inside a feed reader, which knows neither our host nor our scheme."""
    # Most stories have no such address, and to see that costs little.
    if '="/' not in html and "srcset=" not in html:
        return html
    whole = {"/": f"{site_url}/", "//": f"{site_url.partition(':')[0]}://"}

    def addresses(tag: re.Match[str]) -> str:
        told = _ADDRESS.sub(lambda found: f' {found[1]}="{whole[found[2]]}', tag[0])
        return _SRCSET.sub(candidates, told)

    def candidates(found: re.Match[str]) -> str:
        return f' srcset="{_CANDIDATE.sub(lambda one: whole[one[1]], found[1])}"'

    return _TAG.sub(addresses, html)


@lru_cache(4096)
def uri(path: str) -> str:
    """A path as a URI: what is percent-encoded stays, other non-ASCII is encoded (RFC 3987 §3.1)."""
    return quote(path, safe="/%:?&=#~-._+,;@!$'()*")
