"""How does a story read where only its text travels: titles, summaries and full content of feeds?"""

import re
from html import unescape
from typing import Final

from services.render.domain.entry import Entry
from services.render.domain.markup import escape
from services.render.domain.site import Site
from shared.events import HistoryEntry

#: Letters of a summary that nobody wrote.
SUMMARY: Final = 300
_TAG: Final = re.compile("<[^>]*>")


def title_of(one: Entry, words: dict[str, str], *, update: bool) -> str:
    """The headline; in the feed of corrections with what kind of note it was."""
    if not update or not one.corrections:
        return one.article.headline
    return f"{kind_word(one.corrections[-1], words)}: {one.article.headline}"


def summary_of(one: Entry) -> str:
    """The dek, else how the story begins: an item with content and no description makes readers guess."""
    return one.article.dek or beginning(one.article.text)


def beginning(text: str) -> str:
    """The first words of a text, whole ones."""
    words = " ".join(text.split())
    return words if len(words) <= SUMMARY else words[:SUMMARY].rpartition(" ")[0] + " …"


def text_of(html: str) -> str:
    """The words of safe markup: its `<` and `>` occur in tags only."""
    return unescape(_TAG.sub(" ", html))


def kind_word(note: HistoryEntry, words: dict[str, str]) -> str:
    """*Correction*, *Clarification* or *Right of reply*."""
    return words[note.kind or "correction"]


def content_html(one: Entry, words: dict[str, str], site: Site) -> str:
    """The content for feeds, clean: corrections on top, newest first, then the body, or what stands for it."""
    notes = "".join(
        f"<p><strong>{escape(kind_word(note, words))}:</strong> {escape(note.note)}</p>\n"
        for note in reversed(one.corrections)
        if note.note
    )
    if site.in_full(one.head.publisher):
        return notes + one.html
    return f"{notes}<p>{escape(summary_of(one))}</p>"
