"""How long are rendered parts kept? As long as memory allows, in this process only: all can be made again."""

from collections import OrderedDict
from collections.abc import Mapping
from threading import Lock
from typing import TypeVar

from services.render.domain.fragments import Card, FeedPieces

K = TypeVar("K")
V = TypeVar("V")


class MemoryFragments:
    """Cards by number, feed entries by size; the longest unused go first."""

    def __init__(self, *, cards: int = 10_000, bytes_of_pieces: int = 40_000_000) -> None:
        """At most `cards` cards and `bytes_of_pieces` of feed entries."""
        self._lock = Lock()
        self._cards: OrderedDict[tuple[str, int], Card] = OrderedDict()
        self._pieces: OrderedDict[tuple[str, int, bool], FeedPieces] = OrderedDict()
        self._most_cards = cards
        self._most_bytes = bytes_of_pieces
        self._bytes = 0

    def cards(self, wanted: Mapping[str, int]) -> Mapping[str, Card | None]:
        """The cards of these versions of stories; None for those that are not held."""
        with self._lock:
            return {one[0]: _get(self._cards, one) for one in wanted.items()}

    def pieces(self, story_id: str, version: int, *, update: bool) -> FeedPieces | None:
        """The feed entries of this version, if they are held; `update`: as the feed of corrections shows them."""
        with self._lock:
            return _get(self._pieces, (story_id, version, update))

    def keep_card(self, story_id: str, version: int, card: Card) -> None:
        """Remember a card."""
        with self._lock:
            self._cards[story_id, version] = card
            if len(self._cards) > self._most_cards:
                self._cards.popitem(last=False)

    def keep_pieces(self, story_id: str, version: int, pieces: FeedPieces, *, update: bool) -> None:
        """Remember feed entries."""
        with self._lock:
            key = (story_id, version, update)
            known = self._pieces.pop(key, None)
            self._bytes += pieces.size - (known.size if known else 0)
            self._pieces[key] = pieces
            while self._bytes > self._most_bytes and self._pieces:
                _, oldest = self._pieces.popitem(last=False)
                self._bytes -= oldest.size


def _get(held: OrderedDict[K, V], key: K) -> V | None:
    found = held.get(key)
    if found is not None:
        held.move_to_end(key)
    return found
