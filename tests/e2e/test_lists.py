"""Do lists show what they should, in order, page by page, and nothing else?"""

from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any

import httpx
import pytest
from lxml import etree  # type: ignore[import-untyped]  # it has no types

from shared import clock
from tests.servers.newswire import wait_until
from tests.servers.publisher import SOON, Publisher, document, links_of, path_of, stories_of, words_in
from tests.valid.feeds import problems


def ago(**span: float) -> str:
    return (clock.now() - timedelta(**span)).isoformat()


def many(name: str, number: int, newest: datetime, **fields: Any) -> list[tuple[str, dict[str, Any]]]:
    """Stories whose headlines count down from the newest (0), a minute apart."""
    return [
        (
            f"{name}-{place}",
            {
                "headline": f"{name} {place:03}",
                "published_at": (newest - timedelta(minutes=place)).isoformat(),
                "notify": False,
                **fields,
            },
        )
        for place in range(number)
    ]


def test_a_list_has_twenty_stories_a_page_newest_first_and_ends_at_its_last_page(desk: Publisher) -> None:
    desk.push_all(many("Orchard", 45, datetime(2026, 3, 4, 12, tzinfo=UTC), sections=["Orchards"]))
    pages = [desk.until(f"/section/orchards/{path}", there="Orchard 0") for path in ("", "page/2/", "page/3/")]
    wait_until(lambda: len(stories_of(desk.get("/section/orchards/page/3/"))) == 5, SOON)
    pages[2] = desk.get("/section/orchards/page/3/")
    shown = [stories_of(page) for page in pages]
    assert [len(one) for one in shown] == [20, 20, 5]
    assert list(chain.from_iterable(shown)) == [f"Orchard {place:03}" for place in range(45)]
    assert desk.get("/section/orchards/page/4/").status_code == 404
    assert "/archive/2026/03/" in links_of(pages[2])
    assert not [link for link in links_of(pages[0]) if "/archive/" in link]
    assert "/section/orchards/page/2/" in links_of(pages[0])


@pytest.mark.parametrize("base", ["/section/pears/", "/tag/pears/", "/author/pia-pear/"])
def test_lists_answer_at_their_own_address_alone(desk: Publisher, base: str) -> None:
    desk.put("pears", headline="Pears are ripe", sections=["Pears"], tags=["pears"], authors=[{"name": "Pia Pear"}])
    assert "Pears are ripe" in desk.get(base).text
    for odd, target in ((base.rstrip("/"), base), (f"{base}page/1/", base), (f"{base}page/1", base)):
        answer = desk.get(odd)
        assert (answer.status_code, answer.headers["location"]) == (301, target), odd
    assert desk.get(f"{base}page/2/").status_code == 404
    assert desk.get(f"{base.removesuffix('/')}-never/").status_code == 404
    assert desk.get(f"{base.removesuffix('/')}-never/feed/").status_code == 404
    missing = desk.get(f"{base}page/99/")
    assert (missing.status_code, missing.headers["cache-control"]) == (404, "no-store")


def test_no_list_has_more_than_ten_pages_and_months_hold_the_rest(desk: Publisher) -> None:
    desk.push_all(many("Barge", 212, datetime(2025, 7, 20, tzinfo=UTC), tags=["barges"]))
    desk.until("/tag/barges/page/10/", there="Barge 199")
    last = desk.get("/tag/barges/page/10/")
    assert stories_of(last)[-1] == "Barge 199"
    assert desk.get("/tag/barges/page/11/").status_code == 404
    assert "/archive/2025/07/" in links_of(last)
    month = desk.until("/archive/2025/07/", there="Barge ")
    wait_until(lambda: len(_all_of(desk, "/archive/2025/07/")) == 212, SOON)
    assert "July 2025" in words_in(month)
    assert desk.get("/archive/2025/07/page/1/").headers["location"] == "/archive/2025/07/"
    assert desk.get("/archive/2025/07").headers["location"] == "/archive/2025/07/"
    assert desk.get("/archive/1999/01/").status_code == 404
    # Whoever reads the feed of the list back meets all of them, each once.
    for form in ("", "atom/", "json/"):
        documents = read_back(desk, f"/tag/barges/feed/{form}")
        assert [len(one) for one in documents] == [50, 50, 50, 50, 12]
        assert list(chain.from_iterable(documents)) == [f"Barge {place:03}" for place in range(212)]


def read_back(desk: Publisher, path: str) -> list[list[str]]:
    """The titles in a feed and in each document that it goes on with (RFC 5005 §3); all are valid."""
    found: list[list[str]] = []
    address: str | None = desk.url(path)
    while address:
        page = desk.get(address)
        assert (page.status_code, problems(page.content, address)) == (200, [])
        if page.headers["content-type"].startswith("application/feed+json"):
            found.append([one["title"] for one in page.json()["items"]])
            address = page.json().get("next_url")
        else:
            root = etree.fromstring(page.content)
            found.append(
                [str(one) for one in root.xpath("//*[name()='item' or name()='entry']/*[name()='title']/text()")]
            )
            address = "".join(map(str, root.xpath("//*[local-name()='link'][@rel='next']/@href")))
    return found


def test_a_month_is_there_as_soon_as_a_list_links_it(desk: Publisher) -> None:
    desk.put("first-of-month", published_at="2024-02-29T12:00:00Z", tags=["leap"])
    assert "/archive/2024/02/" in links_of(desk.get("/tag/leap/"))
    assert desk.get("/archive/2024/02/").status_code == 200


def _all_of(desk: Publisher, path: str) -> set[str]:
    found: set[str] = set()
    for number in range(1, 30):
        page = desk.get(path if number == 1 else f"{path}page/{number}/")
        if page.status_code == 404:
            break
        found |= {title for title in stories_of(page) if title.startswith("Barge")}
    return found


