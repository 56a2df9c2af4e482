"""How does a feed read as Atom (RFC 4287), tombstones as RFC 6721?"""

from services.render.domain.entry import Entry
from services.render.domain.feed import FeedHead, Frame, Tombstone
from services.render.domain.instants import rfc3339
from services.render.domain.markup import element, escape, escape_clean, uri
from services.render.domain.site import Site
from services.render.domain.story_text import full_html, title_of

_NAMESPACES = (
    'xmlns="http://www.w3.org/2005/Atom" xmlns:at="http://purl.org/atompub/tombstones/1.0" '
    'xmlns:media="http://search.yahoo.com/mrss/"'
)


def item(one: Entry, site: Site, words: dict[str, str], *, update: bool = False) -> bytes:
    """A story's entry; with `update` as the feed of corrections shows it."""
    article = one.article
    parts = [
        f'<entry xml:lang="{escape(article.language)}"><id>{one.urn}</id>',
        element("title", title_of(one, words, update=update)),
        f'<link rel="alternate" type="text/html" href="{escape(one.url)}"/>',
        f"<published>{rfc3339(one.published)}</published><updated>{rfc3339(one.updated)}</updated>",
        *(_person(who.name, who.url) for who in article.authors),
        *(
            f'<category term="{escape(term.slug)}" label="{escape(term.name)}"/>'
            for term in (*article.sections, *article.tags)
        ),
        element("summary", article.dek),
        f'<content type="html">{escape_clean(full_html(one, words))}</content>',
        _media(one, site),
        element("rights", article.rights.copyright if article.rights else None),
        "</entry>\n",
    ]
    return "".join(parts).encode()


def tombstone(gone: Tombstone, words: dict[str, str]) -> bytes:
    """What stays of a killed story: an entry in the old one's place, and a deleted-entry for readers that know it.

    Its address would repeat its headline. Without a link an entry needs content (RFC 4287 §4.1.2).
    """
    killed = rfc3339(gone.killed)
    return (
        f"<entry><id>{gone.urn}</id>{element('title', words['withdrawn'])}"
        f"<updated>{killed}</updated>{element('summary', gone.note)}"
        f'<content type="text">{escape(gone.note)}</content></entry>\n'
        f'<at:deleted-entry ref="{gone.urn}" when="{killed}">{element("at:comment", gone.note)}</at:deleted-entry>\n'
    ).encode()


def frame(head: FeedHead, site: Site) -> Frame:
    """What stands around the entries. Without any `updated` (required) is the beginning of time: no clock may enter."""
    opening = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<feed {_NAMESPACES} xml:lang="{escape(head.language)}">'
        f"{element('id', head.self_url)}{element('title', head.title)}{element('subtitle', head.description)}"
        f"<updated>{rfc3339(head.updated or 0)}</updated><author>{element('name', site.title)}</author>"
        f'<link rel="self" type="application/atom+xml" href="{escape(head.self_url)}"/>'
        f'<link rel="alternate" type="text/html" href="{escape(head.page_url)}"/>\n'
    )
    return Frame(opening.encode(), b"", b"</feed>\n")


def _person(name: str, url: str | None) -> str:
    return f"<author>{element('name', name)}{element('uri', url)}</author>"


def _media(one: Entry, site: Site) -> str:
    image = one.article.image
    if image is None:
        return ""
    return (
        f'<media:content url="{escape(uri(site.url + image.path))}" medium="image" type="{escape(image.content_type)}" '
        f'width="{image.width}" height="{image.height}">{element("media:credit", image.credit)}</media:content>'
    )
