"""Is the reader's wish for an encoding understood (RFC 9110 §12.5.3)?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.site.domain.conditional import http_date, not_modified_since, tag_matches
from services.site.domain.negotiation import OURS, order


@pytest.mark.parametrize(
    ("header", "first"),
    [
        (b"", "identity"),
        (b"gzip", "gzip"),
        (b"gzip, br", "br"),
        (b"gzip, deflate, br, zstd", "br"),
        (b"gzip;q=1, br;q=0.1", "gzip"),
        (b"br;q=0, gzip;q=0", "identity"),
        (b"GZIP", "gzip"),
        (b"x-gzip", "gzip"),
        (b"*", "br"),
        (b"*;q=0", "identity"),
        (b"identity;q=0, gzip", "gzip"),
        (b"identity;q=0", "identity"),
        (b"deflate", "identity"),
        (b"gzip;q=nonsense", "identity"),
        (b"gzip;q=0.5, identity;q=0.8", "identity"),
        (b"gzip;q=0.001", "gzip"),
        (b";;,,=", "identity"),
    ],
)
def test_the_best_encoding_that_the_reader_allows_is_chosen(header: bytes, first: str) -> None:
    assert order(header)[0] == first


@given(st.binary(max_size=200))
def test_every_header_leads_to_something_that_we_have(header: bytes) -> None:
    found = order(header)
    assert found
    assert set(found) <= set(OURS)
    assert "identity" in found


@pytest.mark.parametrize(
    ("header", "matches"),
    [
        (b'"a"', True),
        (b'W/"a"', True),
        (b'"b", W/"a"', True),
        (b"*", True),
        (b'"b"', False),
        (b"a", False),
        (b"", False),
    ],
)
def test_entity_tags_are_compared_weakly(header: bytes, matches: bool) -> None:
    assert tag_matches(header, b'"a"') is matches


@given(st.integers(0, 4_000_000_000), st.integers(0, 4_000_000_000))
def test_dates_are_compared_as_dates(since: int, modified: int) -> None:
    assert not_modified_since(http_date(since), modified) is (modified <= since)


@pytest.mark.parametrize("header", [b"", b"soon", b"Thu, 99 Foo 2026", b"\xff\xfe", b"Fri, 01 Jan 99999 00:00:00 GMT"])
def test_a_broken_date_is_as_good_as_none(header: bytes) -> None:
    assert not not_modified_since(header, 0)


def test_the_three_forms_of_a_date_are_read() -> None:
    forms = (b"Sun, 06 Nov 1994 08:49:37 GMT", b"Sunday, 06-Nov-94 08:49:37 GMT", b"Sun Nov  6 08:49:37 1994")
    for form in forms:
        assert not_modified_since(form, 784_111_777)
        assert not not_modified_since(form, 784_111_778)
