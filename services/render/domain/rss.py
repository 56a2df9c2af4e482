"""How does a feed read as RSS 2.0?"""

from services.render.domain.entry import Entry
from services.render.domain.feed import FeedHead, Frame, Tombstone
from services.render.domain.instants import exact, rfc822
from services.render.domain.markup import as_html, element, escape
from services.render.domain.media import media
from services.render.domain.site import Site
from services.render.domain.story_text import content_html, summary_of, title_of

TYPE = "application/rss+xml"
_NAMESPACES = (
    'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/"'
)
HISTORY = ' xmlns:fh="http://purl.org/syndication/history/1.0"'


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
        f"<atom:updated>{exact(one.updated)}</atom:updated>",
        *(element("dc:creator", who.name) for who in article.authors),
        *(element("category", term.name) for term in (*article.sections, *article.tags)),
        described(summary_of(one)),
        f"<content:encoded>{cdata(content_html(one, words, site))}</content:encoded>",
        media(one, site),
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
        f"<atom:updated>{exact(gone.killed)}</atom:updated>{described(gone.note)}</item>\n"
    ).encode()


def described(text: str) -> str:
    """The description of an item, which readers take for HTML."""
    return element("description", as_html(text))


def frame(head: FeedHead, site: Site) -> Frame:
    """What stands around the items."""
    history = HISTORY if head.archived else ""
    opening = (
        f'{prologue(site)}<rss version="2.0" {_NAMESPACES}{history} xml:lang="{escape(head.language)}">\n<channel>'
        f"{channel(head)}{links(head, site, 'atom:link', TYPE)}{'<fh:archive/>' if head.archived else ''}"
    )
    return Frame(f"{opening}\n".encode(), b"", b"</channel>\n</rss>\n")


def prologue(site: Site) -> str:
    """What stands before the root of a feed: in which style browsers show it."""
    style = f'<?xml-stylesheet type="text/css" href="{escape(site.feed_style)}"?>\n' if site.feed_style else ""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{style}'


def channel(head: FeedHead) -> str:
    """What every channel says of itself."""
    built = f"<lastBuildDate>{rfc822(head.updated)}</lastBuildDate>" if head.updated is not None else ""
    return (
        f"{element('title', head.title)}{element('link', head.page_url)}"
        f"<description>{escape(head.description)}</description>{element('language', head.language)}{built}"
    )


def links(head: FeedHead, site: Site, name: str, kind: str) -> str:
    """Where the document is, which other documents belong to it, and which hub tells of changes."""
    own = (("self", head.self_url), *head.links) if head.self_url else head.links
    written = "".join(f'<{name} rel="{rel}" type="{kind}" href="{escape(address)}"/>' for rel, address in own)
    return f'{written}<{name} rel="hub" href="{escape(site.hub)}"/>' if site.hub and head.has_hub else written
