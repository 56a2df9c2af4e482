"""What would the W3C's feed validator, and JSON Feed's, object to? Their errors, and their warnings."""

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import orjson
from lxml import etree  # type: ignore[import-untyped]  # it has no types
from lxml import html as lxml_html

NAMES = {
    "a": "http://www.w3.org/2005/Atom",
    "at": "http://purl.org/atompub/tombstones/1.0",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "fh": "http://purl.org/syndication/history/1.0",
    "media": "http://search.yahoo.com/mrss/",
    "os": "http://a9.com/-/spec/opensearch/1.1/",
}
_CHANNEL = {"title", "link", "description", "language", "lastBuildDate", "a:link", "fh:archive", "item"} | {
    *("os:totalResults", "os:startIndex", "os:itemsPerPage", "os:Query"),
}
_ITEM = {
    *("title", "link", "description", "guid", "pubDate", "category", "a:updated", "dc:creator", "dc:rights"),
    *("dc:language", "content:encoded", "media:content"),
}
_REPEATED = {"category", "dc:creator", "a:link", "item"}
_MEDIA = {"media:description", "media:credit", "media:copyright", "media:thumbnail"}
_DATE = re.compile(
    r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d GMT"
)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_ABSOLUTE = re.compile(r"(https?|mailto|tel|urn):[!-~]+")
_UNSAFE = {"script", "style", "iframe", "object", "embed", "form", "input", "meta", "link", "base"}


def problems(body: bytes, own: str) -> list[str]:
    """All that is wrong with a feed whose address is `own`."""
    if body.startswith(b"{"):
        return list(_json(orjson.loads(body), own))
    root = etree.fromstring(body)
    found = _rss(root, own) if root.tag == "rss" else _atom(root, own)
    return [*found, *_archive(root), *_unused(root)]


@cache
def schema() -> Any:
    """RFC 4287 as a schema."""
    return etree.RelaxNG(etree.parse(Path(__file__).parent / "atom.rng"))


def _atom(root: Any, own: str) -> Iterator[str]:
    if not schema().validate(root):
        yield from map(str, schema().error_log)
    yield from _self(root.findall("a:link", NAMES), own, "application/atom+xml")
    entries = root.findall("a:entry", NAMES)
    yield from _twice("id", [one.findtext("a:id", "", NAMES) for one in entries])
    yield from _twice("updated", [one.findtext("a:updated", "", NAMES) for one in entries])
    for one in entries:
        content = one.find("a:content", NAMES)
        if content is not None and content.get("type") == "html":
            yield from content_problems(content.text or "")
        if not one.findall("a:link[@rel='alternate']", NAMES) and content is None:
            yield "an entry with neither a page nor content (RFC 4287 4.1.2)"
        pairs = [(each.get("scheme"), each.get("term")) for each in one.findall("a:category", NAMES)]
        yield from _twice("category", pairs)
        yield from _media(one)
    for gone in root.findall("at:deleted-entry", NAMES):
        if not _TIME.fullmatch(gone.get("when", "")) or not _ABSOLUTE.fullmatch(gone.get("ref", "")):
            yield "a tombstone without when or ref (RFC 6721 3)"


def _rss(root: Any, own: str) -> Iterator[str]:
    if root.get("version") != "2.0" or [one.tag for one in root] != ["channel"]:
        yield "not RSS 2.0"
    channel = root[0]
    yield from _children(channel, _CHANNEL, {"title", "link", "description"})
    yield from _self(channel.findall("a:link", NAMES), own, "application/rss+xml")
    if any(not re.fullmatch("[!-~]+", one.get("searchTerms", "")) for one in channel.findall("os:Query", NAMES)):
        yield "words that were looked for, not encoded as OpenSearch wants it"
    items = channel.findall("item")
    yield from _twice("guid", [one.findtext("guid", "") for one in items])
    for one in items:
        yield from _item(one)


def _item(one: Any) -> Iterator[str]:
    yield from _children(one, _ITEM, {"title", "description", "guid", "pubDate"})
    names = [_name(child) for child in one]
    if "content:encoded" in names and "description" in names[names.index("content:encoded") :]:
        yield "description after content (RSS Profile)"
    yield from content_problems(one.findtext("content:encoded", "", NAMES))
    guid, link = one.find("guid"), one.findtext("link")
    is_link = guid is not None and guid.get("isPermaLink") != "false"
    for address in (link, guid.text if is_link else None):
        if address is not None and not re.fullmatch(r"https?://[!-~]+", address):
            yield f"{address} is no address of the web"
    if not _DATE.fullmatch(one.findtext("pubDate", "")):
        yield "pubDate is not as RFC 822 and RSS want it"
    if not _TIME.fullmatch(one.findtext("a:updated", "2026-01-01T00:00:00Z", NAMES)):
        yield "atom:updated is not as RFC 3339 wants it"
    yield from _media(one)


