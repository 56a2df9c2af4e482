"""How long is a text, and what are its first sentences?"""
# ruff: noqa: RUF001 - typographic characters are what is being read here

import re
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

WORDS_A_MINUTE: Final = 230
#: Scripts written without spaces are counted and read by the character.
CHARACTERS_A_MINUTE: Final = 500
LONGEST_DEK: Final = 200

_CJK: Final = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_WORD: Final = re.compile(r"[^\W_]+(?:['’.,-][^\W_]+)*")
_SENTENCE_END: Final = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s|\Z)|[。！？]+[」』”]*")
#: `Dr.`, `St.`, `J.`: a full stop after these ends no sentence.
_TITLE: Final = re.compile(r"(?:^|[\s(“\"])[A-ZÀ-Þ][a-zà-ÿ]{0,2}\.\Z")
_MARKUP: Final = re.compile(r"</?(?:p|b|i|em|strong|a|br|span|div|h[1-6]|ul|li|u)\b[^>]*>", re.IGNORECASE)
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b\u2028\u2029\ufeff]+")


def plain_line(text: str) -> str:
    """One line of plain text: control characters and runs of white space become a single space."""
    return " ".join(_CONTROL.sub(" ", text).split())


def count(text: str, tokens: Mapping[str, int]) -> tuple[int, int]:
    """(words, minutes to read them, at least 1); a CJK character counts as a word. `tokens`: how often each occurs."""
    characters = 0 if text.isascii() else len(_CJK.findall(text))
    if characters:
        tokens = Counter(_CJK.sub(" ", text).split())
    words = sum(_words_in(token) * times for token, times in tokens.items())
    minutes = words / WORDS_A_MINUTE + characters / CHARACTERS_A_MINUTE
    return words + characters, max(1, round(minutes))


@lru_cache(maxsize=16_384)
def _words_in(token: str) -> int:
    """How many words stand between two spaces? People write the same few thousand again and again."""
    return len(_WORD.findall(token))


def dek(given: str | None, lead: str) -> str:
    """What the publisher gave, as plain text, else the first sentences of `lead` (≤ 200 characters)."""
    if given and (line := plain_line(_MARKUP.sub(" ", given))):
        return line
    return first_sentences(plain_line(lead))


def first_sentences(text: str, longest: int = LONGEST_DEK) -> str:
    """As many whole sentences as fit; if not even the first does, it is cut after a word, with an ellipsis."""
    if len(text) <= longest:
        return text
    best = 0
    for end in _SENTENCE_END.finditer(text[: longest + 1]):
        if end.end() <= longest and not _TITLE.search(text[: end.end()]):
            best = end.end()
    if best:
        return text[:best]
    cut = text[: longest - 1]
    at = cut.rfind(" ")
    return f"{(cut[:at] if at > longest // 2 else cut).rstrip(' ,;:–—-')}…"
