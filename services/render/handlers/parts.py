"""The parts of pages that come from the cache, or are made once and kept."""

from dataclasses import replace

from services.render.domain import atom, json_feed, rss
from services.render.domain.entry import Entry, card, entry
from services.render.domain.feed import Piece, Tombstone
from services.render.domain.fragments import Card, FeedPieces, Fragments
from services.render.domain.lists import corrected_at
from services.render.domain.sharing import share_image
from services.render.domain.site import Site
from services.render.domain.snapshot import Place, Snapshot, Stored
from services.render.domain.splice import deflated
from services.render.handlers.ports import Templates
from shared.events import WITHDRAWN
from shared.events.stored import unpack_event


class Parts:
    """The parts for one snapshot. Used by one thread."""

    def __init__(
        self, snapshot: Snapshot, site: Site, theme: Templates, words: dict[str, str], cache: Fragments
    ) -> None:
        """What is made here goes into `cache`."""
        self._snapshot = snapshot
        self._site = site
        self._theme = theme
        self._words = words
        self._cache = cache
        self._entries: dict[str, Entry] = {}

    def entry(self, stored: Stored) -> Entry:
        """A story as lists and feeds need it."""
        found = self._entries.get(stored.story_id)
        if found is None:
            event = self._snapshot.events.get(stored.story_id) or unpack_event(stored.doc)
            if event.article is None:
                raise ValueError(f"the index holds no article of {stored.story_id}")
            found = self._entries[stored.story_id] = entry(event.head, event.article, stored.thumb, self._site.url)
        return found

    def card(self, story_id: str) -> Card:
        """A story's card."""
        return self._snapshot.cards.get(story_id) or self.card_of(self._snapshot.docs[story_id])

    def card_of(self, stored: Stored) -> Card:
        """The card of a story that is at hand: lists will show it, and to read the story again would cost more."""
        found = self._snapshot.cards.get(stored.story_id)
        if found is None:
            made = card(self.entry(stored), self._theme.date)
            # It stands in five lists and more: made once, it need not be painted in each.
            made["html"] = self._theme.page("parts/river_card.html", item=made).decode()
            made["share"] = share_image(self.entry(stored), self._site)
            found = self._snapshot.cards[stored.story_id] = made
            self._cache.keep_card(stored.story_id, stored.version, found)
        return found

    def pieces(self, place: Place, *, update: bool) -> FeedPieces:
        """A story's entries in the three formats of feeds."""
        found = self._snapshot.pieces.get((place.story_id, update))
        if found is None:
            stored = self._snapshot.docs[place.story_id]
            found = self._snapshot.pieces[place.story_id, update] = self._made(self.entry(stored), update=update)
            self._cache.keep_pieces(place.story_id, stored.version, found, update=update)
        return found

    def graves(self, gone: Tombstone) -> FeedPieces:
        """What stays of a killed story in the three formats."""
        if gone.note == WITHDRAWN:
            gone = replace(gone, note=self._words["gone_text"])
        bodies = (tombstone(gone, self._words) for tombstone in (rss.tombstone, atom.tombstone, json_feed.tombstone))
        return FeedPieces(*(Piece(gone.sort_at, gone.ordinal, gone.killed, body, deflated(body)) for body in bodies))

    def _made(self, one: Entry, *, update: bool) -> FeedPieces:
        at = (corrected_at(one.head) if update else None) or one.published
        bodies = (item(one, self._site, self._words, update=update) for item in (rss.item, atom.item, json_feed.item))
        return FeedPieces(*(Piece(at, one.head.ordinal, one.updated, body, deflated(body)) for body in bodies))
