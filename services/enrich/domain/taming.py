"""How is absurd markup kept from costing the parser more than it is worth?

An HTML parser is linear on what people write, quadratic (and worse) on what attackers write: 100,000 nested quotes take
html5ever 22 s, unclosed `<b x=1><b x=2>…` are opened again in every paragraph that follows. `tame` bounds nesting
*before* the parser, for documents with more tags than a story has by accident. It does so by writing the document
again from the tokens that it understood, so that the parser cannot see another nesting than the one counted here;
making the result safe is still the sanitiser's business.
"""

import re
from collections import Counter
from html import escape, unescape
from typing import Final

#: Documents with fewer `<` go to the parser as they are: the worst of them costs it a few milliseconds.
FEW_TAGS: Final = 600
#: More tags than this is no story; what remains of it is its text.
MOST_TAGS: Final = 50_000
DEEPEST: Final = 64
#: Unclosed inline tags are opened again in every later paragraph, so they get a bound of their own.
DEEPEST_INLINE: Final = 6

INLINE: Final = frozenset(("a", "abbr", "b", "cite", "code", "del", "em", "font", "i", "ins", "q", "s", "small", "span",
                           "strike", "strong", "sub", "sup", "time", "tt", "u"))  # fmt: skip
#: The parser closes these by itself, so that they cannot nest without a container.
CLOSED_BY_NEXT: Final = frozenset(("p", "li", "dt", "dd", "tr", "td", "th", "tbody", "thead", "tfoot"))
VOID: Final = frozenset(("br", "hr", "img"))
CONTAINERS: Final = frozenset(("div", "section", "article", "aside", "header", "footer", "main", "h1", "h2", "h3", "h4",
                               "h5", "h6", "blockquote", "ul", "ol", "dl", "pre", "figure", "figcaption", "table",
                               "caption"))  # fmt: skip
KNOWN: Final = INLINE | CLOSED_BY_NEXT | VOID | CONTAINERS

#: Elements whose content is no text for readers; their end tag is the only thing that ends them.
_HIDDEN = (
    r"<(script|style|iframe|object|noscript|noembed|noframes|template|textarea|title|xmp|svg|math|select)\b"
    r".*?(?:</\1[\s/>][^>]*>?|\Z)"
)
#: Every alternative that has begun also ends, at the latest with the document, so that no start is tried in vain and
#: the whole scan is linear.
_TOKEN: Final = re.compile(
    r"<!--.*?(?:-->|\Z)|" + _HIDDEN + r"|<[!?/](?![a-z])[^>]*>?"
    r"|<(?P<close>/?)(?P<name>[a-z][a-z0-9]*+)"
    r"(?P<attributes>(?:[\s/]++|[^\s/>=]++(?:\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s>\"'][^\s>]*+))?+|=)*+)(?:>|\Z)",
    re.IGNORECASE | re.DOTALL,
)
_ATTRIBUTE: Final = re.compile(r"([a-zA-Z-]++)\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s>\"'][^\s>]*+))")


class _Nesting:
    """How deep are we, tag by tag? A closing tag counts only against an opening one of its name."""

    def __init__(self) -> None:
        self.open: Counter[str] = Counter()
        self.inline = self.deep = 0

    def enter(self, name: str) -> bool:
        """May this tag be opened?"""
        if name in VOID or name in CLOSED_BY_NEXT:
            return True
        if name in INLINE:
            if self.inline >= DEEPEST_INLINE:
                return False
            self.inline += 1
        elif self.deep >= DEEPEST:
            return False
        else:
            self.deep += 1
        self.open[name] += 1
        return True

    def leave(self, name: str) -> bool:
        """Does this closing tag close anything?"""
        if name in CLOSED_BY_NEXT:
            return True
        if not self.open[name]:
            return False
        self.open[name] -= 1
        if name in INLINE:
            self.inline -= 1
        else:
            self.deep -= 1
        return True


def tame(html: str) -> str:
    """`html` with bounded nesting; what is small enough comes back as it is."""
    tags = html.count("<")
    if tags <= FEW_TAGS:
        return html
    nesting, written, at = _Nesting(), [], 0
    for token in _TOKEN.finditer(html):
        written.append(html[at : token.start()].replace("<", "&lt;"))
        at = token.end()
        name = (token["name"] or "").lower()
        if name in KNOWN and tags <= MOST_TAGS:
            written.append(_tag(nesting, name, token["attributes"], closing=bool(token["close"])))
    written.append(html[at:].replace("<", "&lt;"))
    return "".join(written)


def _tag(nesting: _Nesting, name: str, attributes: str, *, closing: bool) -> str:
    if closing:
        return f"</{name}>" if nesting.leave(name) else ""
    if not nesting.enter(name):
        return ""
    return f"<{name}{''.join(_attributes(attributes))}>"


def _attributes(written: str) -> list[str]:
    return [
        f' {match[1].lower()}="{escape(unescape(match[2] or match[3] or match[4] or ""))}"'
        for match in _ATTRIBUTE.finditer(written)
    ]
