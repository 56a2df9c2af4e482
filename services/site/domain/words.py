"""Which words does a text have, for search?

Both databases get the same words from here, so that they find the same stories: compatibility-decomposed, without
accents, lower case; letters that decomposition leaves alone (ß, æ, ø, ł …) as in our slugs; Arabic without vowels,
article and the several forms of a letter; vowel signs of Indic scripts stay, they are letters' parts. Chinese, Japanese
and other scripts without spaces have no words that could be seen: each two neighbours are one (東京都 → 東京 京都), a
query for several is then a phrase of few hits, where single characters would be in nearly every story.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final

#: Longer words are cut: nobody searches for them, and PostgreSQL refuses very long ones.
LONGEST_WORD: Final = 60
#: Characters that are known by heart; there are some 150,000 in all.
_KNOWN: Final = 20_000

_LETTERS: Final = {
    "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "\u0131": "i", "ħ": "h",
    # The sigma at a word's end; forms of Arabic letters that writers and keyboards exchange (ة ى ی ک).
    "\u03c2": "\u03c3", "\u0629": "\u0647", "\u0649": "\u064a", "\u06cc": "\u064a", "\u06a9": "\u0643",
}  # fmt: skip
#: Hebrew and Arabic lengthening, soft hyphens, joiners, marks of direction: seen by nobody, in no word.
_UNSEEN: Final = frozenset("\u0640\u00ad\u200d\u200e\u200f\u2060\ufeff\u061c\u202a\u202b\u202c\u202d\u202e") | {
    chr(number) for number in (*range(0x2066, 0x206A), *range(0xFE00, 0xFE10), 0x20E3)
}
#: Thai to Myanmar, Khmer, kana, Chinese characters.
_RANGES: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
_UNSPACED: Final = re.compile(f"[{_RANGES}]+")
#: The Arabic article, with the particles that are written as one with it; what is left has three letters at least.
ARTICLE: Final = r"(?<!\S)(?:[\u0648\u0641\u0628\u0643]?\u0627\u0644|\u0644\u0644)(?=\S{3})"
_ARTICLE: Final = re.compile(ARTICLE)


class _Folded(dict[int, str]):
    """Character → what it is in a word; a blank is none. `str.translate` asks it, at the speed of C."""

    def __missing__(self, number: int) -> str:
        if len(self) > _KNOWN:
            self.clear()
        self[number] = found = "".join(_parts(chr(number)))
        return found


def _parts(char: str) -> Iterator[str]:
    for part in unicodedata.normalize("NFKD", char.lower()).lower():
        if part in _UNSEEN or unicodedata.combining(part):
            continue
        if part.isdecimal():
            yield str(unicodedata.decimal(part))
        elif part.isalnum() or unicodedata.category(part) in {"Mn", "Mc"}:
            yield _LETTERS.get(part, part)
        else:
            yield " "


_FOLDED: Final = _Folded()
_ASCII: Final = {number: _FOLDED[number] for number in range(128)}
_OTHERS: Final = re.compile(r"[^\x00-\x7f]+")


def width(char: str) -> int:
    """How many letters a letter becomes."""
    return len(_FOLDED[ord(char)])


def folded(text: str) -> str:
    """`text` letter by letter as words have it, a blank for whatever is in none."""
    if text.isascii():
        return text.translate(_ASCII)
    if len(text.encode(errors="surrogatepass")) < 1.5 * len(text):
        # A text with some accents is plain without them, and to translate that costs a tenth.
        text = _OTHERS.sub(lambda run: run.group().translate(_FOLDED), text)
        if text.isascii():
            return text.translate(_ASCII)
    return text.translate(_FOLDED)


def words(text: str) -> list[str]:
    """The searchable words of `text`, in order."""
    plain = folded(text)
    found = (plain if plain.isascii() else _ARTICLE.sub("", _UNSPACED.sub(_in_twos, plain))).split()
    return [word[:LONGEST_WORD] for word in found] if max(map(len, found), default=0) > LONGEST_WORD else found


def singles(text: str) -> list[str]:
    """The characters of scripts without spaces that are in `words(text)` only as a part of two; each once, in order."""
    if text.isascii():
        return []
    runs = (run for run in _UNSPACED.findall(folded(text)) if len(run) > 1)
    return list(dict.fromkeys(char for run in runs for char in run))


def is_arabic(word: str) -> bool:
    """May it have the Arabic article before it, which is no part of it?"""
    return "\u0620" <= word[:1] <= "\u064a"


def is_unspaced(word: str) -> bool:
    """Is it of a script that is written without spaces?"""
    return _UNSPACED.match(word) is not None


def runs(found: Sequence[str]) -> list[str]:
    """Consecutive words as they are written: 東京 京都 are one, 東京都."""
    written: list[str] = []
    for word in found:
        if written and is_unspaced(word) and written[-1][-1] == word[0]:
            written[-1] += word[1:]
        else:
            written.append(word)
    return written


def _in_twos(run: re.Match[str]) -> str:
    chars = run.group()
    if len(chars) == 1:
        return f" {chars} "
    return " " + " ".join(chars[at : at + 2] for at in range(len(chars) - 1)) + " "
