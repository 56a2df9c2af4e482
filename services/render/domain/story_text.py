"""How does a story read where only its text travels: titles and full content of feeds?"""

from services.render.domain.entry import Entry
from services.render.domain.markup import escape
from shared.events import HistoryEntry


def title_of(one: Entry, words: dict[str, str], *, update: bool) -> str:
    """The headline; in the feed of corrections with what kind of note it was."""
    if not update or not one.corrections:
        return one.article.headline
    return f"{kind_word(one.corrections[-1], words)}: {one.article.headline}"


def kind_word(note: HistoryEntry, words: dict[str, str]) -> str:
    """*Correction*, *Clarification* or *Right of reply*."""
    return words[note.kind or "correction"]


def full_html(one: Entry, words: dict[str, str]) -> str:
    """The content for feeds, clean: corrections on top, newest first, then the body."""
    notes = "".join(
        f"<p><strong>{escape(kind_word(note, words))}:</strong> {escape(note.note)}</p>\n"
        for note in reversed(one.corrections)
        if note.note
    )
    return notes + one.html
