"""Which paragraphs are references, and under which address does a story answer?"""

import pytest

from services.enrich.domain.blocks import read_blocks
from services.enrich.domain.references import address_key, named, parts
from services.enrich.domain.sanitise import Sanitiser
from shared.events import Reference

PUBLIC = "https://site.example"


def parted(html: str) -> list[tuple[str, ...]]:
    body = parts(read_blocks(Sanitiser(PUBLIC).clean(html, base=None, sponsored=False)))
    return [(part.address or "", part.text) if isinstance(part, Reference) else (part.html,) for part in body]


@pytest.mark.parametrize(
    "html",
    [
        '<p>READ ALSO: <a href="newswire:b">B  &amp; co</a></p>',
        '<p>Read also <a href="newswire:b">B &amp; co</a></p>',
        '<p><strong>READ&nbsp;ALSO:</strong> <em><a href="newswire:b">B &amp; co</a></em></p>',
        '<p><strong><em>read Also - <a href="newswire:b">B <b>&amp;</b> co</a></em></strong></p>',
        '<div>READ ALSO: <a href="newswire:b">B &amp; co</a></div>',
        '<p>LESEN SIE AUCH: <a href="newswire:b">B &amp; co</a></p>',
        '<p><b>À lire aussi :</b> <a href="newswire:b">B &amp; co</a></p>',
        '<p>اقرأ أيضًا: <a href="newswire:b">B &amp; co</a></p>',
    ],
)
def test_a_read_also_paragraph_is_a_reference(html: str) -> None:
    assert parted(f"<p>1</p>{html}<p>2</p>") == [("<p>1</p>",), ("newswire:b", "B & co"), ("<p>2</p>",)]


@pytest.mark.parametrize(
    "html",
    [
        "<p>READ ALSO: nothing linked</p>",
        '<p>You may read also <a href="newswire:b">this</a></p>',
        '<h2>READ ALSO: <a href="/b/">this</a></h2>',
        '<p>READ ALSO: <a href="javascript:x">this</a></p>',
        '<p>Readers also <a href="/b/">did</a></p>',
        '<p>Read also what she said in <a href="/b/">an interview</a> with us.</p>',
        '<p>Lesen Sie auch <a href="/b/">das Buch</a> dazu.</p>',
    ],
)
def test_other_paragraphs_are_text(html: str) -> None:
    assert all(len(part) == 1 for part in parted(html))


def test_a_list_of_references_is_several() -> None:
    html = '<p>READ ALSO: <a href="newswire:b">B</a>, <a href="/c/">C</a></p>'
    assert parted(html) == [("newswire:b", "B"), ("/c/", "C")]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://a.example/x/", "http://www.A.example/x"),
        ("https://a.example/x#y", "https://a.example/x"),
        ("https://a.example/caf%C3%A9", "https://a.example/café"),
        (f"{PUBLIC}/2026/11/23/b/", "/2026/11/23/b"),
        ("/2026/11/23/b/?utm=1", "/2026/11/23/b/#top"),
        ("/2026/11/23/%E6%9D%B1/", "/2026/11/23/東/"),
    ],
)
def test_spellings_of_one_address_share_a_key(one: str, other: str) -> None:
    assert address_key(one, PUBLIC) == address_key(other, PUBLIC)


@pytest.mark.parametrize(
    ("one", "other"),
    [("https://a.example/x?p=1", "https://a.example/x?p=2"), ("/a/", "/b/"), ("//a.example/x", "/a.example/x")],
)
def test_other_addresses_do_not(one: str, other: str) -> None:
    assert address_key(one, PUBLIC) != address_key(other, PUBLIC)


def test_newswire_addresses_name_stories_of_the_same_publisher_or_of_another() -> None:
    assert named("newswire:x", "desk") == named("newswire:desk/x", "other")
    assert named("newswire:x", "desk") != named("newswire:x", "other")
    assert named("https://a.example", "desk") is None
