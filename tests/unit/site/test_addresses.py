"""Does every form of an address lead to the one that we hold?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.site.domain.addresses import alias_form, is_clean, lookup_form, moved_for_good, slashed, wire_form


@pytest.mark.parametrize(
    ("path", "query", "target"),
    [
        ("/", "", None),
        ("/", "utm=1", None),
        ("/", "s=", "/search?q="),
        ("/", "s=a%20b&x=1", "/search?q=a+b"),
        ("/index.php", "s=a", "/search?q=a"),
        ("/", "feed=rss2", "/feed/"),
        ("/", "feed=unknown", None),
        ("/", "&".join(["s=1"] * 60), None),
        ("/category/a/", "", "/section/a/"),
        ("/category/a", "x=1", "/section/a/?x=1"),
        ("/feed/rss2/", "", "/feed/"),
        ("/tag/x/feed/rdf", "", "/tag/x/feed/"),
        ("/page/1", "", "/"),
        ("/tag/x/page/01/", "", "/tag/x/"),
        ("/tag/x/page/11/", "", None),
        ("/search/", "q=x", "/search?q=x"),
        ("/2026/11/23/x/", "", None),
    ],
)
def test_addresses_of_wordpress_lead_to_ours(path: str, query: str, target: str | None) -> None:
    assert moved_for_good(path, query) == target


@given(st.text(min_size=1).map(lambda text: "/" + text))
def test_the_wire_form_leads_back_to_the_lookup_form(path: str) -> None:
    try:
        path.encode()
    except UnicodeEncodeError:
        return
    known = lookup_form(path.replace("%", ""))
    assert wire_form(known).isascii()
    assert lookup_form(wire_form(known)) == known


@pytest.mark.parametrize(
    ("alias", "form"),
    [
        ("/old/x.html", "/old/x.html"),
        ("https://old.example/a?p=1#x", "/a?p=1"),
        ("/?p=12", "/?p=12"),
        ("/caf%C3%A9", "/café"),
        ("https://old.example", "/"),
    ],
)
def test_an_alias_is_kept_as_it_will_be_asked_for(alias: str, form: str) -> None:
    assert alias_form(alias) == form


def test_control_characters_and_broken_bytes_are_no_address() -> None:
    assert is_clean("/ok/ä/")
    assert not is_clean("/a\x00/")
    assert not is_clean("/a\r\nx")
    assert not is_clean("/a\ufffd")
    assert slashed("/a") == "/a/"
    assert slashed("/a/") is None
