"""What do search engines learn of a list (schema.org), safely inside a script element?

A list is a CollectionPage with an ItemList, an author's a ProfilePage with the person
(https://developers.google.com/search/docs/appearance/structured-data/profile-page); the front page also says what site
this is (…/site-names). Lists are painted with every story: all but the stories is remembered.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from services.render.domain.json_ld import publisher, script_safe
from services.render.domain.lists import FRONT, kind_of, path_of
from services.render.domain.site import Site

Card = Mapping[str, Any]


def list_ld(key: str, title: str, page: int, cards: Sequence[Card], site: Site) -> str:
    """The data of a list's page. `title`: the list's name, the site's for the front page."""
    if kind_of(key) == "author":
        own = path_of(key)
        named = (who["url"] for one in cards for who in one["authors"] if who["path"] == own and who["url"])
        frame = _profile(key, title, page, next(named, None), site)
        return f'{frame[:-1]},"hasPart":[{",".join(_articles(cards, site))}]}}'
    items = ",".join(
        f'{{"@type":"ListItem","position":{place},"url":{_address(one, site)}}}' for place, one in enumerate(cards, 1)
    )
    told = f'"mainEntity":{{"@type":"ItemList","numberOfItems":{len(cards)},"itemListElement":[{items}]}}'
    collection = f"{_collection(key, title, page, site)[:-1]},{told}}}"
    if key == FRONT and page == 1:
        return f'{{"@context":"https://schema.org","@graph":[{_website(site)},{collection}]}}'
    return f'{{"@context":"https://schema.org",{collection[1:]}'


def _articles(cards: Iterable[Card], site: Site) -> Iterable[str]:
    return (
        f'{{"@type":"NewsArticle","headline":{_text(one["headline"])},"url":{_address(one, site)},'
        f'"datePublished":{_text(one["date"]["iso"])}}}'
        for one in cards
    )


def _address(one: Card, site: Site) -> str:
    """An address is percent-encoded: of what matters in a script it may have an ampersand."""
    return f'"{site.url}{one["path"]}"'.replace("&", "\\u0026")


@lru_cache(4096)
def _text(text: str) -> str:
    return script_safe(text)


@lru_cache(4096)
def _profile(key: str, name: str, page: int, url: str | None, site: Site) -> str:
    own = site.url + path_of(key)
    person = {"@type": "Person", "@id": own, "name": name, "url": own, "worksFor": publisher(site)}
    if url is not None:
        person["sameAs"] = [url]
    return script_safe(
        {"@context": "https://schema.org", "@type": "ProfilePage", **_page(key, name, page, site), "mainEntity": person}
    )


@lru_cache(4096)
def _collection(key: str, title: str, page: int, site: Site) -> str:
    return script_safe({"@type": "CollectionPage", **_page(key, title, page, site)})


def _page(key: str, title: str, page: int, site: Site) -> dict[str, Any]:
    address = site.url + path_of(key, page)
    crumbs = [(site.title, f"{site.url}/"), (title, site.url + path_of(key))]
    return {
        "@id": address,
        "url": address,
        "name": title,
        "inLanguage": site.language,
        "isPartOf": {"@type": "WebSite", "name": site.title, "url": f"{site.url}/"},
        "publisher": publisher(site),
        **({} if key == FRONT else {"breadcrumb": _breadcrumb(crumbs)}),
    }


def _breadcrumb(steps: Iterable[tuple[str, str]]) -> dict[str, Any]:
    items = [
        {"@type": "ListItem", "position": place, "name": name, "item": url}
        for place, (name, url) in enumerate(steps, 1)
    ]
    return {"@type": "BreadcrumbList", "itemListElement": items}


@lru_cache(4)
def _website(site: Site) -> str:
    template = f"{site.url}/search?q={{search_term_string}}"
    return script_safe(
        {
            "@type": "WebSite",
            "name": site.title,
            "url": f"{site.url}/",
            "inLanguage": site.language,
            "publisher": publisher(site),
            "potentialAction": {
                "@type": "SearchAction",
                "target": {"@type": "EntryPoint", "urlTemplate": template},
                "query-input": "required name=search_term_string",
            },
        }
    )
