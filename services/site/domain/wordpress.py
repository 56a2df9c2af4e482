"""Where does an address that WordPress, or one of its plugins, once gave a reader lead today?

Sites move here with all their links in the world: searches, categories, months, feeds under several names, pages of
one story. What is known by its number or has an address of its own making (`/?p=12`, `/archives/12`) is not here:
publishers name it among a story's `aliases`.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import parse_qsl, urlencode

from services.site.domain.addresses import wire_form

#: Parameters of a request that are looked at.
_MOST: Final = 50
_FEED_NAMES: Final[Mapping[str, str]] = {
    "feed": "feed/",
    "rss2": "feed/",
    "rss": "feed/",
    "rdf": "feed/",
    "atom": "feed/atom/",
    "json": "feed/json/",
}
#: Parameter of the front page → the list that it names.
_LISTS: Final[Mapping[str, str]] = {"category_name": "section", "tag": "tag", "author_name": "author"}
_FILES: Final[Mapping[str, str]] = {
    "/wp-rss.php": "/feed/",
    "/wp-rss2.php": "/feed/",
    "/wp-rdf.php": "/feed/",
    "/wp-feed.php": "/feed/",
    "/wp-atom.php": "/feed/atom/",
    "/wp-commentsrss2.php": "/comments/feed/",
    "/rss": "/feed/",
    "/rss2": "/feed/",
    "/rdf": "/feed/",
    "/atom": "/feed/atom/",
    "/rss.xml": "/feed/",
    "/feed.xml": "/feed/",
    "/atom.xml": "/feed/atom/",
    "/comments/feed/atom": "/comments/feed/",
    "/wp-sitemap.xml": "/sitemap.xml",
    "/sitemap_index.xml": "/sitemap.xml",
}
_STORY: Final = r"/\d{4}/\d\d/\d\d/[^/]+/"
_FRONTS: Final = frozenset(("/", "/index.php", "/index.php/"))


def moved_for_good(path: str, query: str) -> str | None:
    """The new form (on the wire) of an address of WordPress, or of an over-exact one of ours; None for all others."""
    asked = _asked(query)
    if path in _FRONTS:
        return _front(path, query, asked)
    if path == "/search/":
        return "/search" + _kept(query)
    if found := _FILES.get(path.rstrip("/")):
        return found
    for form, target in _FORMS:
        if match := form.fullmatch(path):
            moved = target(match, asked)
            return moved if moved is None or "?" in moved or "#" in moved else moved + _kept(query)
    return None


def forms(query: str) -> list[str]:
    """The queries under which a publisher may have named a story at the front page.

    The whole one, and its number alone: who shared `/?p=12` added `&utm_source=…` or `&fbclid=…`.
    """
    asked = _asked(query)
    numbers = [f"{name}={asked[name]}" for name in ("p", "page_id") if asked.get(name, "").isalnum()]
    return list(dict.fromkeys((query, *numbers)))


def _front(path: str, query: str, asked: Mapping[str, str]) -> str | None:
    """WordPress answers everything at its front page, too."""
    if "s" in asked:
        return _search(asked["s"], asked.get("paged"), is_feed="feed" in asked)
    for parameter, kind in _LISTS.items():
        if slug := asked.get(parameter):
            return wire_form(f"/{kind}/{slug.rpartition('/')[2]}/") + _part(asked)
    if month := re.fullmatch(r"(\d{4})(\d\d)\d{0,2}", asked.get("m", "")):
        return f"/archive/{month[1]}/{month[2]}/"
    part = "comments/feed/" if asked.get("feed", "").startswith("comments") else _part(asked)
    return None if path == "/" and not part else "/" + (part or _kept(query))


def _part(asked: Mapping[str, str]) -> str:
    """The feed or the page of a list that is asked for."""
    return _FEED_NAMES.get(asked.get("feed", ""), "") or _page(asked.get("paged"))


def _page(number: str | None) -> str:
    is_number = number is not None and number.isascii() and number.isdigit()
    return f"page/{int(number or 0)}/" if is_number and int(number or 0) > 1 else ""


def _search(words: str, page: str | None = None, *, is_feed: bool = False) -> str:
    asked = {"q": words}
    if _page(page):
        asked["page"] = str(int(page or 0))
    if is_feed:
        asked["format"] = "rss"
    return "/search?" + urlencode(asked)


def _section(found: re.Match[str], _asked: Mapping[str, str]) -> str:
    rest = re.sub(r"/feed/(?:rss2|rss|rdf)$", "/feed", found["rest"].rstrip("/"))
    return wire_form(f"/section/{re.sub('/page/0*[01]$', '', rest)}/")


def _searched(found: re.Match[str], asked: Mapping[str, str]) -> str:
    return _search(found["words"], found["page"] or asked.get("paged"), is_feed=found["feed"] is not None)


def _searched_page(found: re.Match[str], asked: Mapping[str, str]) -> str | None:
    return _search(asked["s"], found["page"]) if "s" in asked else None


def _month(found: re.Match[str], _asked: Mapping[str, str]) -> str:
    return f"/archive/{found['month']}/" + (_FEED_NAMES[found["feed"] or "feed"] if found["tail"] else "")


def _asked(query: str) -> dict[str, str]:
    if not query or query.count("&") >= _MOST:
        return {}
    return dict(parse_qsl(query, keep_blank_values=True, max_num_fields=_MOST))


def _kept(query: str) -> str:
    return f"?{query}" if query else ""


#: The first form that an address has decides.
_FORMS: Final[tuple[tuple[re.Pattern[str], Callable[[re.Match[str], Mapping[str, str]], str | None]], ...]] = (
    (re.compile(r"/index\.php(?P<rest>/.+)"), lambda found, _: wire_form(found["rest"])),
    (re.compile(r"/category/(?P<rest>[^/].*)"), _section),
    # A category below another: the last one is the section.
    (
        re.compile(r"/section/(?!.*/(?:feed|page)/)[^/]+/(?P<last>(?!feed$|page$)[^/]+)/?"),
        lambda found, _: wire_form(f"/section/{found['last']}/"),
    ),
    (re.compile(r"(?P<base>.*)/page/(?:0*1|0+)/?"), lambda found, _: wire_form(found["base"]) + "/"),
    (re.compile(r"/page/(?P<page>\d{1,6})/?"), _searched_page),
    (
        re.compile(r"/search/(?P<words>[^/]+)(?:/page/(?P<page>\d{1,6}))?(?P<feed>/feed(?:/(?:rss2|rss|rdf))?)?/?"),
        _searched,
    ),
    (re.compile(rf"(?P<story>{_STORY})feed/atom/?"), lambda found, _: wire_form(found["story"]) + "feed/"),
    (
        re.compile(rf"(?P<story>{_STORY})(?:amp|embed|trackback|\d{{1,3}})/?"),
        lambda found, _: wire_form(found["story"]),
    ),
    (re.compile(rf"(?P<story>{_STORY})comment-page-\d+/?"), lambda found, _: wire_form(found["story"]) + "#comments"),
    (
        re.compile(
            r"/(?P<month>\d{4}/(?:0[1-9]|1[0-2]))(?:/(?:0[1-9]|[12]\d|3[01]))?"
            r"(?P<tail>/feed(?:/(?P<feed>rss2|rss|rdf|atom|json))?)?(?:/page/\d+)?/?"
        ),
        _month,
    ),
    (re.compile(r"(?P<base>.*)/feed/(?:rss2|rss|rdf)/?"), lambda found, _: wire_form(found["base"]) + "/feed/"),
)
