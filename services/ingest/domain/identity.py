"""Which story is it?"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

from services.ingest.domain.problems import InvalidFields

EXTERNAL_ID: Final = re.compile(r"[A-Za-z0-9._~:-]{1,200}")


@dataclass(frozen=True, slots=True)
class Identity:
    """A story as its publisher names it; `publisher` is the publisher's slug."""

    publisher: str
    external_id: str

    @property
    def story_id(self) -> str:
        """The id by which everybody else knows it."""
        return _text(self.publisher, self.external_id)


@lru_cache(4096)
def story_id(publisher: str, external_id: str) -> UUID:
    """The one id of a publisher's external id, for ever."""
    return uuid5(NAMESPACE_URL, f"newswire:{publisher}/{external_id}")


@lru_cache(4096)
def _text(publisher: str, external_id: str) -> str:
    return str(story_id(publisher, external_id))


def identity(publisher: str, external_id: object) -> Identity:
    """Check an external id; InvalidFields when it is none."""
    if not isinstance(external_id, str) or not EXTERNAL_ID.fullmatch(external_id):
        raise InvalidFields([("/external_id", "must be 1 to 200 characters of A-Z a-z 0-9 . _ ~ : -")])
    return Identity(publisher, external_id)
