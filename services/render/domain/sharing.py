"""What is shown where a story, or a list that it leads, is shared: its picture, else a card that the site draws?"""

from typing import Any, Final

from services.render.domain.entry import Entry
from services.render.domain.markup import uri
from services.render.domain.pictures import cuts
from services.render.domain.site import Site

#: No site where stories are shared shows one.
_DRAWING: Final = "image/svg+xml"


def share_image(one: Entry, site: Site) -> dict[str, Any]:
    """`{url, width, height, type, alt}`: the picture, cut to size, or the card with the headline."""
    image = one.article.image
    if image is not None:
        for cut in cuts(image)[:1]:
            return _shared(site.url + uri(cut.path), cut.width, cut.height, "image/jpeg", image.alt)
        if image.content_type != _DRAWING:
            return _shared(site.url + uri(image.path), image.width, image.height, image.content_type, image.alt)
    return _shared(f"{one.url}share.png", 1200, 630, "image/png", one.article.headline)


def _shared(url: str, width: int, height: int, kind: str, alt: str) -> dict[str, Any]:
    return {"url": url, "width": width, "height": height, "type": kind, "alt": alt}
