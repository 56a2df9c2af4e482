"""Does an open front page say how many stories have come, without moving?"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, Page, Route, expect

from tests.browser.probes import LAYOUT_SHIFT
from tests.browser.site import Site
from tests.browser.test_looks import opened
from tests.servers.publisher import path_of

pytestmark = [pytest.mark.asyncio(loop_scope="session")]
PLACES = "() => [...document.querySelectorAll('main article')].map((one) => one.getBoundingClientRect().top)"
#: What the browser says of a tab that went to the background (true) or came back.
TURN = """(hidden) => {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


@asynccontextmanager
async def listening(browser: Browser, site: Site) -> AsyncIterator[Page]:
    """The front page once it hears what happens."""
    async with opened(browser, "about:blank") as page:
        async with page.expect_response("**/live?since=*"):
            await page.goto(site.address("front"))
        yield page


async def test_new_stories_are_counted_and_one_click_brings_them(chromium: Browser, site: Site) -> None:
    async with listening(chromium, site) as page:
        strip = page.get_by_role("status")
        await expect(strip).to_have_text("")
        places = await page.evaluate(PLACES)
        site.desk.put("fresh-1", headline="First fresh story", sections=["Harbour"])
        await expect(strip).to_have_text("1 new story")
        site.desk.put("fresh-2", headline="Second fresh story", sections=["Harbour"])
        await expect(strip).to_have_text("2 new stories")
        assert await page.evaluate(PLACES) == places
        assert await page.evaluate(LAYOUT_SHIFT) < 0.001, "the strip itself grows by a letter"
        await expect(page.get_by_role("link", name="Second fresh story")).to_have_count(0)
        await page.get_by_role("link", name="2 new stories").click()
        await expect(page.get_by_role("link", name="Second fresh story")).to_be_visible()
        await expect(page.get_by_role("status")).to_have_text("")


async def test_a_story_that_comes_while_the_page_is_on_its_way_counts(chromium: Browser, site: Site) -> None:
    async with opened(chromium, "about:blank") as page:
        let_go = asyncio.Event()

        async def hold(route: Route) -> None:
            await let_go.wait()
            await route.continue_()

        await page.route("**/live?since=*", hold)
        await page.goto(site.address("front"))
        site.desk.put("fresh-0", headline="Story in the gap")
        let_go.set()
        await expect(page.get_by_role("status")).to_have_text("1 new story")


async def test_only_what_is_new_counts(chromium: Browser, site: Site) -> None:
    async with listening(chromium, site) as page:
        site.desk.act("whole", "correct", note="Eleven indeed.")
        site.desk.put("old", headline="From the archive", published_at="2020-01-02T03:04:05Z")
        site.desk.put("gone-soon", headline="Soon withdrawn")
        site.desk.put("fresh-3", headline="Third fresh story")
        await expect(page.get_by_role("status")).to_have_text("2 new stories")
        site.desk.act("gone-soon", "kill", reason="test")
        await expect(page.get_by_role("status")).to_have_text("1 new story")


async def test_a_tab_in_the_background_holds_no_connection_and_counts_anew_when_it_is_back(
    chromium: Browser, site: Site
) -> None:
    async with listening(chromium, site) as page:
        async with page.expect_event("requestfailed", lambda request: "/live" in request.url):
            await page.evaluate(TURN, True)
        missed = site.desk.put("fresh-4", headline="Fourth fresh story")
        await expect(page.get_by_role("status")).to_have_text("")
        async with page.expect_response("**/live"):
            await page.evaluate(TURN, False)
        await expect(page.get_by_role("status")).to_have_text("1 new story")
        site.desk.put("fresh-5", headline="Fifth fresh story")
        await expect(page.get_by_role("status")).to_have_text("2 new stories")
        assert path_of(missed) not in await page.content()


async def test_without_scripts_there_is_no_strip(chromium: Browser, site: Site) -> None:
    async with opened(chromium, site.address("front"), java_script_enabled=False) as page:
        await expect(page.get_by_role("status")).to_be_hidden()
