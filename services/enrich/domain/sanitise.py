"""Which HTML of a publisher may reach a page?

An allow-list, applied by nh3 (html5ever and ammonia): what is not named here is gone, its text stays, except for
elements whose content is no text. Nothing after this module may add markup that came from outside.
"""

import re
from typing import Final
from urllib.parse import urljoin

import nh3

from services.enrich.domain.taming import tame

#: Containers without a meaning of their own; `blocks` looks through them, so that their borders end a paragraph.
TRANSPARENT: Final = frozenset(("div", "section", "article", "aside", "header", "footer", "main"))
TAGS: Final = TRANSPARENT | {
    "p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "ul", "ol", "li", "a", "em", "strong", "b", "i", "u", "s",
    "small", "code", "pre", "br", "hr", "figure", "figcaption", "img", "table", "caption", "thead", "tbody", "tfoot",
    "tr", "td", "th", "sup", "sub", "cite", "q", "abbr", "time", "del", "ins", "dl", "dt", "dd", "mark", "kbd", "bdi",
}  # fmt: skip
HIDDEN: Final = {"script", "style", "iframe", "object", "embed", "noscript", "template", "textarea", "select", "title",
                 "svg", "math", "xmp", "noembed", "noframes", "button", "audio", "video", "canvas"}  # fmt: skip
ATTRIBUTES: Final = {
    "a": {"href", "hreflang"},
    "img": {"src", "alt", "width", "height"},
    "abbr": {"title"},
    "time": {"datetime"},
    "ol": {"start", "reversed"},
    "li": {"value"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "q": {"cite"},
    "blockquote": {"cite"},
    "*": {"lang", "dir"},
}
SCHEMES: Final = {"http", "https", "mailto", "tel", "newswire"}

_MEDIA: Final = re.compile(r"/media/[0-9a-zA-Z._-]+")
_NUMBERS: Final = frozenset(("width", "height", "colspan", "rowspan", "start", "value"))
_LONGEST_NUMBER: Final = 4
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_ANY_TAG: Final = re.compile(r"<[a-zA-Z!/?]")


class Sanitiser:
    """The allow-list for one site; cheap to call (about 30 µs for a story)."""

    def __init__(self, public_url: str) -> None:
        """`public_url`: our own address without a trailing slash; only its pictures may be shown inline."""
        self._public_url = public_url
        self._plain = self._cleaner("noopener")
        self._sponsored = self._cleaner("noopener nofollow sponsored")

    def clean(self, html: str, *, base: str | None, sponsored: bool) -> str:
        """Safe HTML in the parser's normal form: `<` and `>` occur in tags only, attributes are in double quotes.

        Relative links are joined to `base` (the story's canonical address) when there is one, else they are dropped.
        """
        html = _CONTROL.sub("", html)
        if not _ANY_TAG.search(html):
            html = paragraphs(html)
        cleaner = self._sponsored if sponsored else self._plain
        return _joined(cleaner.clean(tame(html)), base)

    def _cleaner(self, rel: str) -> nh3.Cleaner:
        return nh3.Cleaner(
            tags=set(TAGS),
            clean_content_tags=set(HIDDEN),
            attributes=ATTRIBUTES,
            attribute_filter=self._attribute,
            url_schemes=SCHEMES,
            link_rel=rel,
        )

    def _attribute(self, tag: str, name: str, value: str) -> str | None:
        if name == "src" and tag == "img":
            path = value.removeprefix(self._public_url)
            return path if _MEDIA.fullmatch(path) else None
        if name in _NUMBERS:
            return value if value.isdecimal() and len(value) <= _LONGEST_NUMBER else None
        return value


def paragraphs(plain: str) -> str:
    """Text without any tag as paragraphs: blank lines part them; where there are none, each line is one."""
    parted = re.split(r"\n\s*\n", plain.strip().replace("\r\n", "\n").replace("\r", "\n"))
    if len(parted) == 1:
        parted = parted[0].split("\n")
    return "".join(f"<p>{one.strip()}</p>" for one in parted if one.strip())


_RELATIVE: Final = re.compile(r' href="(?![a-z][a-z0-9+.-]*:|/)([^"]*)"', re.IGNORECASE)


def _joined(clean: str, base: str | None) -> str:
    # Most stories have no relative link: one search is all they pay.
    if ' href="' not in clean or not _RELATIVE.search(clean):
        return clean
    if base is None or not base.startswith(("http://", "https://")):
        return _RELATIVE.sub("", clean)
    return _RELATIVE.sub(lambda match: f' href="{_absolute(base, match[1])}"', clean)


def _absolute(base: str, relative: str) -> str:
    try:
        return urljoin(base, relative).replace('"', "%22").replace("<", "%3C").replace(">", "%3E")
    except ValueError:
        return base.replace('"', "%22")
