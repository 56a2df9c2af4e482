"""How does a feed read as RSS 2.0?"""

from services.render.domain.entry import Entry
from services.render.domain.feed import FeedHead, Frame, Tombstone
from services.render.domain.instants import rfc822, rfc3339
from services.render.domain.markup import element, escape, uri
from services.render.domain.site import Site
from services.render.domain.story_text import full_html, title_of

_NAMESPACES = (
    'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/"'
)


def cdata(html: str) -> str:
    """Clean markup that needs no escaping; the end mark of the section cannot occur in it."""
    return "<![CDATA[" + html.replace("]]>", "]]]]><![CDATA[>") + "]]>"


def item(one: Entry, site: Site, words: dict[str, str], *, update: bool = False) -> bytes:
    """A story's item; with `update` as the feed of corrections shows it."""
    article = one.article
    parts = [
        "<item>",
        element("title", title_of(one, words, update=update)),
        element("link", one.url),
        f'<guid isPermaLink="false">{one.urn}</guid>',
        f"<pubDate>{rfc822(one.published)}</pubDate>",
        f"<atom:updated>{rfc3339(one.updated)}</atom:updated>",
        *(element("dc:creator", who.name) for who in article.authors),
        *(element("category", term.name) for term in (*article.sections, *article.tags)),
        element("description", article.dek),
        f"<content:encoded>{cdata(full_html(one, words))}</content:encoded>",
        _media(one, site),
        element("dc:rights", article.rights.copyright if article.rights else None),
        element("dc:language", article.language),
        "</item>\n",
    ]
    return "".join(parts).encode()


def tombstone(gone: Tombstone, words: dict[str, str]) -> bytes:
    """What stays of a killed story: its id, *Withdrawn*, the public note. Its address would repeat its headline."""
    return (
        f"<item>{element('title', words['withdrawn'])}"
        f'<guid isPermaLink="false">{gone.urn}</guid><pubDate>{rfc822(gone.killed)}</pubDate>'
        f"<atom:updated>{rfc3339(gone.killed)}</atom:updated>{element('description', gone.note)}</item>\n"
    ).encode()


def frame(head: FeedHead) -> Frame:
    """What stands around the items."""
    opening = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" {_NAMESPACES}>\n<channel>'
        f"{element('title', head.title)}{element('link', head.page_url)}"
        f"<description>{escape(head.description)}</description>{element('language', head.language)}"
        f'<atom:link rel="self" type="application/rss+xml" href="{escape(head.self_url)}"/>'
    )
    if head.updated is not None:
        opening += f"<lastBuildDate>{rfc822(head.updated)}</lastBuildDate>"
    return Frame(f"{opening}\n".encode(), b"", b"</channel>\n</rss>\n")


def _media(one: Entry, site: Site) -> str:
    image = one.article.image
    if image is None:
        return ""
    address = escape(uri(site.url + image.path))
    return (
        f'<media:content url="{address}" medium="image" type="{escape(image.content_type)}" '
        f'fileSize="{image.bytes}" width="{image.width}" height="{image.height}">'
        f"{element('media:description', image.caption or image.alt)}"
        f"{element('media:credit', image.credit)}{element('media:copyright', image.rights)}</media:content>"
    )
