"""Who may push, and with which key?"""

import hashlib
from collections.abc import Container
from dataclasses import dataclass
from itertools import count
from typing import Final, Literal

from services.ingest.domain.slugs import numbered, slugify

Scope = Literal["push", "read"]
SCOPES: Final[tuple[Scope, ...]] = ("push", "read")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who holds a key, and what it is good for; `publisher` is None for the admin."""

    publisher: str | None
    scopes: frozenset[str]

    @property
    def is_admin(self) -> bool:
        """May this caller do everything, for every publisher?"""
        return self.publisher is None


ADMIN: Final = Caller(None, frozenset(SCOPES))


def key_hash(key: str) -> str:
    """The form in which a key is kept. Keys are 256 random bits: a plain hash cannot be turned back."""
    return hashlib.sha256(key.encode()).hexdigest()


def free_slug(name: str, taken: Container[str]) -> str:
    """The slug of a new publisher: of its name, numbered when another has it."""
    slug = slugify(name) or "publisher"
    return next(one for one in (numbered(slug, number) for number in count(1)) if one not in taken)
