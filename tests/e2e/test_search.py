"""Does search find what the interface says it finds?"""

import feedparser  # type: ignore[import-untyped]  # it has no types
import pytest

from tests.servers.publisher import Publisher, document, stories_of


@pytest.fixture(scope="module")
def harvest(desk: Publisher) -> Publisher:
    """Stories about a made-up fruit, on three days."""
    common = {"tags": ["Quorf"], "sections": ["Harvest"]}
    desk.put("quorf-1", headline="Quorf harvest begins", published_at="2026-02-01T00:00:00Z", **common)
    desk.put("quorf-2", headline="Quorf & prices", published_at="2026-02-02T12:00:00Z", authors=[{"name": "Q. Orf"}])
    desk.put("quorf-3", headline="The last quorf", published_at="2026-02-03T23:59:59Z", **common)
    return desk


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=quorf", {"quorf-1", "quorf-2", "quorf-3"}),
        ("q=QUORF", {"quorf-1", "quorf-2", "quorf-3"}),
        ("q=quorf&section=harvest", {"quorf-1", "quorf-3"}),
        ("q=&tag=quorf", {"quorf-1", "quorf-3"}),
        ("author=q-orf", {"quorf-2"}),
        ("q=quorf&from=2026-02-02", {"quorf-2", "quorf-3"}),
        ("q=quorf&to=2026-02-02", {"quorf-1", "quorf-2"}),
        ("q=quorf&from=2026-02-02&to=2026-02-02", {"quorf-2"}),
        ("q=quorf&from=2026-02-03&to=2026-02-03", {"quorf-3"}),
        ("q=quorf&from=2026-02-01&to=2026-02-01", {"quorf-1"}),
        ("q=quorf&page=2", set()),
        ("q=quorf&page=0", {"quorf-1", "quorf-2", "quorf-3"}),
        ("q=quorf&from=nonsense", {"quorf-1", "quorf-2", "quorf-3"}),
        ('q="last quorf"', {"quorf-3"}),
        ("q=quorfless", set()),
        ("q=%22%27)(*^:-- OR NEAR quorf", set()),
    ],
)
def test_a_search_finds(harvest: Publisher, query: str, found: set[str]) -> None:
    names = {"quorf-1": "Quorf harvest begins", "quorf-2": "Quorf & prices", "quorf-3": "The last quorf"}
    page = harvest.get(f"/search?{query}")
    assert page.status_code == 200
    assert set(stories_of(page)) == {names[name] for name in found}
    feed = feedparser.parse(harvest.get(f"/search?{query}&format=rss").content)
    assert not feed.bozo
    assert {entry.title for entry in feed.entries} == {names[name] for name in found}


@pytest.mark.parametrize(
    "query", ["", "?q=", "?q=+", "?q=&page=3", "?q=%00", "?q=%ff", "?page=x", "?q=%22", "?q=*", "?q=-x"]
)
def test_an_empty_search_is_a_page(desk: Publisher, query: str) -> None:
    page = desk.get(f"/search{query}")
    assert page.status_code == 200
    assert document(page).xpath('//input[@name="q"]')
    assert document(page).xpath('//meta[@name="robots"]/@content')[0].startswith("noindex")


def test_a_search_is_a_list_with_pages(desk: Publisher) -> None:
    desk.push_all((f"paged-{place}", {"headline": f"Vellumite {place:02}"}) for place in range(23))
    first = desk.get("/search?q=vellumite")
    assert len(stories_of(first)) == 20
    following = document(first).xpath('//a[@rel="next"]/@href')[0]
    second = desk.get(following)
    assert len(stories_of(second)) == 3
    assert not set(stories_of(first)) & set(stories_of(second))
    assert "23 stories" in first.text


def test_what_was_looked_for_is_text(desk: Publisher) -> None:
    page = desk.get('/search?q="><script>alert(1)</script>')
    assert "<script>alert(1)" not in page.text
    assert document(page).xpath('//input[@id="q"]/@value') == ['"><script>alert(1)</script>']


def test_who_mistypes_a_word_is_led_to_what_there_is(harvest: Publisher) -> None:
    page = document(harvest.get("/search?q=hravest&tag=quorf"))
    [address] = page.xpath('//p[@class="suggestion"]/a/@href')
    assert set(stories_of(harvest.get(address))) == {"Quorf harvest begins", "The last quorf"}


def test_a_query_of_ten_kilobytes_is_a_query(desk: Publisher) -> None:
    for query in ("quorf " * 1_700, '"' * 10_000, "%25" * 3_300, "NEAR(" * 2_000):
        assert desk.client.get("/search", params={"q": query}).status_code == 200
