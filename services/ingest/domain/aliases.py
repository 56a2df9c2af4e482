"""Which old addresses may a story bring along?

Kept as publishers write them, compared as the site looks them up: decoded, composed (NFC), a query after `?`.
"""

import re
import unicodedata
from typing import Annotated, Final
from urllib.parse import unquote

from pydantic import AfterValidator, StringConstraints

from services.ingest.domain.text import one_line

_SHAPE: Final = re.compile(r"/[^\s#\\]*")
#: First segments that belong to the site itself; `/feed` and the like would take readers' own addresses away.
_RESERVED: Final = frozenset(
    {
        "v1", "desk", "healthz", "readyz", "metrics", "assets", "media", "section", "tag", "author", "archive", "feed",
        "comments", "updates", "search", "live", "page", "subscribe", "subscriptions", "imprint", "privacy",
        "corrections", "about", "micropub", "robots.txt", "sitemap.xml", "news-sitemap.xml", "opensearch.xml",
        "favicon.ico", "sitemap", "sitemaps", ".well-known", "websub", "category",
    }
)  # fmt: skip


def looked_up(alias: str) -> str:
    """An alias as the site compares it."""
    path, mark, query = alias.partition("?")
    return unicodedata.normalize("NFC", unquote(path)) + mark + query


def _alias(value: str) -> str:
    form = looked_up(value)
    path, _, query = form.partition("?")
    if not _SHAPE.fullmatch(value) or value.startswith("//") or "\ufffd" in form:
        raise ValueError("must be a path on this site, beginning with one /")
    one_line(form)
    segments = path.split("/")
    if "." in segments or ".." in segments:
        raise ValueError("must not hold . or .. as a segment")
    if segments[1].lower() in _RESERVED or (path == "/" and not query):
        raise ValueError("belongs to the site itself")
    return value


Alias = Annotated[str, StringConstraints(max_length=500), AfterValidator(one_line), AfterValidator(_alias)]
