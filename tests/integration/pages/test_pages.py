"""Does the page store keep its promises on a directory?"""

import gzip
import secrets
from pathlib import Path

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from shared.pages import Page, PageMissing, Pages, encoded, is_outage, name_of, pack, unpack
from shared.pages.packs import LARGEST

PROSE = b"<p>The council of Larkmoor met on Tuesday to talk about the bridge again.</p>" * 40


@pytest.fixture
def pages(tmp_path: Path) -> Pages:
    """An empty store."""
    return Pages(f"file://{tmp_path}/pages")


async def test_a_page_comes_back_whole_in_every_encoding(pages: Pages) -> None:
    page = Page("text/html; charset=utf-8", PROSE, {"X-Story-Revision": "3"})
    (key,) = await pages.put_pages([page])
    stored = await pages.get_page(key)
    assert stored.content_type == page.content_type
    assert dict(stored.headers) == {"X-Story-Revision": "3"}
    assert stored.encodings["identity"] == PROSE
    assert gzip.decompress(stored.encodings["gzip"]) == PROSE


async def test_keys_come_in_the_order_of_the_pages_and_equal_pages_are_one_object(pages: Pages, tmp_path: Path) -> None:
    one, two = Page("text/plain", b"one"), Page("text/plain", b"two")
    keys = await pages.put_pages([two, one, two])
    assert [name_of(key) for key in keys] == [two.name, one.name, two.name]
    assert keys[0] == keys[2]
    assert [(await pages.get_page(key)).encodings["identity"] for key in keys] == [b"two", b"one", b"two"]
    assert sum(path.is_file() for path in (tmp_path / "pages").rglob("*")) == 1


async def test_what_one_page_keeps_alive_is_bounded(pages: Pages, tmp_path: Path) -> None:
    many = [Page("text/plain", secrets.token_bytes(60_000)) for _ in range(20)]
    keys = await pages.put_pages(many)
    sizes = [path.stat().st_size for path in (tmp_path / "pages").rglob("*") if path.is_file()]
    assert len(sizes) > 1
    assert max(sizes) <= LARGEST
    assert [(await pages.get_page(key)).encodings["identity"] for key in keys] == [one.body for one in many]


async def test_a_page_that_comes_zipped_is_read_plain_as_well(pages: Pages) -> None:
    (key,) = await pages.put_pages([Page("application/rss+xml", b"", zipped=gzip.compress(PROSE))])
    assert (await pages.get_page(key)).encodings["identity"] == PROSE


async def test_brotli_and_zstd_are_not_kept_but_made_for_those_who_ask(pages: Pages) -> None:
    (key,) = await pages.put_pages([Page("text/html", PROSE)])
    assert set((await pages.get_page(key)).encodings) == {"identity", "gzip"}
    assert brotli.decompress(encoded(PROSE, "br")) == PROSE
    assert zstandard.decompress(encoded(PROSE, "zstd")) == PROSE


async def test_whatever_a_reader_sees_is_in_the_key(pages: Pages) -> None:
    del pages
    page = Page("text/html", PROSE)
    assert page.name == Page("text/html", PROSE, {}).name
    others = [Page("text/plain", PROSE), Page("text/html", PROSE + b" "), Page("text/html", PROSE, {"Link": "x"})]
    assert len({page.name, *(other.name for other in others)}) == 4


async def test_writing_again_is_harmless(pages: Pages) -> None:
    page = Page("text/html", PROSE)
    keys = [*await pages.put_pages([page]), *await pages.put_pages([page])]
    stored = [await pages.get_page(key) for key in keys]
    assert [one.encodings["identity"] for one in stored] == [PROSE, PROSE]
    assert stored[0].etag == stored[1].etag == page.name


async def test_what_is_not_there_is_missing_and_no_outage(pages: Pages) -> None:
    for key in ("packs/00/00.pack#0+9/00", "packs/../../secret#0+9/00", "media/x.jpg", "", "packs/00/00.pack#0"):
        with pytest.raises(PageMissing) as raised:
            await pages.get_page(key)
        assert not is_outage(raised.value)
    await pages.delete(["packs/00/00.pack"])
    await pages.ping()


async def test_deleted_is_gone(pages: Pages) -> None:
    key = await pages.put_media(b"\xff\xd8picture", "jpg")
    assert await pages.get(key) == b"\xff\xd8picture"
    await pages.delete([key])
    with pytest.raises(PageMissing):
        await pages.get(key)


async def test_a_store_that_cannot_be_written_is_an_outage(tmp_path: Path) -> None:
    pages = Pages(f"file://{tmp_path}/pages")
    (tmp_path / "pages").rmdir()
    (tmp_path / "pages").write_text("a file where the directory was")
    with pytest.raises(Exception) as raised:  # noqa: PT011 - any error will do, if is_outage knows it
        await pages.put_pages([Page("text/html", PROSE)])
    assert is_outage(raised.value), repr(raised.value)


@given(st.binary(max_size=2000), st.dictionaries(st.text(max_size=10), st.text(max_size=20), max_size=3))
def test_packing_loses_nothing_and_is_always_the_same(body: bytes, headers: dict[str, str]) -> None:
    page = Page("text/html", body, headers)
    packed = pack(page)
    assert packed == pack(page)
    stored = unpack(page.name, packed)
    assert stored.encodings["identity"] == body
    assert dict(stored.headers) == headers
    assert stored.content_type == "text/html"
