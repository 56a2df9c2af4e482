"""What may a caller see?"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caller:
    """Who holds a key, and what the key is good for; `publisher` is None for the admin."""

    publisher: str | None
    scopes: frozenset[str]

    @classmethod
    def admin(cls) -> "Caller":
        """The holder of the admin key."""
        return cls(None, frozenset({"push", "read"}))

    @property
    def is_admin(self) -> bool:
        """May this caller see and steer everything?"""
        return self.publisher is None

    def may_see(self, publisher: str) -> bool:
        """Own stories, with either scope; the admin sees all."""
        return self.is_admin or self.publisher == publisher
