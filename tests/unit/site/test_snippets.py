"""Does a snippet show why a story was found, whatever it is written in?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.site.domain.query import Query, parse
from services.site.domain.snippets import WIDTH, shown, snippet


@given(st.text(max_size=600), st.text(max_size=20))
def test_a_snippet_is_short_and_safe(text: str, looked_for: str) -> None:
    shown = snippet(text, parse(looked_for))
    bare = shown.replace("<mark>", "").replace("</mark>", "")
    assert "<" not in bare
    assert len(bare) <= (WIDTH + 10) * 6


@pytest.mark.parametrize(
    ("text", "query", "shown"),
    [
        ("Die Straße der Maße", "strasse mass", "Die <mark>Straße</mark> der <mark>Maße</mark>"),
        ("Cafe\u0301 au lait", "café", "<mark>Cafe\u0301</mark> au lait"),
        ("in Łódź", "lodz", "in <mark>Łódź</mark>"),
        ("東京都の新しい橋", "東京都 橋", "<mark>東京都</mark>の新しい<mark>橋</mark>"),
        ("قالت الحكومة اليوم", "حكومة", "قالت <mark>الحكومة</mark> اليوم"),
        ("high tide, high-water mark", '"high water"', "high tide, <mark>high-water</mark> mark"),
        ("highway high", "high -way", "<mark>highway</mark> <mark>high</mark>"),
        ("cat category", "cat", "<mark>cat</mark> category"),
        ("<b>ferry</b> & co", "ferry", "&lt;b&gt;<mark>ferry</mark>&lt;/b&gt; &amp; co"),
        ("nothing of it", "ferry", "nothing of it"),
    ],
)
def test_the_words_that_were_looked_for_are_marked(text: str, query: str, shown: str) -> None:
    assert snippet(text, parse(query)) == shown


def test_a_snippet_starts_near_the_first_hit_and_marks_every_one() -> None:
    text = "Nothing here. " * 30 + "Then the Fähre came. The ferry of old <b>ferries</b>."
    shown = snippet(text, parse("ferr*"))
    assert shown.startswith("… ")
    assert "the <mark>ferry</mark> of old &lt;b&gt;<mark>ferries</mark>" in shown.replace("The", "the")
    assert snippet("Short.", Query()) == "Short."


def test_the_piece_that_has_most_of_the_words_is_shown() -> None:
    text = "A bridge. " + "Filler words. " * 300 + "The ferry under the bridge."
    shown = snippet(text, parse("bridge ferry"))
    assert "<mark>ferry</mark> under the <mark>bridge</mark>" in shown


def test_a_word_that_only_the_dek_has_is_shown_there() -> None:
    texts = ("Of other things.", "The ferry is back")
    assert shown(texts, parse("ferry")) == "The <mark>ferry</mark> is back"
    assert shown(texts, parse("things")) == "Of other <mark>things</mark>."
    assert shown(texts, parse("nothing")) == "Of other things."
