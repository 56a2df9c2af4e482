"""Which part of a story shows why it was found?"""

import re
from collections.abc import Sequence
from html import escape
from itertools import accumulate, islice
from typing import Final

from services.site.domain.query import Query, SearchTerm
from services.site.domain.words import ARTICLE, LONGEST_WORD, folded, is_arabic, is_unspaced, runs, width

#: Characters around the first hit.
BEFORE: Final = 60
WIDTH: Final = 240
#: So far into a text is looked for hits, first in its beginning, and for so many of each term.
LOOKED_AT: Final = (2_000, 60_000)
MOST: Final = 30

#: Where a hit is in the text, and of which term it is.
Span = tuple[int, int, int]


def shown(texts: Sequence[str], query: Query) -> str:
    """A piece of the first of `texts` that has a word that was looked for; else of the first."""
    pieces = (snippet(text, query) for text in texts)
    first = next(pieces, "")
    return first if "<mark>" in first else next((piece for piece in pieces if "<mark>" in piece), first)


def snippet(text: str, query: Query) -> str:
    """About `WIDTH` characters of `text` as safe HTML, the words that were looked for in `<mark>`."""
    spans: list[Span] = []
    for far in LOOKED_AT:
        spans = _spans(text[:far], query.wanted)
        if len({term for _, _, term in spans}) == len(query.wanted) or far >= len(text):
            break
    start = _word_start(text, max(0, _best(spans) - BEFORE)) if spans else 0
    end = _word_end(text, start + WIDTH)
    parts: list[str] = []
    at = start
    for first, last, _ in spans:
        if first >= at and last <= end:
            parts += (escape(text[at:first]), "<mark>", escape(text[first:last]), "</mark>")
            at = last
    parts.append(escape(text[at:end]))
    return ("… " if start else "") + "".join(parts).replace("\n", " ").strip() + (" …" if end < len(text) else "")


def _best(spans: Sequence[Span]) -> int:
    """Where the piece begins that shows the most of the terms; the first of several."""
    return max(spans, key=lambda span: (_terms_after(span[0], spans), -span[0]))[0]


def _terms_after(start: int, spans: Sequence[Span]) -> int:
    return len({term for first, last, term in spans if start <= first and last <= start + WIDTH - BEFORE})


def _spans(text: str, terms: Sequence[SearchTerm]) -> list[Span]:
    plain = f" {folded(text)} "
    found = sorted(
        (hit.start("it") - 1, hit.end("it") - 1, number)
        for number, term in enumerate(terms)
        for hit in islice(re.finditer(_pattern(term), plain), MOST)
    )
    # Nearly every letter becomes one letter. Else (ß, accents of their own) each hit is looked up in the text.
    return found if len(plain) == len(text) + 2 else _as_written(text, found)


def _as_written(text: str, found: Sequence[Span]) -> list[Span]:
    ends = [0, *accumulate(map(width, text))]
    begins = {at: place for place, at in reversed(list(enumerate(ends)))}
    stops = {at: place for place, at in enumerate(ends)}  # accents of their own belong to the letter before
    spans: list[Span] = []
    for first, last, term in found:
        # A hit can end within what one letter has become (`Maß` → `mass`, sought for `mas`): that letter is whole.
        start, end = begins.get(first), stops.get(last, stops.get(last + 1))
        if start is not None and end is not None:
            spans.append((start, end, term))
    return spans


def _pattern(term: SearchTerm) -> str:
    """The term in a folded text, where blanks are all that is between words."""
    written = runs(term.words)
    said, last = " +".join(map(_run, written)), written[-1]
    end = r"\S*" if term.prefix or len(last) == LONGEST_WORD else "" if is_unspaced(last) else "(?= )"
    # A pattern that begins with a letter that it must have is looked for at the speed of C.
    return f"(?P<it>{said}{end})" if is_unspaced(written[0]) else f" (?P<it>{said}{end})"


def _run(run: str) -> str:
    return f"(?:{ARTICLE})?{re.escape(run)}" if is_arabic(run) else re.escape(run)


def _word_start(text: str, at: int) -> int:
    space = text.find(" ", at)
    return space + 1 if 0 < at <= space < at + BEFORE else at


def _word_end(text: str, at: int) -> int:
    if at >= len(text):
        return len(text)
    space = text.rfind(" ", at - BEFORE, at)
    return space if space > 0 else at
