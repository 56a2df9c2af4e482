"""What do search engines learn of a story (schema.org NewsArticle), safely inside a script element?

One element, so that it is the page's one statement; the way that leads here (BreadcrumbList) hangs on the page that it
belongs to.
"""

from functools import lru_cache
from typing import Any

import orjson

from services.render.domain.entry import Entry
from services.render.domain.instants import micros, rfc3339
from services.render.domain.licence import licence
from services.render.domain.lists import path_of
from services.render.domain.markup import clean, uri
from services.render.domain.pictures import cuts
from services.render.domain.sharing import share_image
from services.render.domain.site import Site
from shared.events import Rights

_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
#: The site draws it (services/site/adapters/drawing.py).
_ICON, _ICON_SIZE = "/icon-512.png", 512


def script_safe(data: dict[str, Any] | str) -> str:
    """JSON that no HTML parser can be led out of: the five characters that matter become escapes of JSON."""
    text = clean(orjson.dumps(data).decode())
    for character, escaped in _ESCAPES.items():
        text = text.replace(character, escaped)
    return text


def json_ld(one: Entry, site: Site) -> str:
    """The NewsArticle of a story."""
    article, canonical = one.article, one.article.canonical_url
    fields: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "@id": one.urn,
        "mainEntityOfPage": {"@type": "WebPage", "@id": one.url, "breadcrumb": _breadcrumb(one, site)},
        "url": one.url,
        "isBasedOn": canonical if canonical != one.url else None,
        "headline": article.headline,
        "description": article.dek,
        "datePublished": rfc3339(one.published),
        "dateModified": rfc3339(one.updated),
        "inLanguage": article.language,
        "wordCount": article.word_count,
        "timeRequired": f"PT{article.reading_minutes}M" if article.reading_minutes else None,
        "genre": article.genre,
        "isAccessibleForFree": True,
        "articleSection": [term.name for term in article.sections],
        "keywords": [term.name for term in article.tags],
        "author": [_author(who.name, who.url or site.url + path_of(f"author/{who.slug}")) for who in article.authors],
        "publisher": publisher(site),
        "image": _image(one, site),
        **_rights(article.rights),
        "correction": [
            {"@type": "CorrectionComment", "text": note.note, "datePublished": rfc3339(micros(note.at))}
            for note in one.corrections
            if note.note
        ],
    }
    return script_safe(_said(fields))


def _said(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value not in (None, "", [])}


def _author(name: str, url: str) -> dict[str, str]:
    return {"@type": "Person", "name": name, "url": url}


@lru_cache(64)
def publisher(site: Site) -> dict[str, Any]:
    """Who publishes the site."""
    icon = {"@type": "ImageObject", "url": f"{site.url}{_ICON}", "width": _ICON_SIZE, "height": _ICON_SIZE}
    return {
        "@type": "NewsMediaOrganization",
        "name": site.title,
        "url": f"{site.url}/",
        "logo": icon,
        "publishingPrinciples": f"{site.url}/about/",
        "correctionsPolicy": f"{site.url}/corrections/",
    }


def _breadcrumb(one: Entry, site: Site) -> dict[str, Any]:
    """Front page, section, story."""
    steps = [(site.title, f"{site.url}/")]
    steps += [(term.name, site.url + path_of(f"section/{term.slug}")) for term in one.article.sections[:1]]
    steps.append((one.article.headline, one.url))
    items = [
        {"@type": "ListItem", "position": place, "name": name, "item": url}
        for place, (name, url) in enumerate(steps, 1)
    ]
    return {"@type": "BreadcrumbList", "itemListElement": items}


def _image(one: Entry, site: Site) -> list[dict[str, Any]] | dict[str, Any]:
    """The picture; with its cuts after it where it is large enough for them. Without any, the card that is shared."""
    image = one.article.image
    if image is None:
        card = share_image(one, site)
        return {"@type": "ImageObject", **{name: card[name] for name in ("url", "width", "height")}}
    words = {"creditText": image.credit, "copyrightNotice": image.rights}
    sizes = [(image.path, image.width, image.height), *((cut.path, cut.width, cut.height) for cut in cuts(image))]
    found = [
        _said(
            {
                "@type": "ImageObject",
                "url": uri(site.url + path),
                "width": width or None,
                "height": height or None,
                "caption": image.caption,
                **words,
            }
        )
        for path, width, height in sizes
    ]
    return found if len(found) > 1 else found[0]


def _rights(rights: Rights | None) -> dict[str, Any]:
    """A licence has an address, or at least a name."""
    if rights is None:
        return {}
    found = licence(rights.license)
    named = {"@type": "CreativeWork", "name": found.name} if found else None
    return {
        "license": (found.url or named) if found else None,
        "usageInfo": {"@type": "CreativeWork", "text": rights.usage_terms} if rights.usage_terms else None,
        "copyrightNotice": rights.copyright,
    }
