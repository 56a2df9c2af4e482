"""What stands in the log where a story's content was?"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import orjson

from services.ingest.domain.telling import Kind, terms
from shared.events import Redactor

REDACTED: Final = "Redacted"
_DIGEST: Final = re.compile("[0-9a-f]{64}")
#: The kill's own reason, where the redaction killed the story.
KILL_REASON: Final = "Redacted by order of a court"
#: Whose word a redaction waits for.
SERVICES: Final[tuple[Redactor, ...]] = ("enrich", "render", "site", "notify", "desk")


@dataclass(frozen=True, slots=True)
class Redaction:
    """One story's, and how far it is; `confirmed` are services with the time of their word."""

    story_id: str
    revision: int
    actor: str
    reason: str
    at: datetime
    lists: tuple[str, ...]
    pictures: tuple[str, ...]
    settled_at: datetime | None
    told_at: datetime | None
    done_at: datetime | None
    confirmed: tuple[tuple[str, datetime], ...]

    @property
    def missing(self) -> tuple[Redactor, ...]:
        """Services that have not confirmed it."""
        done = {service for service, _ in self.confirmed}
        return tuple(one for one in SERVICES if one not in done)


def overwritten(content: bytes) -> bytes:
    """Fields that are a story and say nothing; `extra.sha256` is the hash of what was pushed, as a proof."""
    return content if is_overwritten(content) else _placeholder(hashlib.sha256(content).hexdigest())


def is_overwritten(content: bytes) -> bool:
    """Is this what stands there already, to the last byte?"""
    extra = orjson.loads(content).get("extra")
    digest = str(extra.get("sha256")) if isinstance(extra, dict) else ""
    return bool(_DIGEST.fullmatch(digest)) and content == _placeholder(digest)


def pictures_of(contents: Iterable[bytes]) -> set[str]:
    """SHA-256 of the addresses of the pictures that these contents name."""
    images = (orjson.loads(content).get("image") for content in contents)
    return {hashlib.sha256(image["url"].encode()).hexdigest() for image in images if image}


def terms_of(contents: Iterable[bytes]) -> set[tuple[Kind, str]]:
    """The sections, tags and authors that these contents name, by slug."""
    return {key for content in contents for key in terms(content)}


def _placeholder(digest: str) -> bytes:
    return orjson.dumps({"headline": REDACTED, "body_html": f"<p>{REDACTED}.</p>", "extra": {"sha256": digest}})
