"""Which blocks does a sanitised body consist of, and what do they say?

Reads the normal form that nh3 writes (balanced tags, escaped text), so a scanner is enough and no second parser is
needed. Containers at the top are looked through, loose text becomes paragraphs, empty blocks vanish, headings are put
under the page's own `<h1>`, and nesting below a block is bounded.
"""

import re
from dataclasses import dataclass, field
from html import unescape
from typing import Final

from services.enrich.domain.sanitise import TRANSPARENT

#: Tags deeper than this inside a block lose their tags, not their text.
DEEPEST: Final = 24

_BLOCKS: Final = frozenset(("p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "ul", "ol", "dl", "figure", "pre",
                            "table", "hr"))  # fmt: skip
_BREAKS: Final = _BLOCKS | TRANSPARENT | {"li", "dt", "dd", "tr", "caption", "figcaption", "br"}
_CELLS: Final = frozenset(("td", "th"))
_NOT_IN_PARAGRAPHS: Final = (_BREAKS - {"br"}) | _CELLS | {"thead", "tbody", "tfoot"}
_VOID: Final = frozenset(("br", "hr", "img"))
_RENAMED: Final = {"h1": "h2", "h5": "h4", "h6": "h4"}
#: A figure without any of these has lost its picture.
_SHOWS_SOMETHING: Final = ("<img", "<table", "<blockquote", "<pre", "<ul", "<ol")

_TAG: Final = re.compile(r'<(/?)([a-z][a-z0-9]*)((?:[^">]|"[^"]*")*)>')
_HREF: Final = re.compile(r' href="([^"]*)"')
#: White space of a sanitised ASCII text that is more than a single space between words.
_SPACED: Final = ("  ", "\n", "\t", "\r")
_BREAK_AT_END: Final = re.compile(r"(?:\s|<br>)+\Z")


@dataclass(slots=True)
class Link:
    """An `<a>` of a block: its address and its text."""

    href: str
    text: str = ""


@dataclass(slots=True)
class Block:
    """One block element: `html` is whole and safe; `text` has one line for each paragraph, item or row in it."""

    tag: str
    html: str
    text: str
    links: list[Link]


@dataclass(slots=True)
class _Open:
    """The block that is being read."""

    tag: str
    implied: bool
    html: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    #: (name, whether its tags are written), outermost first
    stack: list[tuple[str, bool]] = field(default_factory=list)
    link: Link | None = None


def read_blocks(clean: str) -> list[Block]:
    """The blocks of a sanitised body, in order."""
    scanner = _Scanner()
    at = 0
    for tag in _TAG.finditer(clean):
        scanner.text(clean[at : tag.start()])
        at = tag.end()
        if tag[1]:
            scanner.close(tag[2])
        else:
            scanner.open(tag[2], tag[3])
    scanner.text(clean[at:])
    scanner.end()
    return scanner.blocks


class _Scanner:
    """Turns tags and text into blocks."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._now: _Open | None = None

    def text(self, text: str) -> None:
        """Text between two tags, still escaped."""
        if not text or (self._now is None and text.isspace()):
            return
        now = self._now or self._start("p", implied=True)
        now.html.append(text)
        plain = unescape(text) if "&" in text else text
        now.text.append(plain)
        if now.link is not None:
            now.link.text += plain

    def open(self, name: str, attributes: str) -> None:
        """A start tag; at the top it may begin a block, end an implied paragraph, or be looked through."""
        name = _RENAMED.get(name, name)
        now = self._now
        if now is None or (now.implied and not now.stack):
            if name in TRANSPARENT:
                self.end()
                return
            if name in _BLOCKS:
                self.end()
                self._begin(name, attributes)
                return
            now = self._start("p", implied=True) if now is None else now
        _inside(now, name, attributes)

    def close(self, name: str) -> None:
        """An end tag."""
        name = _RENAMED.get(name, name)
        now = self._now
        if now is None or not now.stack:
            if name in TRANSPARENT:
                self.end()
            return
        if now.stack[-1][0] != name:
            return  # a container that was looked through before this block began
        _leave(now, name)
        if not now.stack and not now.implied:
            self.end()

    def end(self) -> None:
        """Keep the block that is open, unless it shows nothing."""
        now, self._now = self._now, None
        if now is None:
            return
        html = "".join(now.html)
        text = _lines("".join(now.text))
        if now.implied:
            html = f"<p>{_BREAK_AT_END.sub('', html).strip()}</p>"
        shows = "<img " in html or now.tag == "hr" or bool(text)
        if now.tag == "figure":
            shows = any(one in html for one in _SHOWS_SOMETHING)
        if shows:
            self.blocks.append(Block(now.tag, html, text, now.links))

    def _start(self, tag: str, *, implied: bool) -> _Open:
        self._now = _Open(tag, implied)
        return self._now

    def _begin(self, name: str, attributes: str) -> None:
        now = self._start(name, implied=False)
        now.html.append(f"<{name}{attributes}>")
        if name == "hr":
            self.end()
        else:
            now.stack.append((name, True))


def _inside(now: _Open, name: str, attributes: str) -> None:
    if name == "img" and ' src="' not in attributes:
        return
    written = len(now.stack) < DEEPEST and not (name == "a" and now.link is not None)
    if now.implied and name in _NOT_IN_PARAGRAPHS:
        # A block inside loose inline markup (`<b><p>…</p></b>`): a paragraph cannot hold it, a line break can.
        written = False
        if any(piece[0] != "<" for piece in now.html):
            now.html.append("<br>")
    if name in _BREAKS:
        now.text.append("\n")
    if name == "a":
        written = _enter_link(now, attributes) and written
    if written:
        now.html.append(f"<{name}{attributes}>")
    if name not in _VOID:
        now.stack.append((name, written))


def _enter_link(now: _Open, attributes: str) -> bool:
    """Note the link; is its tag for readers? `newswire:` is our own word, no browser knows it: only the text stays."""
    href = _HREF.search(attributes)
    now.link = Link(unescape(href[1]) if href else "")
    now.links.append(now.link)
    return not now.link.href.startswith("newswire:")


def _leave(now: _Open, name: str) -> None:
    _, written = now.stack.pop()
    if written:
        now.html.append(f"</{name}>")
    if name in _BREAKS:
        now.text.append("\n")
    elif name in _CELLS:
        now.text.append(" ")
    elif name == "a":
        now.link = None


def _lines(text: str) -> str:
    text = text.strip()
    if text.isascii() and not any(map(text.__contains__, _SPACED)):
        return text  # most paragraphs: nothing to tidy
    lines = (" ".join(line.split()) for line in text.split("\n")) if "\n" in text else (" ".join(text.split()),)
    return "\n".join(line for line in lines if line)
