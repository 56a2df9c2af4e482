"""Is a search understood, and can nothing in it be taken for syntax?"""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.site.domain.query import MOST_TERMS, Query, SearchTerm, fts5, parse, tsquery
from services.site.domain.snippets import WIDTH, snippet
from services.site.domain.words import words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Straße in Łódź", ["strasse", "in", "lodz"]),
        ("Æsir, ŒUVRE & Møller", ["aesir", "oeuvre", "moller"]),
        ("snake_case e-mail 3.14", ["snake", "case", "e", "mail", "3", "14"]),
        ("東京 tower", ["東", "京", "tower"]),
        ("привет", ["привет"]),
        ("", []),
    ],
)
def test_words_are_folded(text: str, found: list[str]) -> None:
    assert words(text) == found


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("cat", [SearchTerm(("cat",))]),
        ("harbour", [SearchTerm(("harbour",), prefix=True)]),
        ("ca*", [SearchTerm(("ca",), prefix=True)]),
        ('"high water"', [SearchTerm(("high", "water"))]),
        ('"high water', [SearchTerm(("high", "water"))]),
        ("e-mail", [SearchTerm(("e", "mail"))]),
        ("cat -dogs", [SearchTerm(("cat",)), SearchTerm(("dogs",), without=True)]),
        ("-dogs", []),
        ("cat cat", [SearchTerm(("cat",))]),
        ("* ( ) : ^", []),
    ],
)
def test_queries_are_words_phrases_prefixes_and_exceptions(text: str, terms: list[SearchTerm]) -> None:
    assert list(parse(text).terms) == terms


def test_words_are_quoted_for_both_databases() -> None:
    query = parse('flood "high water" -ferry')
    assert fts5(query) == '("flood"* AND "high water") NOT ("ferry")'
    assert tsquery(query) == "('flood':*) & ('high' <-> 'water') & !(('ferry'))"


@given(st.text(max_size=300))
def test_whatever_is_typed_only_words_reach_the_database(text: str) -> None:
    query = parse(text)
    assert len(query.terms) <= MOST_TERMS
    for term in query.terms:
        assert term.words
        assert all(re.fullmatch(r"[^\W_]+", word) for word in term.words)


@given(st.text(max_size=600), st.text(max_size=20))
def test_a_snippet_is_short_and_safe(text: str, looked_for: str) -> None:
    shown = snippet(text, parse(looked_for))
    bare = shown.replace("<mark>", "").replace("</mark>", "")
    assert "<" not in bare
    assert len(bare) <= (WIDTH + 10) * 6


def test_a_snippet_starts_near_the_first_hit_and_marks_every_one() -> None:
    text = "Nothing here. " * 30 + "Then the Fähre came. The ferry of old <b>ferries</b>."
    shown = snippet(text, parse("ferr*"))
    assert shown.startswith("… ")
    assert "the <mark>ferry</mark> of old &lt;b&gt;<mark>ferries</mark>" in shown.replace("The", "the")
    assert snippet("Short.", Query()) == "Short."
