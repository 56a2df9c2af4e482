"""Is the whole sample site sound: no dead link, valid pages, complete data for machines, sitemaps by the rules?"""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
from lxml import etree, html  # type: ignore[import-untyped]  # it has no types
from PIL import Image

from tests.servers.crawl import Site, crawl, json_ld
from tests.servers.newswire import newswire, wait_until
from tests.servers.nu import checker

pytestmark = pytest.mark.timeout(300)
XSD = Path(__file__).parent / "xsd"
SPACES = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "n": "http://www.google.com/schemas/sitemap-news/0.9"}
#: A person, a search for anything, a comment: addresses that only a form fills in, or that never end.
NEVER = r"/live$|/comments$|\{searchTerms\}|/v1/|/desk/|/subscriptions/$"

ADDRESS = {"type": "string", "pattern": "^https?://"}
MOMENT = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$"}
PICTURE = {
    "type": "object",
    "required": ["@type", "url", "width", "height"],
    "properties": {"@type": {"const": "ImageObject"}, "url": ADDRESS, "width": {"minimum": 1}},
}
AUTHOR = {
    "type": "object",
    "required": ["@type", "name", "url"],
    "properties": {"@type": {"enum": ["Person", "Organization"]}, "name": {"minLength": 1}, "url": ADDRESS},
}
CRUMB = {
    "type": "object",
    "required": ["@type", "position", "name", "item"],
    "properties": {"@type": {"const": "ListItem"}, "item": ADDRESS, "name": {"minLength": 1}},
}
#: What https://developers.google.com/search/docs/appearance/structured-data/article asks for and recommends, and
#: /breadcrumb beside it.
ARTICLE = {
    "type": "object",
    "required": [
        *("@context", "@type", "headline", "image", "datePublished", "dateModified", "author", "publisher"),
        *("mainEntityOfPage", "isAccessibleForFree", "inLanguage", "articleSection"),
    ],
    "properties": {
        "@context": {"const": "https://schema.org"},
        "@type": {"const": "NewsArticle"},
        "headline": {"type": "string", "minLength": 1},
        "datePublished": MOMENT,
        "dateModified": MOMENT,
        "isAccessibleForFree": {"const": True},
        "author": {"type": "array", "minItems": 1, "items": AUTHOR},
        "publisher": {"type": "object", "required": ["@type", "name", "url", "logo"], "properties": {"logo": PICTURE}},
        "image": {"anyOf": [PICTURE, {"type": "array", "minItems": 4, "items": PICTURE}]},
        "mainEntityOfPage": {
            "required": ["@id", "breadcrumb"],
            "properties": {
                "breadcrumb": {
                    "required": ["@type", "itemListElement"],
                    "properties": {"itemListElement": {"type": "array", "minItems": 2, "items": CRUMB}},
                }
            },
        },
        "correction": {
            "type": "array",
            "items": {"required": ["@type", "text", "datePublished"], "properties": {"datePublished": MOMENT}},
        },
        "license": {"anyOf": [ADDRESS, {"type": "object", "required": ["@type", "name"]}]},
    },
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The sample as `make run` shows it: everything that can be reached from its front page or is told a machine."""
    with newswire(tmp_path_factory.mktemp("sample"), SAMPLE="yes", CONTACT_EMAIL="desk@site.example") as running:
        stories = wait_until(lambda: _settled(running.url), 60)
        starts = ("/", "/robots.txt", "/sitemap.xml", "/news-sitemap.xml", "/opensearch.xml", "/site.webmanifest")
        seen = crawl(running.url, *starts, "/favicon.ico", "/comments/feed/", "/search?q=the", never=NEVER)
        assert set(stories) <= seen.answers.keys()
        yield seen


def _settled(url: str) -> list[str]:
    """The stories in the sitemap, once all of the wire is there and no list waits to follow."""
    ready = httpx.get(f"{url}/readyz")
    front = httpx.get(f"{url}/corrections/")
    listed = httpx.get(f"{url}/sitemap-1.xml")
    if ready.status_code != 200 or listed.status_code != 200 or front.text.count("<time") < 2:
        return []
    found: list[str] = etree.fromstring(listed.content).xpath("//s:loc/text()", namespaces=SPACES)
    return found if len(found) >= 19 and _is_quiet(url) else []


def _is_quiet(url: str) -> bool:
    """Do all feeds and the front page agree on how many stories there are?"""
    items = len(httpx.get(f"{url}/feed/json/").json()["items"])
    archive = httpx.get(f"{url}/sitemap-1.xml").text.count("<loc>")
    return items >= archive


def test_no_link_of_the_site_is_dead(site: Site) -> None:
    assert site.dead == []
    assert len(site.answers) > 150


def test_every_fragment_leads_to_a_place_on_its_page(site: Site) -> None:
    assert site.lost == []


def test_every_kind_of_page_is_valid_html(site: Site) -> None:
    pages = {url: body for url, body in site.pages.items() if "/page/" not in url and "/subscribe?" not in url}
    _, check = checker()
    assert check({**pages, "404": httpx_missing(site)}) == []


def httpx_missing(site: Site) -> bytes:
    """A page that is not there; asked while the site still runs."""
    return httpx.get(f"{site.url}/nothing/").content


def test_every_story_says_what_google_asks_for(site: Site) -> None:
    told = {url: json_ld(body) for url, body in _stories(site).items()}
    assert len(told) >= 19
    for url, [one] in told.items():
        jsonschema.validate(one, ARTICLE)
        assert (one["url"], one["dateModified"] >= one["datePublished"]) == (url, True)
    assert any("correction" in one for [one] in told.values())


def test_every_list_says_what_it_is_and_shows_itself_well_where_it_is_shared(site: Site) -> None:
    kinds = {
        "section": "CollectionPage",
        "tag": "CollectionPage",
        "author": "ProfilePage",
        "archive": "CollectionPage",
        "page": "CollectionPage",
    }
    lists = {
        url: body for url, body in site.pages.items() if url.removeprefix(f"{site.url}/").partition("/")[0] in kinds
    }
    assert {url.removeprefix(f"{site.url}/").partition("/")[0] for url in lists} >= kinds.keys() - {"page"}
    for url, body in {f"{site.url}/": site.pages[f"{site.url}/"], **lists}.items():
        [one] = json_ld(body)
        if url == f"{site.url}/":
            assert [part["@type"] for part in one["@graph"]] == ["WebSite", "CollectionPage"]
        else:
            assert (one["@type"], one["url"]) == (kinds[url.removeprefix(f"{site.url}/").partition("/")[0]], url)
            jsonschema.validate(one["breadcrumb"]["itemListElement"], {"type": "array", "minItems": 2, "items": CRUMB})
        tree = html.fromstring(body)
        meta = {one.get("property") or one.get("name"): one.get("content") for one in tree.xpath("//head/meta")}
        assert meta["og:url"] == tree.xpath("string(//link[@rel='canonical']/@href)") == url
        picture = site.answers[meta["og:image"]]
        seen = Image.open(io.BytesIO(picture.content))
        assert (str(seen.width), str(seen.height)) == (meta["og:image:width"], meta["og:image:height"])
        assert picture.headers["content-type"] == meta["og:image:type"]
        assert meta["twitter:card"] == "summary_large_image"


def test_pictures_are_what_is_said_of_them(site: Site) -> None:
    said = [
        picture
        for body in _stories(site).values()
        for [one] in [json_ld(body)]
        for picture in (one["image"] if isinstance(one.get("image"), list) else [])
    ]
    ratios = {round(one["width"] / one["height"], 1) for one in said}
    assert {1.8, 1.3, 1.0} <= ratios
    for one in said:
        seen = Image.open(io.BytesIO(site.answers[one["url"]].content))
        assert seen.size == (one["width"], one["height"])


def test_sitemaps_are_as_the_protocol_wants_them(site: Site) -> None:
    index = _valid(site, "/sitemap.xml", "siteindex.xsd")
    files = index.xpath("//s:loc/text()", namespaces=SPACES)
    assert len(index.xpath("//s:lastmod", namespaces=SPACES)) == len(files)
    found: list[str] = []
    for url in files:
        tree = _valid(site, url.removeprefix(site.url), "sitemap.xsd")
        found += tree.xpath("//s:loc/text()", namespaces=SPACES)
    assert len(found) == len(set(found))
    assert {one for one in found if one.startswith(f"{site.url}/20")} == set(_stories(site))


def test_the_news_sitemap_is_as_google_wants_it(site: Site) -> None:
    tree = _valid(site, "/news-sitemap.xml", "sitemap.xsd")
    news = tree.xpath("//n:news", namespaces=SPACES)
    assert 0 < len(news) <= 1000
    rules = etree.XMLSchema(file=str(XSD / "news.xsd"))
    for one in news:
        rules.assertValid(etree.fromstring(etree.tostring(one)))
    assert len(news) == len(tree.xpath("//s:url", namespaces=SPACES))


def _valid(site: Site, path: str, rules: str) -> Any:
    body = site.answers[f"{site.url}{path}"].content
    assert len(body) <= 50 * 1024 * 1024
    tree = etree.fromstring(body)
    etree.XMLSchema(file=str(XSD / rules)).assertValid(tree)
    return tree


def _stories(site: Site) -> dict[str, bytes]:
    return {
        url: body for url, body in site.pages.items() if [one.get("@type") for one in json_ld(body)] == ["NewsArticle"]
    }
