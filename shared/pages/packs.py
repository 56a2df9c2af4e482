"""How do the pages of one batch become few objects?

A batch makes some two hundred pages. As an object each, writing them costs more than making them (and on S3 a request
each); as packs it costs next to nothing. A page's key says where it lies and which page it is:

    packs/ab/cdef….pack#4096+1200/0123456789abcdef…
    └ object ─────────┘ └ bytes ┘ └ hash of the page

A pack has a name that is never given again, so that whoever deletes one cannot meet whoever writes it once more.
"""

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field

from shared.pages.page import Page, pack

FOLDER = "packs"
#: A pack is whole until its last page is replaced: what one page can keep alive is bounded (bytes).
LARGEST = 1024 * 1024
_DIGITS = "0123456789abcdef"
_KEY = re.compile(r"(packs/[0-9a-f]{2}/[0-9a-f]+\.pack)#([0-9]+)\+([0-9]+)/[0-9a-f]+")


@dataclass(slots=True)
class Pack:
    """One object in the making."""

    name: str
    size: int = 0
    parts: list[bytes] = field(default_factory=list)

    @property
    def body(self) -> bytes:
        """The object's bytes."""
        return b"".join(self.parts)


def packed(pages: Iterable[Page]) -> tuple[list[str], list[Pack]]:
    """The pages' keys in the same order, and the packs that hold them; equal pages lie there once."""
    keys: list[str] = []
    known: dict[str, str] = {}
    packs: list[Pack] = []
    for page in pages:
        name = page.name
        if name not in known:
            body = pack(page)
            if not packs or packs[-1].size + len(body) > LARGEST:
                packs.append(Pack(_new_name()))
            into = packs[-1]
            known[name] = f"{into.name}#{into.size}+{len(body)}/{name}"
            into.parts.append(body)
            into.size += len(body)
        keys.append(known[name])
    return keys, packs


def place_of(key: str) -> tuple[str, int, int] | None:
    """(object, first byte, number of bytes) of a page's key; None when it is no such key."""
    found = _KEY.fullmatch(key)
    return (found[1], int(found[2]), int(found[3])) if found else None


def object_of(key: str) -> str:
    """The object that a page's key names."""
    return key.partition("#")[0]


def shelves() -> tuple[str, ...]:
    """Beginnings of names of packs: a sixteenth of all packs each."""
    return tuple(f"{FOLDER}/{digit}" for digit in _DIGITS)


def folders(shelf: str) -> tuple[str, ...]:
    """The folders of a shelf."""
    return tuple(f"{shelf}{digit}" for digit in _DIGITS)


def _new_name() -> str:
    digits = secrets.token_hex(16)
    return f"{FOLDER}/{digits[:2]}/{digits[2:]}.pack"
