"""Does axe-core find nothing wrong, on any type of page, by day and by night?"""

from typing import Any

import pytest
from playwright.async_api import Browser, Page

from tests.browser.axe import violations
from tests.browser.newsstand import Newsstand
from tests.browser.site import PAGES, Site
from tests.browser.test_looks import PATHS, opened

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]


async def by_day_and_by_night(page: Page) -> dict[str, list[Any]]:
    found = {}
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        found[scheme] = await violations(page)
    return found


@pytest.mark.parametrize("name", PAGES)
async def test_axe_finds_nothing_on_the_real_site(chromium: Browser, site: Site, name: str) -> None:
    async with opened(chromium, site.address(name)) as page:
        assert await by_day_and_by_night(page) == {"light": [], "dark": []}


@pytest.mark.parametrize("path", PATHS)
async def test_axe_finds_nothing_on_a_page_with_all_that_it_can_have(
    chromium: Browser, stand: Newsstand, path: str
) -> None:
    async with opened(chromium, stand.address + path, 360) as page:
        assert await by_day_and_by_night(page) == {"light": [], "dark": []}


async def test_axe_does_find_what_is_wrong(chromium: Browser, stand: Newsstand) -> None:
    async with opened(chromium, f"{stand.address}/story") as page:
        await page.evaluate("""() => {
          document.querySelector("main").insertAdjacentHTML("beforeend", '<img src="/x"><a href="/y"></a>');
          document.querySelector(".dek").style.color = "#777";
        }""")
        found = await by_day_and_by_night(page)
    rules = {scheme: {rule for rule, *_ in one} for scheme, one in found.items()}
    assert rules["light"] >= {"image-alt", "link-name", "color-contrast"}
    assert rules["dark"] >= {"image-alt", "link-name", "color-contrast"}
