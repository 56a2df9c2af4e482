"""Is it HTML, strictly? A reader that forgives nothing: browsers repair silently, and differently."""

from html.parser import HTMLParser
from xml.etree.ElementTree import Element, SubElement

_VOID = {"meta", "link", "input", "img", "br", "hr", "wbr", "source"}
#: Elements that close an open paragraph behind the author's back.
_BLOCKS = {
    "p",
    "div",
    "ul",
    "ol",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "section",
    "article",
    "figure",
    "details",
    "nav",
    "fieldset",
}


class _Strict(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("document")
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs), f"<{tag}> has an attribute twice: {attrs}"
        assert all(name.replace("-", "").isalnum() for name, _ in attrs), f"<{tag}> has a broken attribute: {attrs}"
        inside = [element.tag for element in self._open]
        assert not (tag in _BLOCKS and "p" in inside), f"<{tag}> in a paragraph at {self.getpos()}"
        assert not (tag in {"a", "button", "form"} and tag in inside), f"<{tag}> in itself at {self.getpos()}"
        element = SubElement(self._open[-1], tag, {name: value or "" for name, value in attrs})
        if tag not in _VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open[-1].tag == tag, f"</{tag}> closes <{self._open[-1].tag}> at {self.getpos()}"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        here = self._open[-1]
        if len(here):
            here[-1].tail = (here[-1].tail or "") + data
        else:
            here.text = (here.text or "") + data

    def close(self) -> None:
        super().close()
        assert self._open == [self.root], f"left open: {[element.tag for element in self._open]}"


def parsed(html: bytes) -> Element:
    """The document; a failed test at the first tag that is not closed, nested wrongly or has a broken attribute."""
    reader = _Strict()
    reader.feed(html.decode())
    reader.close()
    return reader.root


def all_of(html: bytes, tag: str) -> list[dict[str, str]]:
    """The attributes of each element of a kind, in order."""
    return [dict(element.attrib) for element in parsed(html).iter(tag)]


def text_of(html: bytes) -> str:
    """All text, with single spaces."""
    return " ".join(" ".join(parsed(html).itertext()).split())
