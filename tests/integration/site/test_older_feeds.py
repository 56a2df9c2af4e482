"""Does a list's feed lead back to the oldest story of the list, on both databases, whatever happens on the way?"""

from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any
from urllib.parse import unquote

import orjson
from lxml import etree  # type: ignore[import-untyped]  # it has no types

from services.render.domain.lists import PER_PAGE as RENDERED_A_PAGE
from services.render.domain.lists import older_feed_path
from services.site.adapters.sql_older import PER_PAGE
from services.site.domain.older import PER_DOCUMENT, asked
from shared.events import Route
from shared.pages import Page
from tests.integration.site.conftest import Site, story_id, terms

FORMS = {"rss": "", "atom": "atom/", "json": "json/"}
LINK = '<link rel="{}" type="application/atom+xml" href="{}"/>'
FIRST = datetime(2026, 9, 29, 12, tzinfo=UTC)


def test_site_and_render_mean_the_same() -> None:
    assert PER_PAGE == RENDERED_A_PAGE
    for name, form in FORMS.items():
        found = asked(unquote(older_feed_path("section/海", -5, name)))
        assert found is not None
        assert (found.facet, found.until, found.form) == ("section:海", -5, form)
    for path in (
        "/section/town/feed/",
        "/section/town/feed/until/x/",
        "/section/a/b/feed/below/1/",
        "/feed/until/1/",
        f"/tag/a/feed/until/{10**18}/",
        "/tag/a/feed/until/007/",
        "/archive/2026/11/feed/below/1/",
    ):
        assert asked(path) is None, path


def entry(name: str, form: str, at: datetime) -> str:
    urn = f"urn:uuid:{story_id(name)}"
    if form == "json/":
        return orjson.dumps({"id": urn, "title": name}).decode()
    if form == "atom/":
        return f'<entry xml:lang="en"><id>{urn}</id><title>{name}</title><updated>{at:%FT%TZ}</updated></entry>\n'
    return f'<item><title>{name}</title><guid isPermaLink="false">{urn}</guid></item>\n'


def feed(form: str, entries: list[str], own: str) -> bytes:
    """A feed as render frames it, after a tombstone."""
    if form == "json/":
        return orjson.dumps({"title": "T", "feed_url": own, "next_url": "x", "hubs": [1], "items": []}).replace(
            b"[]", f"[{','.join(entries)}]".encode()
        )
    links = LINK.format("self", own) + LINK.format("next", "x") + '<link rel="hub" href="h"/>'
    gone = "urn:uuid:6a5d21b7-47a0-53de-91ae-af107110e38d"
    if form == "atom/":
        head = f"<title>T</title><updated>2030-01-01T00:00:00Z</updated>{links}"
        tomb = f"<entry><id>{gone}</id></entry>\n"
        return f'<feed xmlns="http://www.w3.org/2005/Atom">{head}\n{tomb}{"".join(entries)}</feed>\n'.encode()
    links = links.replace("<link", "<atom:link").replace("atom+xml", "rss+xml")
    head = f"<channel><title>T</title><lastBuildDate>Mon</lastBuildDate>{links}"
    tomb = f"<item><guid>{gone}</guid></item>\n"
    return (
        f'<rss xmlns:atom="http://www.w3.org/2005/Atom">{head}\n{tomb}{"".join(entries)}</channel>\n</rss>\n'.encode()
    )


