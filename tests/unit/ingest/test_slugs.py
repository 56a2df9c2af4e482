"""Which words of an address does a text become?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.domain.slugs import LONGEST, cut, numbered, slugify


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Ferry returns to Quillmouth", "ferry-returns-to-quillmouth"),
        ("  Ferry -- returns!  ", "ferry-returns"),
        ("Économie & Straße", "economie-strasse"),
        ("Zażółć gęślą jaźń", "zazolc-gesla-jazn"),
        ("Ærø Łódź", "aero-lodz"),
        ("The mayor's 2nd term", "the-mayor-s-2nd-term"),
        ("北京 是", "北京-是"),
        ("がぎ", "がぎ"),
        ("Москва: йод", "москва-йод"),
        ("हिन्दी", "हिन्दी"),
        ("한국어", "한국어"),
        ("ﬁsh ②", "fish-2"),
        ("snake_case", "snake-case"),
        ("!!!", ""),
        ("", ""),
    ],
)
def test_a_slug_is_what_the_interface_says(text: str, slug: str) -> None:
    assert slugify(text) == slug


def test_a_long_slug_is_cut_at_a_hyphen() -> None:
    assert slugify("word " * 30) == "-".join(["word"] * 16)
    assert slugify("a" * 100) == "a" * LONGEST
    assert cut("aaaa-bbbb", 4) == "aaaa"
    assert cut("aaaa-bbbb", 8) == "aaaa"


def test_a_numbered_slug_still_fits() -> None:
    assert numbered("ferry", 1) == "ferry"
    assert numbered("ferry", 2) == "ferry-2"
    assert len(numbered("a" * LONGEST, 12)) == LONGEST


@given(st.text(max_size=200))
def test_every_text_has_a_slug_that_is_its_own_slug(text: str) -> None:
    slug = slugify(text)
    assert slugify(slug) == slug
    assert len(slug) <= LONGEST
    assert not slug.startswith("-")
    assert not slug.endswith("-")
    assert "--" not in slug
    assert slug == slug.lower()
    assert not set(slug) & set("/?#%. \n")
