"""Does every form of an address lead to the one that we hold?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.site.domain.addresses import alias_form, is_clean, lookup_form, slashed, wire_form


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
