"""How do feeds name a story's picture (Media RSS), with its words, its credit and its smaller copy?"""

from services.render.domain.entry import Entry
from services.render.domain.markup import element, escape, uri
from services.render.domain.site import Site


def media(one: Entry, site: Site) -> str:
    """The picture of an entry, the same in RSS and Atom; nothing without one."""
    image = one.article.image
    if image is None:
        return ""
    small = one.thumb or image
    return (
        f'<media:content url="{_address(site, image.path)}" medium="image" type="{escape(image.content_type)}" '
        f'fileSize="{image.bytes}" width="{image.width}" height="{image.height}">'
        f"{element('media:description', image.caption or image.alt)}"
        f"{element('media:credit', image.credit)}{element('media:copyright', image.rights)}"
        f'<media:thumbnail url="{_address(site, small.path)}" width="{small.width}" height="{small.height}"/>'
        "</media:content>"
    )


def _address(site: Site, path: str) -> str:
    return escape(uri(site.url + path))
