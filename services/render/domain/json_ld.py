"""What do search engines learn of a story (schema.org NewsArticle), safely inside a script element?"""

from typing import Any

import orjson

from services.render.domain.entry import Entry
from services.render.domain.instants import rfc3339
from services.render.domain.lists import path_of
from services.render.domain.markup import clean, uri
from services.render.domain.site import Site

_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def script_safe(data: dict[str, Any]) -> str:
    """JSON that no HTML parser can be led out of: the five characters that matter become escapes of JSON."""
    text = clean(orjson.dumps(data).decode())
    for character, escaped in _ESCAPES.items():
        text = text.replace(character, escaped)
    return text


def json_ld(one: Entry, site: Site) -> str:
    """The NewsArticle of a story."""
    article = one.article
    fields: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "@id": one.urn,
        "mainEntityOfPage": one.url,
        "url": one.url,
        "headline": article.headline,
        "description": article.dek,
        "datePublished": rfc3339(one.published),
        "dateModified": rfc3339(one.updated),
        "inLanguage": article.language,
        "wordCount": article.word_count,
        "genre": article.genre,
        "isAccessibleForFree": True,
        "articleSection": [term.name for term in article.sections],
        "keywords": [term.name for term in article.tags],
        "author": [_author(who.name, who.url or site.url + path_of(f"author/{who.slug}")) for who in article.authors],
        "publisher": {"@type": "NewsMediaOrganization", "name": site.title, "url": f"{site.url}/"},
        "image": _image(one, site),
        "license": article.rights.license if article.rights else None,
        "copyrightNotice": article.rights.copyright if article.rights else None,
        "correction": [
            {"@type": "CorrectionComment", "text": note.note, "datePublished": note.at.isoformat()}
            for note in one.corrections
            if note.note
        ],
    }
    return script_safe({name: value for name, value in fields.items() if value not in (None, "", [])})


def _author(name: str, url: str) -> dict[str, str]:
    return {"@type": "Person", "name": name, "url": url}


def _image(one: Entry, site: Site) -> dict[str, Any] | None:
    image = one.article.image
    if image is None:
        return None
    fields = {
        "@type": "ImageObject",
        "url": uri(site.url + image.path),
        "width": image.width,
        "height": image.height,
        "caption": image.caption,
        "creditText": image.credit,
        "copyrightNotice": image.rights,
    }
    return {name: value for name, value in fields.items() if value}
