"""Which words of an address does a text become? The rules of the interface, §4."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

LONGEST: Final = 80

#: Letters that decomposition (NFKD) leaves whole although readers type them as ASCII.
_SPELT: Final = str.maketrans(
    {
        "ß": "ss", "ẞ": "ss", "æ": "ae", "Æ": "ae", "ø": "o", "Ø": "o", "ł": "l", "Ł": "l",
        "œ": "oe", "Œ": "oe", "đ": "d", "Đ": "d", "ð": "d", "Ð": "d", "þ": "th", "Þ": "th", "ı": "i",  # noqa: RUF001 - meant
    }
)  # fmt: skip
_PLAIN: Final = re.compile(r"[^a-z0-9]+")


@lru_cache(maxsize=4096)  # the names of sections, tags and authors come again with every story
def slugify(text: str) -> str:
    """`text` as a slug: lower case, accents off Latin letters, other scripts kept, ≤ 80 characters; may be empty."""
    if text.isascii():
        return cut(_PLAIN.sub("-", text.lower()).strip("-"), LONGEST)
    return cut(_unaccented(text), LONGEST)


def cut(slug: str, longest: int) -> str:
    """At most `longest` characters, cut at a hyphen where there is one."""
    if len(slug) <= longest:
        return slug
    end = slug.rfind("-", 0, longest + 1)
    return slug[: end if end > 0 else longest].rstrip("-")


def numbered(slug: str, number: int) -> str:
    """The slug for the `number`-th story that wants it: 1 is the slug itself, 2 is `slug-2`."""
    if number == 1:
        return slug
    tail = f"-{number}"
    return cut(slug, LONGEST - len(tail)) + tail


def _unaccented(text: str) -> str:
    """Marks go from Latin letters (é → e) and stay with others, where they are letters' parts (й, が, की)."""
    kept: list[str] = []
    latin = False
    for char in unicodedata.normalize("NFKD", text.translate(_SPELT)).lower().translate(_SPELT):
        if unicodedata.category(char).startswith("M"):
            if not latin and kept and kept[-1] != "-":
                kept.append(char)
        elif char.isalnum():
            latin = char.isascii() or "LATIN" in unicodedata.name(char, "")
            kept.append(char)
        elif kept and kept[-1] != "-":
            latin = False
            kept.append("-")
    return unicodedata.normalize("NFC", "".join(kept)).strip("-")
