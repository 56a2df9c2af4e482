"""Can every form of the site be filled in and sent with a keyboard alone, and does one see where one is?"""

import re
from contextlib import AbstractAsyncContextManager

import pytest
from playwright.async_api import Browser, Locator, Page, TimeoutError, expect  # noqa: A004 - the library's name

from tests.browser.site import Site
from tests.browser.test_looks import opened

pytestmark = [pytest.mark.asyncio(loop_scope="session")]
MOST_STOPS = 120
#: Is the focused element within the window, not covered, and marked by an outline (WCAG 2.4.7, 2.4.11)?
SEEN = """(one) => {
  const box = one.getBoundingClientRect(), style = getComputedStyle(one);
  const y = (Math.max(box.top, 0) + Math.min(box.bottom, innerHeight)) / 2;
  const top = document.elementFromPoint(box.left + Math.min(box.width, 40) / 2, y);
  const inside = top !== null && (one.contains(top) || top.contains(one));
  return inside && style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
}"""


def still(browser: Browser, site: Site, name: str, width: int = 1280) -> AbstractAsyncContextManager[Page]:
    """A page that jumps where it would glide: what has the focus is looked at at once."""
    return opened(browser, site.address(name), width, reduced_motion="reduce")


#: What can be said of one that is not.
WHERE = """(one) => [one.outerHTML.slice(0, 200), JSON.stringify(one.getBoundingClientRect()), scrollY, innerHeight,
  getComputedStyle(one).outline, document.activeElement === one, one.matches(":focus-visible")]"""


async def seen(page: Page, one: Locator) -> None:
    """Wait until it is to be seen that this has the focus."""
    handle = await one.element_handle()
    try:
        await page.wait_for_function(SEEN, arg=handle, timeout=5_000)
    except TimeoutError:
        pytest.fail(f"focused, but not to be seen: {await one.evaluate(WHERE)}")


async def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until it has the focus."""
    for _ in range(MOST_STOPS):
        await page.keyboard.press("Tab")
        if await wanted.evaluate("(one) => one === document.activeElement"):
            await seen(page, wanted)
            return
    raise AssertionError(f"{MOST_STOPS} stops, and never at {wanted}")


async def write(page: Page, label: str, text: str) -> None:
    """Tab to a field and type."""
    await tab_to(page, page.get_by_label(label, exact=True))
    await page.keyboard.press("ControlOrMeta+a")
    await page.keyboard.type(text)


async def press(page: Page, button: Locator, key: str = "Enter") -> None:
    await tab_to(page, button)
    await page.keyboard.press(key)


async def test_search_from_any_page_and_narrow_it(chromium: Browser, site: Site) -> None:
    async with still(chromium, site, "story") as page:
        await write(page, "Hi, what are you looking for?", "ferry")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/search?q=ferry")
        await press(page, page.locator("summary", has_text="Narrow the search"))
        await write(page, "Section", "harbour")
        await press(page, page.locator(".search-form").get_by_role("button", name="Search"), "Space")
        await page.wait_for_url(re.compile(r"section=harbour"))
        await expect(page.get_by_label("Section", exact=True)).to_have_value("harbour")
        await press(page, page.get_by_role("link", name="The ferry is back"))
        await expect(page.get_by_role("heading", level=1)).to_have_text("The ferry is back")


async def test_comment_with_a_mistake_that_is_put_right(chromium: Browser, site: Site) -> None:
    async with still(chromium, site, "story") as page:
        await press(page, page.locator("summary", has_text="Click to comment"))
        await write(page, "Comment *", "It hums at night, too.")
        await write(page, "Name *", "Kay Board")
        await write(page, "E-mail *", "kay@example.org")
        await write(page, "Website", "ftp://kay.example/")
        await press(page, page.get_by_label("Save my name"), "Space")
        await press(page, page.get_by_role("button", name="Post comment"))
        await expect(page.locator(".errors")).to_be_focused()
        await press(page, page.locator(".errors").get_by_role("link"))
        await expect(page.get_by_label("Website", exact=True)).to_be_focused()
        await expect(page.get_by_label("Comment *")).to_have_value("It hums at night, too.")
        await page.keyboard.press("ControlOrMeta+a")
        await page.keyboard.type("https://kay.example/")
        await press(page, page.get_by_role("button", name="Post comment"), "Space")
        await page.wait_for_url("**?comment=held#respond")
        await expect(page.locator("#comment-held")).to_be_visible()


async def test_answer_a_comment(chromium: Browser, site: Site) -> None:
    async with still(chromium, site, "story") as page:
        await press(page, page.get_by_role("link", name="Reply").first)
        await expect(page.get_by_label("Comment *")).to_be_focused()
        await expect(page.locator("#answering")).to_be_visible()
        await expect(page.locator("[name=parent]")).not_to_have_value("")


async def test_subscribe(chromium: Browser, site: Site) -> None:
    async with still(chromium, site, "subscribe") as page:
        await write(page, "E-mail *", "keys@site.example")
        await press(page, page.get_by_label("Breaking news"), "Space")
        await expect(page.get_by_label("Breaking news")).to_be_checked()
        await tab_to(page, page.get_by_label("As it happens"))
        await page.keyboard.press("ArrowDown")
        await expect(page.get_by_label("Once a day")).to_be_checked()
        await press(page, page.locator("main").get_by_role("button", name="Subscribe"))
        await expect(page.get_by_role("heading", level=1)).to_have_text("Please look into your inbox")


async def test_confirm_change_and_leave(chromium: Browser, site: Site) -> None:
    """In the order in which a reader does it: leaving is the last."""
    async with still(chromium, site, "confirm") as page:
        await press(page, page.get_by_role("button", name="Confirm"))
        await expect(page.get_by_role("heading", level=1)).to_have_text("You are subscribed")
        await page.goto(site.address("manage"))
        await tab_to(page, page.get_by_label("As it happens"))
        await page.keyboard.press("ArrowUp")
        await press(page, page.get_by_role("button", name="Save changes"))
        await expect(page.get_by_role("status")).to_have_text("Saved.")
        await expect(page.get_by_label("Once a week")).to_be_checked()
        await page.goto(site.address("unsubscribe"))
        await press(page, page.locator("main").get_by_role("button"))
        await expect(page.get_by_role("heading", level=1)).to_have_text("You are unsubscribed")


@pytest.mark.parametrize("name", ["front", "story", "search", "manage"])
async def test_every_stop_is_seen(chromium: Browser, site: Site, name: str) -> None:
    async with still(chromium, site, name, 360) as page:
        for _ in range(MOST_STOPS):
            await page.keyboard.press("Tab")
            now = page.locator(":focus")
            if not await now.count():
                return
            await seen(page, now)