def _media(one: Any) -> Iterator[str]:
    for media in one.findall("media:content", NAMES):
        for picture in (media, *media.findall("media:thumbnail", NAMES)):
            numbers = [picture.get(name, "") for name in ("width", "height")]
            if not (_ABSOLUTE.fullmatch(picture.get("url", "")) and all(map(str.isdigit, numbers))):
                yield "a picture without an address or a size"
        if {_name(child) for child in media} - _MEDIA:
            yield "unknown words of a picture"


def _children(parent: Any, known: set[str], needed: set[str]) -> Iterator[str]:
    counted = Counter(map(_name, parent))
    yield from (f"unknown <{name}>" for name in counted.keys() - known)
    yield from (f"<{parent.tag}> without <{name}>" for name in needed - counted.keys())
    yield from (f"<{name}> {number} times" for name, number in counted.items() if number > 1 and name not in _REPEATED)
    for child in parent:
        if not len(child) and not (child.text or "").strip() and not child.attrib and _name(child) != "fh:archive":
            yield f"<{_name(child)}> is empty"


def _self(links: list[Any], own: str, kind: str) -> Iterator[str]:
    found = [(one.get("href"), one.get("type")) for one in links if one.get("rel") == "self"]
    if found != [(own, kind)]:
        yield f"says that it is at {found}, is at {own}"


def _archive(root: Any) -> Iterator[str]:
    rels = {one.get("rel") for one in root.iter(f"{{{NAMES['a']}}}link")}
    if root.find(".//fh:archive", NAMES) is None:
        return
    if "current" not in rels:
        yield "an archive that does not lead to what is current (RFC 5005 4)"
    if not rels & {"prev-archive", "next-archive"}:
        yield "an archive that leads to no other"


def _unused(root: Any) -> Iterator[str]:
    """A namespace that is declared for nothing makes validators that do not know it warn for nothing."""
    used = {etree.QName(one).namespace for one in root.iter(etree.Element)}
    if NAMES["at"] in root.nsmap.values() and NAMES["at"] not in used:
        yield "tombstones are announced and there is none"


def content_problems(text: str) -> Iterator[str]:
    """What is wrong with the markup of an entry."""
    if not text.strip():
        return
    for one in lxml_html.fragment_fromstring(text, create_parent="div").iter(etree.Element):
        if one.tag in _UNSAFE or any(name.startswith("on") or name == "style" for name in one.attrib):
            yield f"<{one.tag}> may do harm"
        addresses = [one.get(name) for name in ("href", "src", "cite", "poster") if one.get(name)]
        addresses += [part.split()[0] for part in (one.get("srcset") or "").split(",") if part.strip()]
        yield from (f"{address} is relative" for address in addresses if not _ABSOLUTE.fullmatch(address))


def _json(feed: Any, own: str) -> Iterator[str]:
    if (feed.get("version"), feed.get("feed_url")) != ("https://jsonfeed.org/version/1.1", own) or not feed["title"]:
        yield "not JSON Feed 1.1, or from elsewhere"
    for name in ("home_page_url", "next_url", "favicon"):
        if not _ABSOLUTE.fullmatch(feed.get(name, "urn:none")):
            yield f"{name} is not whole"
    yield from _twice("id", [one["id"] for one in feed["items"]])
    for one in feed["items"]:
        if not ("content_html" in one or "content_text" in one):
            yield "an item without content"
        yield from content_problems(one.get("content_html", ""))
        dates = [one[name] for name in ("date_published", "date_modified") if name in one]
        yield from (f"{date} is no date of RFC 3339" for date in dates if not _TIME.fullmatch(date))
        yield from (
            f"{one[key]} is not whole" for key in ("url", "image") if not _ABSOLUTE.fullmatch(one.get(key, "urn:x"))
        )
        yield from (f"{key} is of no JSON Feed" for key in one.keys() - _JSON_ITEM if not key.startswith("_"))


_JSON_ITEM = {
    *("id", "url", "external_url", "title", "content_html", "content_text", "summary", "image", "banner_image"),
    *("date_published", "date_modified", "authors", "tags", "language", "attachments"),
}


def _twice(what: str, values: list[Any]) -> Iterator[str]:
    yield from (f"{what} {value} stands twice" for value, number in Counter(values).items() if number > 1)


def _name(element: Any) -> str:
    name = etree.QName(element)
    prefix = next((short for short, full in NAMES.items() if full == name.namespace), "")
    return f"{prefix}:{name.localname}" if prefix else str(name.localname)
