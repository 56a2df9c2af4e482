"""How does a feed read as Atom (RFC 4287), tombstones as RFC 6721?"""

from services.render.domain.entry import Entry
from services.render.domain.feed import FeedHead, Frame, Tombstone
from services.render.domain.instants import exact, rfc3339
from services.render.domain.markup import element, escape, escape_clean
from services.render.domain.media import media
from services.render.domain.rss import HISTORY, links, prologue
from services.render.domain.site import Site
from services.render.domain.story_text import content_html, summary_of, title_of
from shared.events import Term

TYPE = "application/atom+xml"
_NAMESPACES = 'xmlns="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/"'
#: Declared where it is used: few feeds have a tombstone, and a validator warns of a namespace that it does not know.
_TOMBSTONES = 'xmlns:at="http://purl.org/atompub/tombstones/1.0"'


def item(one: Entry, site: Site, words: dict[str, str], *, update: bool = False) -> bytes:
    """A story's entry; with `update` as the feed of corrections shows it."""
    article = one.article
    parts = [
        f'<entry xml:lang="{escape(article.language)}"><id>{one.urn}</id>',
        element("title", title_of(one, words, update=update)),
        f'<link rel="alternate" type="text/html" href="{escape(one.url)}"/>',
        f"<published>{rfc3339(one.published)}</published><updated>{exact(one.updated)}</updated>",
        *(_person(who.name, who.url) for who in article.authors),
        *(_category(term, "section", site) for term in article.sections),
        *(_category(term, "tag", site) for term in article.tags),
        element("summary", summary_of(one)),
        f'<content type="html">{escape_clean(content_html(one, words, site))}</content>',
        media(one, site),
        element("rights", article.rights.copyright if article.rights else None),
        "</entry>\n",
    ]
    return "".join(parts).encode()


def tombstone(gone: Tombstone, words: dict[str, str]) -> bytes:
    """What stays of a killed story: an entry in the old one's place, and a deleted-entry for readers that know it.

    Its address would repeat its headline. Without a link an entry needs content (RFC 4287 §4.1.2).
    """
    killed = exact(gone.killed)
    return (
        f"<entry><id>{gone.urn}</id>{element('title', words['withdrawn'])}"
        f"<updated>{killed}</updated>{element('summary', gone.note)}"
        f'<content type="text">{escape(gone.note)}</content></entry>\n'
        f'<at:deleted-entry {_TOMBSTONES} ref="{gone.urn}" when="{killed}">'
        f"{element('at:comment', gone.note)}</at:deleted-entry>\n"
    ).encode()


def frame(head: FeedHead, site: Site) -> Frame:
    """What stands around the entries. Without any `updated` (required) is the beginning of time: no clock may enter."""
    history = HISTORY if head.archived else ""
    opening = (
        f'{prologue(site)}<feed {_NAMESPACES}{history} xml:lang="{escape(head.language)}">'
        f"{element('id', head.feed_url or head.self_url)}{element('title', head.title)}"
        f"{element('subtitle', head.description)}"
        f"<updated>{exact(head.updated or 0)}</updated><author>{element('name', site.title)}</author>"
        f'{links(head, site, "link", TYPE)}<link rel="alternate" type="text/html" href="{escape(head.page_url)}"/>'
        f"{'<fh:archive/>' if head.archived else ''}\n"
    )
    return Frame(opening.encode(), b"", b"</feed>\n")


def _person(name: str, url: str | None) -> str:
    return f"<author>{element('name', name)}{element('uri', url)}</author>"


def _category(term: Term, kind: str, site: Site) -> str:
    """A section and a tag of one name are two things: the scheme, where their pages are, tells them apart."""
    scheme = f"{site.url}/{kind}/"
    return f'<category term="{escape(term.slug)}" scheme="{escape(scheme)}" label="{escape(term.name)}"/>'
