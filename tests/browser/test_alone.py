"""Does no page of a real site, whatever publishers put into it, ask anybody else for anything?"""

import pytest
from playwright.async_api import Browser, ConsoleMessage, Request

from tests.browser.probes import LAYOUT_SHIFT
from tests.browser.site import PAGES, Site
from tests.browser.test_looks import opened

pytestmark = [pytest.mark.asyncio(loop_scope="session")]
#: To the end of the page and back: lazy pictures are fetched on the way.
ALL_OF_IT = """async () => {
  for (let y = 0; y < document.body.scrollHeight; y += 600) {
    window.scrollTo({ top: y, behavior: "instant" });
    await new Promise(requestAnimationFrame);
  }
  await Promise.all([...document.images].map((one) => one.decode()));
}"""
HINTS = """() => [...document.querySelectorAll("link")].filter((one) =>
  /dns-prefetch|preconnect|prefetch|preload/.test(one.rel)).map((one) => one.href)"""


@pytest.mark.parametrize("name", PAGES)
async def test_a_page_asks_its_own_site_alone_and_nothing_in_it_moves(chromium: Browser, site: Site, name: str) -> None:
    asked: list[str] = []
    complaints: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        # Chromium says of the page itself that it is not there, or gone.
        if message.location["url"] != site.address(name):
            complaints.append(message.text)

    def sent(request: Request) -> None:
        asked.append(request.url)

    async with opened(chromium, "about:blank", 360) as page:
        page.on("request", sent)
        page.on("console", heard)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(site.address(name), wait_until="load")
        await page.evaluate(ALL_OF_IT)
        assert await page.evaluate(LAYOUT_SHIFT) < 0.001
        assert await page.evaluate(HINTS) == []
        assert await page.context.cookies() == []
    assert site.address(name) in asked
    assert [url for url in asked if not url.startswith((f"{site.wire.url}/", "data:"))] == []
    assert complaints == [], "a broken picture, a script error or a breach of the content policy"