def test_a_list_that_lost_all_its_stories_is_empty_not_missing(desk: Publisher) -> None:
    desk.put("hermit", headline="The only hermit", sections=["Hermits"], tags=["hermits"])
    desk.act("hermit", "kill", reason="wrong")
    for path in ("/section/hermits/", "/tag/hermits/"):
        assert stories_of(desk.until(path, gone="The only hermit")) == []
        assert httpx.get(desk.url(f"{path}feed/")).status_code == 200


def test_a_page_beyond_the_last_is_missing_also_when_it_once_was_there(desk: Publisher) -> None:
    desk.push_all(many("Ferret", 21, datetime(2026, 2, 3, tzinfo=UTC), tags=["ferrets"]))
    desk.until("/tag/ferrets/page/2/", there="Ferret 020")
    desk.act("Ferret-3", "kill", reason="wrong")
    desk.until("/tag/ferrets/page/2/", status=404)
    assert len(stories_of(desk.until("/tag/ferrets/", there="Ferret 020"))) == 20
    desk.act("Ferret-3", "revive", note="Right after all.")
    desk.until("/tag/ferrets/page/2/", there="Ferret 020")


def test_a_section_is_its_slug_and_has_the_name_that_came_first(desk: Publisher) -> None:
    desk.put("eco-1", headline="Prices rise", sections=["Économie"])
    desk.put("eco-2", headline="Prices fall", sections=["economie"])
    page = desk.until("/section/economie/", there="Prices fall")
    assert "Prices rise" in page.text
    assert document(page).xpath("//h1")[0].text_content() == "Économie"
    assert desk.get("/section/%C3%A9conomie/").status_code == 404


def test_an_updated_story_leaves_the_lists_that_it_no_longer_belongs_to(desk: Publisher) -> None:
    desk.put("moves", headline="A heron moves", sections=["Marsh"], tags=["herons"])
    desk.put("moves", headline="A heron moved", sections=["Shore"])
    desk.until("/section/shore/", there="A heron moved")
    for path in ("/section/marsh/", "/tag/herons/", "/section/marsh/feed/", "/tag/herons/feed/json/"):
        desk.until(path, gone="A heron move")


def test_the_lead_is_the_newest_breaking_story_of_the_last_six_hours(desk: Publisher) -> None:
    # Dates just ahead keep these above all that other tests push; more than five minutes would be an embargo.
    desk.put("lead-none", headline="Nothing happens", published_at=ago(minutes=-4.5))
    desk.put("lead-old", headline="Bridge fell yesterday", priority="breaking", published_at=ago(hours=6.1))
    assert _lead(desk) != "Bridge fell yesterday"
    desk.put("lead-1", headline="Dam holds", priority="breaking", published_at=ago(hours=2))
    assert _lead(desk) == "Dam holds"
    desk.put("lead-2", headline="Dam breaks", priority="breaking", published_at=ago(hours=1))
    assert _lead(desk) == "Dam breaks"
    desk.put("lead-3", headline="Dam discussed", published_at=ago(minutes=-4.8))
    assert _lead(desk) == "Dam breaks"
    for name in ("lead-1", "lead-2"):
        desk.act(name, "kill", reason="over")
    desk.until("/", gone="Dam breaks")
    assert _lead(desk) == "Dam discussed"
    for name in ("lead-none", "lead-3"):
        desk.act(name, "kill", reason="over")


def _lead(desk: Publisher) -> str:
    found = document(desk.get("/")).xpath('//article[contains(@class, "lead")]//h2')
    return str(found[0].text_content()) if found else ""


def test_an_expired_story_answers_410_and_is_gone_from_every_list(desk: Publisher) -> None:
    live = desk.put("brief", headline="A brief fair", tags=["fairs"], expires_at=ago(seconds=-2))
    page = desk.until(path_of(live), status=410)
    assert "This story is no longer available." in page.text
    assert "A brief fair" not in page.text
    assert page.headers["cache-control"] == "no-store"
    for path in ("/", "/tag/fairs/", "/feed/", "/tag/fairs/feed/", "/sitemap-1.xml", "/search?q=brief+fair&format=rss"):
        desk.until(path, gone="A brief fair" if "sitemap" not in path else path_of(live))


def test_what_is_under_embargo_is_nowhere(desk: Publisher) -> None:
    fields = {"headline": "Zyxwort discovered", "sections": ["Zyxwort"], "embargo_until": "2099-01-01T00:00:00Z"}
    answer = desk.client.put("/v1/stories/zyxwort", json={"body_html": "<p>Zyxwort!</p>", **fields})
    assert (answer.status_code, answer.json()["status"]) == (202, "scheduled")
    desk.put("after-zyxwort", headline="Another story", sections=["Herbs"])
    path = path_of(answer.json())
    for public in (
        "/",
        "/feed/",
        "/feed/json/",
        "/news-sitemap.xml",
        "/sitemap.xml",
        "/sitemap-1.xml",
        "/updates/feed/",
    ):
        assert "yxwort" not in desk.get(public).text, public
    for missing in (path, f"{path}feed/", "/section/zyxwort/", "/section/zyxwort/feed/", "/archive/2099/01/"):
        page = desk.get(missing)
        assert (page.status_code, page.headers["cache-control"]) == (404, "no-store"), missing
    assert stories_of(desk.get("/search?q=zyxwort")) == []
    posted = httpx.post(desk.url(f"{path}comments"), data={"name": "A", "email": "a@example.org", "comment": "Hm"})
    assert posted.status_code == 404
