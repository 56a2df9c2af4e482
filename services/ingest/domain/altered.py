"""What do readers see differently since the content before?"""

from collections.abc import Mapping
from typing import Final

from services.ingest.domain.fields import StoryFields

#: What a page's history names, and the fields that it stands for, in the order in which it names them. What a reader
#: does not see (addresses, expiry, who is told) is not named.
SEEN: Final[Mapping[str, tuple[str, ...]]] = {
    "headline": ("headline",),
    "summary": ("dek",),
    "text": ("body_html",),
    "photo": ("image",),
    "byline": ("authors",),
    "sections": ("sections",),
    "topics": ("tags",),
    "label": ("genre", "priority", "sponsored"),
    "licence": ("rights",),
}


def altered(before: StoryFields, after: StoryFields, *, redated: bool) -> tuple[str, ...]:
    """The names of what differs between two contents; `redated`: the date of publication is another, too."""
    found = [
        name
        for name, fields in SEEN.items()
        if any(getattr(before, field) != getattr(after, field) for field in fields)
    ]
    return (*found, "date") if redated else tuple(found)
