"""Are words counted, deks cut and languages named as people would?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.enrich.domain import languages, words
from services.enrich.domain.terms import MOST_TERMS, key_terms, tokens_of


@pytest.mark.parametrize(
    ("text", "count", "minutes"),
    [
        ("", 0, 1),
        ("One two — three!", 3, 1),
        ("It's a well-known 3,000.50", 4, 1),
        ("word " * 690, 690, 3),
        ("東京で魚が見つかった", 10, 1),
        ("魚" * 1500, 1500, 3),
        ("Naïve façade", 2, 1),
        ("Seoul 서울 시", 3, 1),
    ],
)
def test_words_are_counted_in_every_script(text: str, count: int, minutes: int) -> None:
    assert words.count(text, tokens_of(text)) == (count, minutes)


LONG = "The first sentence is here. " * 3 + "And then there is one more that goes on and on, " + "on and " * 30 + "on."


@pytest.mark.parametrize(
    ("given_dek", "lead", "dek"),
    [
        ("Given <b>dek</b>", "x", "Given dek"),
        ("a\nb\x07", "x", "a b"),
        ("1 < 2", "x", "1 < 2"),
        ("<b></b>", "Lead.", "Lead."),
        (None, "Short lead.", "Short lead."),
        (None, LONG, ("The first sentence is here. " * 3).strip()),
        (None, "word " * 100, ("word " * 39).strip() + "…"),
        (None, "x" * 300, "x" * 199 + "…"),
        (None, "魚がいる。" * 60, "魚がいる。" * 40),
        (None, "", ""),
    ],
)
def test_a_dek_is_what_was_given_or_the_first_sentences(given_dek: str | None, lead: str, dek: str) -> None:
    assert words.dek(given_dek, lead) == dek


def test_a_title_ends_no_sentence() -> None:
    text = "Yesterday the mayor met Dr. " + "Alma and others " * 20
    assert not words.first_sentences(text).endswith("Dr.")


@given(st.text(max_size=600))
def test_a_dek_is_never_long_and_never_more_than_a_line(text: str) -> None:
    dek = words.dek(None, text)
    assert len(dek) <= words.LONGEST_DEK
    assert "\n" not in dek


@pytest.mark.parametrize(
    ("tag", "normal"),
    [
        ("en", "en"), ("EN_us", "en-US"), ("zh-hant-tw", "zh-Hant-TW"), ("sr-LATN", "sr-Latn"), ("es-419", "es-419"),
        ("de-DE-1996", "de-DE-1996"), ("English", None), ("und", None), ("", None), (None, None), ("e", None),
        ("en us", None), ("gsw", "gsw"), ("x" * 400, None),
    ],
)  # fmt: skip
def test_language_tags_get_their_usual_case(tag: str | None, normal: str | None) -> None:
    assert languages.normal(tag) == normal


def test_a_poor_guess_is_the_sites_language() -> None:
    assert languages.decide(("de", 0.99), "en") == "de"
    assert languages.decide(("de", 0.3), "en") == "en"
    assert languages.decide(None, "en") == "en"
    assert languages.sample("Ok", "123 456") is None


def test_key_terms_are_what_a_text_is_about() -> None:
    text = "The swan sat. A ferry waited. The swan hissed at the ferry and the captain. Swan and captain stared."
    found = key_terms("Swan stops ferry", "A swan refuses", text, tokens_of(text))
    assert found[0] == "swan"
    assert {"ferry", "captain"} <= set(found)
    assert not {"the", "and", "at"} & set(found)


def test_key_terms_of_chinese_and_japanese_are_pairs_of_characters() -> None:
    text = "東京で魚が見つかった。東京は驚いた。"
    assert "東京" in key_terms("東京の魚", "", text, tokens_of(text))


@given(st.text(max_size=400), st.text(max_size=100))
def test_key_terms_are_few_distinct_and_the_same_each_time(text: str, headline: str) -> None:
    found = key_terms(headline, "", text, tokens_of(text))
    assert len(found) == len(set(found)) <= MOST_TERMS
    assert found == key_terms(headline, "", text, tokens_of(text))
