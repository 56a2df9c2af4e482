"""What can be tuned about pages and feeds?"""

import re
from typing import Annotated, ClassVar, Final

from pydantic import field_validator
from pydantic_settings import NoDecode

from shared.settings import Settings

#: Every publisher.
ALL: Final = "all"


class RenderSettings(Settings):
    """The process' settings and those of render alone (`NEWSWIRE_RENDER_…`)."""

    service: ClassVar[str | None] = "render"

    #: Publishers (slugs, separated by commas, or `all`) whose stories stand in feeds as their summary only: readers
    #: come to the page for the rest. All others are told in full.
    render_summaries: Annotated[frozenset[str], NoDecode] = frozenset()

    @field_validator("render_summaries", mode="before")
    @classmethod
    def _slugs(cls, value: object) -> object:
        return frozenset(re.split(r"[,\s]+", value.strip())) - {""} if isinstance(value, str) else value
