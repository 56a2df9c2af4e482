"""What does a real browser make of what the real site sends: feeds, policies, the stream of what is new?"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, Request, expect

from tests.servers.newswire import newswire
from tests.servers.publisher import Publisher, path_of

pytestmark = [pytest.mark.asyncio(loop_scope="session")]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Publisher]:
    """A site with a story, a correction and a withdrawal."""
    with newswire(tmp_path_factory.mktemp("browser"), SITE_TITLE="The Testwell Courier") as wire:
        publisher = Publisher(wire, str(wire.publisher("Testwell Desk")["key"]))
        publisher.put("tea", headline="Tea & <i>toast</i>", dek="It was warm.", sections=["Kitchen"])
        publisher.put("gone", headline="Nobody should read this", sections=["Kitchen"])
        publisher.act("gone", "kill", reason="wrong", public_note="It was not true.")
        publisher.act("tea", "correct", note="It was <toast>.")
        publisher.until("/feed/", there="It was &lt;toast&gt;")
        yield publisher
        publisher.close()


@asynccontextmanager
async def reading(chromium: Browser, desk: Publisher) -> AsyncIterator[Page]:
    """A page that may break no policy and ask nobody else for anything."""
    wrong: list[str] = []

    def said(message: ConsoleMessage) -> None:
        if message.type == "error" and "404" not in message.text and "410" not in message.text:
            wrong.append(message.text)

    def asked(request: Request) -> None:
        if not request.url.startswith((desk.wire.url, "data:", "blob:")):
            wrong.append(request.url)

    context = await chromium.new_context()
    page = await context.new_page()
    page.on("console", said)
    page.on("request", asked)
    yield page
    assert await context.cookies() == []
    await context.close()
    assert wrong == []


@pytest.mark.parametrize("path", ["/feed/", "/feed/atom/", "/section/kitchen/feed/", "/section/kitchen/feed/atom/"])
async def test_a_feed_is_a_page_that_people_can_read(chromium: Browser, desk: Publisher, path: str) -> None:
    async with reading(chromium, desk) as page:
        await page.goto(desk.url(path))
        await expect(page.get_by_role("heading", level=1)).to_contain_text("The Testwell Courier")
        assert "The Testwell Courier" in await page.title()
        await expect(page.get_by_text("This is a web feed.")).to_be_visible()
        await expect(page.get_by_role("code")).to_have_text(desk.url(path))
        await expect(page.get_by_text("It was warm.").locator("visible=true")).to_be_visible()
        await expect(page.get_by_text("Withdrawn", exact=True)).to_be_visible()
        visible = await page.evaluate(
            "[...document.querySelectorAll('*')].filter((one) => one.checkVisibility()).map((one) => one.localName)"
        )
        assert not {"encoded", "content", "guid", "id", "link"} & set(visible)
        await page.get_by_role("link", name="Tea & <i>toast</i>").click()
        await page.wait_for_url("**/tea-i-toast-i/")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Tea & <i>toast</i>")


@pytest.mark.parametrize("path", ["/updates/feed/", "/updates/feed/atom/", "/comments/feed/", "STORY/feed/"])
async def test_every_other_feed_is_one_too(chromium: Browser, desk: Publisher, path: str) -> None:
    story = path_of(desk.client.get("/v1/stories/tea").json())
    async with reading(chromium, desk) as page:
        await page.goto(desk.url(path.replace("STORY/", story)))
        await expect(page.get_by_text("This is a web feed.")).to_be_visible()


@pytest.mark.parametrize("path", ["/", "STORY", "/search?q=tea", "/subscribe", "/corrections/", "/nothing/", "/about/"])
async def test_no_page_breaks_its_own_policy_sets_a_cookie_or_asks_anybody_else(
    chromium: Browser, desk: Publisher, path: str
) -> None:
    story = path_of(desk.client.get("/v1/stories/tea").json())
    async with reading(chromium, desk) as page:
        await page.goto(desk.url(path.replace("STORY", story)), wait_until="load")
        await expect(page.locator("main")).to_be_visible()


async def test_an_open_page_hears_of_new_stories_and_of_what_it_missed(chromium: Browser, desk: Publisher) -> None:
    async with reading(chromium, desk) as page:
        await page.goto(desk.url("/about/"))
        await page.evaluate(
            "window.heard = []; window.stream = new EventSource('/live');"
            "for (const name of ['live', 'withdrawn'])"
            "  stream.addEventListener(name, (event) => heard.push([event.lastEventId, JSON.parse(event.data)]));"
            "new Promise((open) => { stream.onopen = open; })"
        )
        told = desk.put("fresh", headline="Fresh from the wire")
        await page.wait_for_function("heard.length > 0")
        [[number, fresh]] = await page.evaluate("heard")
        assert (fresh["headline"], fresh["path"]) == ("Fresh from the wire", path_of(told))
        assert number
