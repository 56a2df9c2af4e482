"""Which words has a text, in any language?"""

# ruff: noqa: RUF001 - letters of other scripts

from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.site.domain.words import LONGEST_WORD, folded, runs, singles, width, words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Straße in Łódź", ["strasse", "in", "lodz"]),
        ("Æsir, ŒUVRE & Møller", ["aesir", "oeuvre", "moller"]),
        ("snake_case e-mail 3.14", ["snake", "case", "e", "mail", "3", "14"]),
        ("l’école d'Été", ["l", "ecole", "d", "ete"]),
        ("Cafe\u0301 Café", ["cafe", "cafe"]),
        ("ﬁne ½", ["fine", "1", "2"]),
        ("İstanbul ısı", ["istanbul", "isi"]),
        ("привет Йод", ["привет", "иод"]),
        ("ΟΔΟΣ οδός", ["οδοσ", "οδοσ"]),
        ("東京 tower", ["東京", "tower"]),
        ("東京都の橋", ["東京", "京都", "都の", "の橋"]),
        ("橋 か", ["橋", "か"]),
        ("ﾄｳｷｮｳ", ["トウ", "ウキ", "キョ", "ョウ"]),
        ("서울", ["서울"]),
        ("हिन्दी में", ["हिनदी", "में"]),
        ("العَرَبِيَّة", ["عربيه"]),
        ("الحكومة وحكومة للحكومة", ["حكومه", "وحكومه", "حكومه"]),
        ("٢٠٢٦ ۲۰۲۶", ["2026", "2026"]),
        ("fer\u200fry Donau\u00addampf \u202ea\u202c", ["ferry", "donaudampf", "a"]),
        ("❤️ 🦊 a", ["a"]),
        ("\x00\ud800", []),
        ("", []),
    ],
)
def test_words_are_folded(text: str, found: list[str]) -> None:
    assert words(text) == [normalize("NFKD", word) for word in found]


@given(st.text())
def test_what_is_folded_stays_as_it_is_and_its_letters_are_counted(text: str) -> None:
    found = words(text)
    assert all(0 < len(word) <= LONGEST_WORD for word in found)
    assert folded(folded(text)) == folded(text)
    assert len(folded(text)) == sum(map(width, text))


def test_characters_of_scripts_without_spaces_are_found_alone() -> None:
    assert singles("東京都 tower 橋 東") == ["東", "京", "都"]
    assert singles("Łódź") == []
    assert runs(["東京", "京都", "tower", "橋"]) == ["東京都", "tower", "橋"]