class Town:
    """A section whose stories came every hour, every third in another section; two of one moment."""

    def __init__(self, site: Site, stories: int) -> None:
        self.site = site
        self.times = {f"s{number:03}": FIRST + timedelta(hours=number) for number in range(stories)}
        self.times["s050"] = self.times["s052"]

    @property
    def members(self) -> list[str]:
        return [name for number, name in enumerate(self.times) if number % 3]

    async def publish(self) -> None:
        room = self.site.newsroom
        others = {30: "tówn"}  # the same word, another section
        facets = [terms("town" if number % 3 else others.get(number, "port")) for number in range(len(self.times))]
        await self.site.bus.take(
            *[
                await room.rendered(name, sections=section, published_at=at)
                for (name, at), section in zip(self.times.items(), facets, strict=True)
            ]
        )

    async def show(self) -> None:
        """The section's feed, and those of the months."""
        for form in FORMS.values():
            routes = [await self._route(f"/section/town/feed/{form}", form, self.members[:-51:-1])]
            months: dict[str, list[str]] = {}
            for name, at in sorted(self.times.items(), key=lambda one: one[1]):
                months.setdefault(f"{at.astimezone(self.site.lent.settings.zone):%Y/%m}", []).append(name)
            for month, names in months.items():
                for start in range(0, len(names), PER_PAGE):
                    number = "" if start + PER_PAGE >= len(names) else f"page/{start // PER_PAGE + 1}/"
                    page = names[start : start + PER_PAGE][::-1]
                    routes.append(await self._route(f"/archive/{month}/{number}feed/{form}", form, page))
            await self.site.bus.take(await self.site.newsroom.lists(*routes))

    async def _route(self, path: str, form: str, names: list[str]) -> Route:
        self.site.newsroom.versions[path] = version = self.site.newsroom.versions.get(path, 0) + 1
        kind = {"": "rss+xml", "atom/": "atom+xml", "json/": "feed+json"}[form]
        body = feed(form, [entry(name, form, self.times[name]) for name in names], f"http://x{path}")
        [key] = await self.site.lent.pages.put_pages([Page(f"application/{kind}; charset=utf-8", body)])
        return Route(path=path, key=key, version=version, kind="feed")

    async def read(self, path: str) -> tuple[list[str], dict[str, str]]:
        """What stands in a document, and where it leads."""
        found = await self.site.get(path)
        assert found.status_code == 200, path
        assert found.headers["last-modified"]
        public = self.site.lent.settings.public_url
        if path.rstrip("/").count("/json"):
            told = found.json()
            assert "hubs" not in told
            links = {"self": told["feed_url"], "next": told.get("next_url", "")}
            return [one["title"] for one in told["items"]], {rel: at.removeprefix(public) for rel, at in links.items()}
        root = etree.fromstring(found.content)
        titles = root.xpath("//*[local-name()='item' or local-name()='entry']/*[local-name()='title']/text()")
        links = {one.get("rel"): one.get("href", "").removeprefix(public) for one in root.xpath("//*[@rel]")}
        assert "hub" not in links
        return [str(one) for one in titles], links


async def test_a_feed_is_read_back_to_its_first_story_and_forth_again(site: Site) -> None:
    town = Town(site, 170)
    await town.publish()
    await town.show()
    for form in FORMS:
        await read_back(town, form)
    before_all = "/section/town/feed/below/1/"
    assert (await site.get(before_all)).status_code == 404
    assert (await site.get(before_all.replace("town", "never").replace("/1/", f"/{2**50}/"))).status_code == 404


async def read_back(town: Town, form: str) -> None:
    wanted = town.members[::-1]
    newest_left_out = town.times[wanted[PER_DOCUMENT]]
    first = f"/section/town/feed/{FORMS[form]}"
    path, seen = older_feed_path("section/town", int(newest_left_out.timestamp() * 1_000_000), form), list[Any]()
    while path:
        titles, links = await town.read(path)
        assert links["self"] == path
        seen.append((titles, links))
        path = links.get("next", "")
    pages = [titles for titles, _ in seen]
    assert [len(one) for one in pages] == [49, 14]
    assert sorted(chain.from_iterable(pages), reverse=True) == wanted[PER_DOCUMENT:]
    assert (await town.site.get(seen[0][1]["self"].rstrip("/"))).headers["location"] == seen[0][1]["self"]
    if form != "json":
        assert {links["first"] for _, links in seen} == {first}
        assert seen[0][1]["previous"] == first
        back, _ = await town.read(seen[1][1]["previous"])
        assert back == pages[0], "the page before the second is the first"
        assert seen[1][1]["last"] == seen[1][1]["self"]
        oldest, _ = await town.read(seen[0][1]["last"])
        assert sorted(oldest, reverse=True) == wanted[1 - PER_DOCUMENT :]


async def test_what_changes_on_the_way_is_never_shown_wrong(site: Site) -> None:
    town = Town(site, 100)
    await town.publish()
    await town.show()
    path = f"/section/town/feed/until/{int(town.times['s060'].timestamp() * 1_000_000)}/"
    before = await site.get(path)
    assert (await site.get(path, If_None_Match=before.headers["etag"])).status_code == 304
    assert (await site.get(path, If_Modified_Since=before.headers["last-modified"])).status_code == 304
    await site.bus.take(site.newsroom.killed("s040"))
    titles, _ = await town.read(path)
    assert "s040" not in titles, "though the month still has its entry"
    after = await site.get(path, If_Modified_Since=before.headers["last-modified"])
    assert after.status_code == 200
    # A month that is written anew is a page ahead, or behind: nothing is left out.
    del town.times["s000"]
    await town.show()
    assert set((await town.read(path))[0]) == set(titles)
    shown = await site.get(path, Accept="text/html")
    assert shown.headers["content-type"].startswith("application/xml")
    assert shown.headers["vary"] == "accept-encoding, accept"
