"""Which words does a text have, for search?

Both databases get the same words from here, so that they find the same stories: compatibility-decomposed, without
accents, lower case; letters that decomposition leaves alone (ß, æ, ø, ł …) as in our slugs; runs of Chinese, Japanese
and Thai, which have no spaces, one word a character (a query for several is then a phrase).
"""

import re
import unicodedata
from typing import Final

#: Longer words are cut: nobody searches for them, and PostgreSQL refuses very long ones.
LONGEST_WORD: Final = 60

#: What is no letter and no digit separates; several times the speed of an expression.
_ASCII: Final = {number: chr(number).lower() if chr(number).isalnum() else " " for number in range(128)}
_WORD: Final = re.compile(r"[^\W_]+")
_LETTERS: Final = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "\u0131": "i", "ħ": "h"}
)
_UNSPACED: Final = re.compile("([\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff])")


def words(text: str) -> list[str]:
    """The searchable words of `text`, in order."""
    found = text.translate(_ASCII).split() if text.isascii() else _WORD.findall(_UNSPACED.sub(r" \1 ", plain(text)))
    return [word[:LONGEST_WORD] for word in found] if max(map(len, found), default=0) > LONGEST_WORD else found


def plain(text: str) -> str:
    """`text` in lower case without accents."""
    folded = unicodedata.normalize("NFKD", text.lower())
    return "".join(letter for letter in folded if not unicodedata.combining(letter)).translate(_LETTERS)
