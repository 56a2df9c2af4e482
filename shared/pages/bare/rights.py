"""Who is to be named with a picture, and on what terms may it be used? What IPTC and XMP say of that, and no more."""

import struct
from collections.abc import Iterator
from typing import Final
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

#: A longer block is not read, a longer value not kept: a segment of a JPEG holds 64 KB.
LONGEST: Final = 1_000_000
_LONGEST_VALUE: Final = 2_000
_MOST_VALUES: Final = 5

_PHOTOSHOP: Final = b"8BIM"
_IPTC: Final = 0x0404
_CHARACTER_SET: Final = (1, 90)
#: By-line, credit, copyright notice (IPTC-IIM 4.2).
_NAMES: Final = frozenset({(2, 80), (2, 110), (2, 116)})

_RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_SPACES: Final = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "xmpRights": "http://ns.adobe.com/xap/1.0/rights/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
}
#: Each property with the array that its values stand in, if any.
_PROPERTIES: Final = (
    ("dc", "creator", "Seq"),
    ("dc", "rights", "Alt"),
    ("photoshop", "Credit", None),
    ("xmpRights", "WebStatement", None),
    ("xmpRights", "UsageTerms", "Alt"),
    # That a picture was made by a machine: the law of some countries wants the mark kept.
    ("Iptc4xmpExt", "DigitalSourceType", None),
)
_PACKET: Final = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    f'<rdf:RDF xmlns:rdf="{_RDF}"><rdf:Description rdf:about="">'
    '{}</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
)


def only_names(resources: bytes) -> bytes | None:
    """Photoshop's resources, as a JPEG carries them, with IPTC's names and nothing else; None when there are none."""
    kept = b"".join(_names(_iptc(resources)))
    if not kept:
        return None
    size = struct.pack(">I", len(kept))
    return _PHOTOSHOP + struct.pack(">H", _IPTC) + b"\0\0" + size + kept + b"\0" * (len(kept) % 2)


def _iptc(resources: bytes) -> bytes:
    at = 0
    while resources[at : at + 4] == _PHOTOSHOP and at + 12 <= len(resources):
        kind = int.from_bytes(resources[at + 4 : at + 6], "big")
        at += 6
        named = resources[at] + 1
        at += named + named % 2
        size = int.from_bytes(resources[at : at + 4], "big")
        at += 4
        if kind == _IPTC:
            return resources[at : at + size]
        at += size + size % 2
    return b""


def _names(iptc: bytes) -> Iterator[bytes]:
    """The data sets that name somebody, after the one that says in which character set."""
    at, charset = 0, b""
    while iptc[at : at + 1] == b"\x1c" and at + 5 <= len(iptc):
        kind = (iptc[at + 1], iptc[at + 2])
        size = int.from_bytes(iptc[at + 3 : at + 5], "big")
        # Above 32,767 it is the length of a length: nobody's name is that long.
        if size > _LONGEST_VALUE or at + 5 + size > len(iptc):
            return
        whole = iptc[at : at + 5 + size]
        at += len(whole)
        if kind == _CHARACTER_SET:
            charset = whole
        elif kind in _NAMES:
            yield charset + whole
            charset = b""


def only_rights(packet: bytes) -> bytes | None:
    """An XMP packet with what it says of names and rights and nothing else; None when that is nothing."""
    # XMP has no document type: without one there are no entities that could grow or fetch anything.
    if len(packet) > LONGEST or b"<!" in packet:
        return None
    try:
        # As text, so that no other encoding hides one.
        root = ET.fromstring(packet.decode().strip("\0 \t\r\n\ufeff"))  # noqa: S314 - see above
    except (ET.ParseError, ValueError):
        return None
    said = "".join(
        _said(prefix, name, array, values)
        for prefix, name, array in _PROPERTIES
        if (values := _values(root, f"{{{_SPACES[prefix]}}}{name}"))
    )
    return _PACKET.format(said).encode() if said else None


def _values(root: ET.Element, name: str) -> list[str]:
    """A property's values, whether it is written as an attribute, as an element or as an array."""
    found: list[str] = []
    for about in root.iter(f"{{{_RDF}}}Description"):
        found += [about.get(name, "")]
        for element in about.findall(name):
            items = element.findall(f".//{{{_RDF}}}li")
            found += [one.text or "" for one in items or [element]]
    told = [value.strip() for value in found]
    return [value for value in told if value and len(value) <= _LONGEST_VALUE][:_MOST_VALUES]


def _said(prefix: str, name: str, array: str | None, values: list[str]) -> str:
    start, end = f'<{prefix}:{name} xmlns:{prefix}="{_SPACES[prefix]}">', f"</{prefix}:{name}>"
    if array is None:
        return start + escape(values[0]) + end
    lang = ' xml:lang="x-default"' if array == "Alt" else ""
    items = "".join(f"<rdf:li{lang}>{escape(one)}</rdf:li>" for one in (values[:1] if lang else values))
    return f"{start}<rdf:{array}>{items}</rdf:{array}>{end}"
