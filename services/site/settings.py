"""What can be tuned about serving readers?"""

from typing import Annotated, ClassVar

from pydantic import Field

from shared.settings import Settings


class SiteSettings(Settings):
    """The process' settings and those of the site alone (`NEWSWIRE_SITE_…`)."""

    service: ClassVar[str | None] = "site"

    #: Megabytes of pages, in all their encodings, that are held ready.
    site_memory_mb: Annotated[int, Field(ge=1, le=16_384)] = 64
