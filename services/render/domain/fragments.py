"""Which parts of a story are the same in every list, and how long are they kept?

A feed of 50 is a join of 50 byte strings, a list page takes ready cards; both are made once for a story's version.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from services.render.domain.feed import Piece

Card = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FeedPieces:
    """One story in the three formats."""

    rss: Piece
    atom: Piece
    json: Piece

    @property
    def size(self) -> int:
        """Bytes held."""
        return sum(len(one.body) + len(one.packed) for one in (self.rss, self.atom, self.json))


class Fragments(Protocol):
    """A bounded memory of rendered parts. Used from the threads that read the index and from those that paint."""

    def cards(self, wanted: Mapping[str, int]) -> Mapping[str, Card | None]:
        """The cards of these versions of stories; None for those that are not held."""

    def pieces(self, story_id: str, version: int, *, update: bool) -> FeedPieces | None:
        """The feed entries of this version, if they are held; `update`: as the feed of corrections shows them."""

    def keep_card(self, story_id: str, version: int, card: Card) -> None:
        """Remember a card."""

    def keep_pieces(self, story_id: str, version: int, pieces: FeedPieces, *, update: bool) -> None:
        """Remember feed entries."""
