"""Does every page look right: on a phone, on a desk, in the dark, to those who see or point badly?"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Browser, Page, Route

from tests.browser.newsstand import Newsstand
from tests.browser.probes import LAYOUT_SHIFT, OVERFLOW, POOR_CONTRAST, SMALL_TARGETS

pytestmark = [pytest.mark.asyncio(loop_scope="session")]
PATHS = ["/", "/section", "/story", "/rtl", "/search", "/comment", "/gone", "/missing", "/message", "/corrections"]
PATHS += [
    "/comments",
    "/subscribe",
    "/subscription",
    "/bare",
    "/rtl-front",
    "/foreign",
    "/example",
    "/example-story",
    "/example-missing",
]


TORN = [f"/torn-{name}" for name in ("list", "story", "search", "comment", "subscribe", "subscription", "corrections")]


@asynccontextmanager
async def opened(browser: Browser, address: str, width: int = 1280, **options: Any) -> AsyncIterator[Page]:
    context = await browser.new_context(viewport={"width": width, "height": 900}, **options)
    try:
        page = await context.new_page()
        await page.goto(address)
        yield page
    finally:
        await context.close()


@pytest.mark.parametrize("path", [*PATHS, *TORN])
async def test_no_page_scrolls_sideways(chromium: Browser, stand: Newsstand, path: str) -> None:
    async with opened(chromium, stand.address + path) as page:
        for width in (320, 768, 1280, 2200):
            await page.set_viewport_size({"width": width, "height": 900})
            assert await page.evaluate(OVERFLOW) <= 0, f"at {width} px"


@pytest.mark.parametrize("path", PATHS)
async def test_all_text_can_be_read_by_day_and_by_night(chromium: Browser, stand: Newsstand, path: str) -> None:
    async with opened(chromium, stand.address + path) as page:
        await page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        by_day = await page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert await page.evaluate(POOR_CONTRAST) == []
        await page.emulate_media(color_scheme="dark")
        assert await page.evaluate("getComputedStyle(document.body).backgroundColor") != by_day
        assert await page.evaluate(POOR_CONTRAST) == []


@pytest.mark.parametrize("path", PATHS)
async def test_targets_are_large_enough_for_a_thumb(chromium: Browser, stand: Newsstand, path: str) -> None:
    async with opened(chromium, stand.address + path, 320) as page:
        await page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        assert await page.evaluate(SMALL_TARGETS) == []


@pytest.mark.parametrize("path", PATHS)
async def test_nothing_is_asked_of_anybody_else(chromium: Browser, stand: Newsstand, path: str) -> None:
    asked: list[str] = []
    complaints: list[str] = []
    async with opened(chromium, "about:blank") as page:
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(stand.address + path, wait_until="load")
    assert [url for url in asked if not url.startswith(stand.address)] == []
    assert complaints == [], "a broken link, a script error or a breach of the content policy"


@pytest.mark.parametrize("path", ["/", "/story"])
async def test_late_pictures_move_nothing(chromium: Browser, stand: Newsstand, path: str) -> None:
    async def late(route: Route) -> None:
        await page.wait_for_timeout(200)
        await route.continue_()

    async with opened(chromium, "about:blank") as page:
        await page.route("**/media/*", late)
        await page.goto(stand.address + path, wait_until="load")
        assert await page.evaluate(LAYOUT_SHIFT) < 0.01


async def test_the_number_of_results_stands_clear_of_the_first(chromium: Browser, stand: Newsstand) -> None:
    gap = """() => document.querySelector('.river-list').getBoundingClientRect().top
        - document.querySelector('main > .meta').getBoundingClientRect().bottom"""
    async with opened(chromium, stand.address + "/search") as page:
        for width in (320, 1280):
            await page.set_viewport_size({"width": width, "height": 900})
            assert await page.evaluate(gap) >= 16, f"at {width} px"


async def test_the_printed_story_is_the_story_alone(chromium: Browser, stand: Newsstand) -> None:
    async with opened(chromium, f"{stand.address}/story") as page:
        await page.emulate_media(media="print")
        for hidden in (".connect", ".search", ".share", ".respond", ".related"):
            assert not await page.locator(hidden).first.is_visible(), hidden
        assert await page.locator(".story-text").is_visible()
