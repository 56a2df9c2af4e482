"""Which part of a story shows why it was found?"""

import re
from html import escape
from typing import Final

from services.site.domain.query import Query, SearchTerm
from services.site.domain.words import words

#: Characters around the first hit.
BEFORE: Final = 60
WIDTH: Final = 240

_RUN: Final = re.compile(r"[^\W_]+")


def snippet(text: str, query: Query) -> str:
    """About `WIDTH` characters of `text` as safe HTML, the words that were looked for in `<mark>`."""
    spans = [found.span() for found in _RUN.finditer(text) if _is_hit(found.group(), query.wanted)]
    start = _word_start(text, max(0, spans[0][0] - BEFORE)) if spans else 0
    end = _word_end(text, start + WIDTH)
    parts: list[str] = []
    at = start
    for first, last in spans:
        if first >= at and last <= end:
            parts += (escape(text[at:first]), "<mark>", escape(text[first:last]), "</mark>")
            at = last
    parts.append(escape(text[at:end]))
    return ("… " if start else "") + "".join(parts).replace("\n", " ").strip() + (" …" if end < len(text) else "")


def _is_hit(run: str, terms: tuple[SearchTerm, ...]) -> bool:
    found = words(run)
    return any(
        word == looked_for or (term.prefix and looked_for == term.words[-1] and word.startswith(looked_for))
        for word in found
        for term in terms
        for looked_for in term.words
    )


def _word_start(text: str, at: int) -> int:
    space = text.find(" ", at)
    return space + 1 if 0 < at <= space < at + BEFORE else at


def _word_end(text: str, at: int) -> int:
    if at >= len(text):
        return len(text)
    space = text.rfind(" ", at - BEFORE, at)
    return space if space > 0 else at
