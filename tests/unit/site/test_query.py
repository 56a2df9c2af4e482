"""Is a search understood, and can nothing in it be taken for syntax?"""

# ruff: noqa: RUF001 - letters of other scripts

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.site.domain.listing import fts5, tsquery
from services.site.domain.query import MOST_TERMS, MOST_WORDS, SearchTerm, instead, parse, typed


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("cat", [SearchTerm(("cat",))]),
        ("harbour", [SearchTerm(("harbour",), prefix=True)]),
        ("ca*", [SearchTerm(("ca",), prefix=True, typed=True)]),
        ("„high water“ −ferry", [SearchTerm(("high", "water")), SearchTerm(("ferry",), without=True)]),
        ("東京都 橋*", [SearchTerm(("東京", "京都")), SearchTerm(("橋",))]),
        (
            "a* b* c*",
            [
                SearchTerm(("a",), True, False, True),
                SearchTerm(("b",), True, False, True),
                SearchTerm(("c",), typed=True),
            ],
        ),
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
    assert tsquery(query) == "('flood':*) & ('high' <-> 'water') & !('ferry')"


@given(st.text(max_size=300))
@example("\x00 \" ' * ( ) : ^ \\ -")
@example("a\u0301\u202e \u0e31 \u094d ¹ ½ ﷺ")
@example("İ ſ ǆ ŉ")
def test_whatever_is_typed_only_words_reach_the_database(text: str) -> None:
    query = parse(text)
    assert len(query.terms) <= MOST_TERMS
    assert sum(len(term.words) for term in query.terms) <= MOST_WORDS
    for term in query.terms:
        assert term.words
        assert all(word.split() == [word] and not set(word) & set("\"'\\&|!:*<>()·§¶") for word in term.words)


@pytest.mark.parametrize("text", ['fery "high water" -bridge ha*', "東京都 -橋", "fery"])
def test_a_query_is_typed_again_as_it_was(text: str) -> None:
    assert typed(parse(text), {}) == text


def test_another_word_takes_the_place_of_one_in_the_writing_of_a_story() -> None:
    query = instead(parse('lodzz "high lodzz" -lodzz'), "lodzz", "lodz")
    assert typed(query, {"lodz": "łódź"}) == 'łódź "high łódź" -lodzz'
    assert query.terms[0] == SearchTerm(("lodz",), prefix=True)
